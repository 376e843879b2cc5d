/** A bucket in memory whose writes can be watched. Nothing in it takes time. */
import type { Bucket, ReadOptions, StoredObject, WriteOptions } from '../../orchestrator/storage/contract.ts';
import { checkKey } from '../../orchestrator/storage/keys.ts';
import { checkRange, spanOf } from '../../orchestrator/storage/range.ts';

interface Held {
  readonly bytes: Buffer;
  readonly version: number;
  readonly updatedAt: Date;
}

export class MemoryBucket implements Bucket {
  readonly url = 'memory://bucket';
  readonly isRemote = true;
  readonly #objects = new Map<string, Held>();
  readonly #onWrite: (key: string, text: string) => void;
  readonly #now: () => Date;
  #writes = 0;

  /** `onWrite` hears of each write that took effect. `now` is when an object is written. */
  constructor(onWrite: (key: string, text: string) => void = () => undefined, now: () => Date = () => new Date(0)) {
    this.#onWrite = onWrite;
    this.#now = now;
  }

  async read(key: string, { range, version }: ReadOptions = {}) {
    checkRange(range);
    const held = this.#objects.get(key);
    if (held === undefined || (version ?? String(held.version)) !== String(held.version)) return undefined;
    const { from, to } = spanOf(range, held.bytes.length);
    return { ...factsOf(key, held), body: once(held.bytes.subarray(from, to)) };
  }

  async write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, { onlyIf }: WriteOptions) {
    checkKey(key);
    const chunks = body instanceof Uint8Array ? [body] : await Array.fromAsync(body);
    const before = this.#objects.get(key);
    if (onlyIf === 'absent' && before !== undefined) return undefined;
    if (typeof onlyIf === 'object' && onlyIf.version !== String(before?.version)) return undefined;
    this.#writes += 1;
    const held = { bytes: Buffer.concat(chunks), version: this.#writes, updatedAt: this.#now() };
    this.#objects.set(key, held);
    this.#onWrite(key, held.bytes.toString());
    return factsOf(key, held);
  }

  async *list(prefix: string) {
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys.sort()) yield factsOf(key, this.#objects.get(key) as Held);
  }

  async remove(key: string) {
    this.#objects.delete(key);
  }

  async check() {}
}

const factsOf = (key: string, { bytes, version, updatedAt }: Held): StoredObject => ({
  key,
  version: String(version),
  bytes: bytes.length,
  updatedAt,
});

async function* once(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes;
}
