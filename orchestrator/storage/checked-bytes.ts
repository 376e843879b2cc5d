/** The bytes of a stored object, read once; at their end it is an error when they are not the ones that were written. */
import { createHash } from 'node:crypto';
import type { Bucket } from './contract.ts';
import { damaged } from './ndjson.ts';

interface StoredFacts {
  readonly key: string;
  /** Of the bytes, in hex. */
  readonly sha256: string;
}

export class CheckedBytes {
  readonly #facts: StoredFacts;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #hash = createHash('sha256');
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;

  /** Throws a TidemillError `bronze-missing`. */
  static async open(bucket: Bucket, facts: StoredFacts): Promise<CheckedBytes> {
    const stored = await bucket.read(facts.key);
    if (stored === undefined) throw damaged('bronze-missing', `${bucket.url}/${facts.key} is gone`);
    return new CheckedBytes(facts, stored.body);
  }

  private constructor(facts: StoredFacts, body: AsyncIterable<Uint8Array>) {
    this.#facts = facts;
    this.#source = body[Symbol.asyncIterator]();
  }

  /** Throws a TidemillError `bronze-damaged` at the end. Whoever stops before leaves the rest to `readRest`. */
  async *read(): AsyncIterable<Uint8Array> {
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk;
  }

  /** Resolves when all bytes were read and are sound; rejects with whatever kept them from it, now or before. */
  async readRest(): Promise<void> {
    while ((await this.#next()) !== undefined);
  }

  async close(): Promise<void> {
    if (!this.#isOver) await this.#source.return?.();
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#isOver) return undefined;
    try {
      const { done, value } = await this.#source.next();
      if (done !== true) {
        this.#hash.update(value);
        return value;
      }
      this.#isOver = true;
      if (this.#hash.digest('hex') === this.#facts.sha256) return undefined;
      throw damaged('bronze-damaged', `${this.#facts.key} is not what its manifest says`);
    } catch (error) {
      this.#isOver = true;
      this.#failure = { error };
      throw error;
    }
  }
}
