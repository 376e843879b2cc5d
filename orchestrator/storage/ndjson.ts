/** Gzipped NDJSON objects: how records lie in bronze and in quarantine. Both directions stream. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { pipeline } from 'node:stream';
import { createGunzip, createGzip, type Gzip } from 'node:zlib';
import { TidemillError } from '@tidemill/kit';
import type { Bucket, StoredObject, WriteOptions } from './contract.ts';

/** The text of a line; its bytes where they are not UTF-8. */
export type Line = string | Uint8Array;

export interface NdjsonFacts {
  readonly key: string;
  /** Compressed, as stored. */
  readonly bytes: number;
  /** Of the stored bytes, in hex. */
  readonly sha256: string;
  readonly records: number;
}

/**
 * Half the processor time of zlib's own choice, 6, for a sixth to a third more bytes; 1 would take another tenth for another tenth
 * (docs/decisions, "Bronze is packed quickly").
 */
const LEVEL = 3;

/** Text is unpacked so many bytes at a time; each time takes a way through the thread pool and a turn of every stage behind it. */
const UNPACKED_BYTES = 64 * 1024;

/** One object being written. Back-pressure reaches the caller: `write` resolves when the bucket keeps up. */
export class NdjsonWriter {
  readonly #key: string;
  readonly #gzip: Gzip = createGzip({ level: LEVEL, chunkSize: 64 * 1024 });
  readonly #upload: Promise<StoredObject>;
  readonly #hash = createHash('sha256');
  #records = 0;
  #textBytes = 0;
  #failure: Error | undefined;
  readonly #failed = new AbortController();

  /** Takes the place of an object of that key, unless told otherwise; then it fails with kind `bug` where there is one. */
  constructor(bucket: Bucket, key: string, options: Pick<WriteOptions, 'onlyIf'> = {}) {
    this.#key = key;
    this.#upload = bucket
      .write(key, this.#hashed(), { contentType: 'application/gzip', ...options })
      .then(created(key));
    // A failed upload must not leave a writer waiting for it to take more.
    this.#upload.catch((error: Error) => {
      this.#failure = error;
      this.#gzip.destroy(error);
      // A bucket that stops reading ends the stream without an error: then nothing but this ends a wait for 'drain'.
      this.#failed.abort();
    });
    this.#gzip.on('error', () => undefined);
  }

  /** Bytes of text written so far, before compression. */
  get textBytes(): number {
    return this.#textBytes;
  }

  get records(): number {
    return this.#records;
  }

  /** Adds lines. Throws kind `bug` when one that is bytes holds a line break; texts are known to have none. */
  async write(lines: readonly string[] | readonly Uint8Array[]): Promise<void> {
    if (lines.length === 0) return;
    if (this.#failure !== undefined) throw this.#failure;
    const chunk = isText(lines) ? Buffer.from(`${lines.join('\n')}\n`) : joined(lines);
    this.#records += lines.length;
    this.#textBytes += chunk.length;
    if (this.#gzip.write(chunk)) return;
    await once(this.#gzip, 'drain', { signal: this.#failed.signal }).catch(async (error: unknown) => {
      // Why the bucket stopped reading is the upload's to say.
      await this.#upload;
      throw error;
    });
  }

  async close(): Promise<NdjsonFacts> {
    this.#gzip.end();
    const stored = await this.#upload;
    return { key: this.#key, bytes: stored.bytes, sha256: this.#hash.digest('hex'), records: this.#records };
  }

  /** Gives the object up: nothing of it stays in the bucket. */
  async abort(): Promise<void> {
    this.#gzip.destroy(new Error('given up'));
    await this.#upload.catch(() => undefined);
  }

  async *#hashed(): AsyncIterable<Uint8Array> {
    for await (const chunk of this.#gzip) {
      this.#hash.update(chunk as Uint8Array);
      yield chunk as Uint8Array;
    }
  }
}

const created =
  (key: string) =>
  (stored: StoredObject | undefined): StoredObject => {
    if (stored !== undefined) return stored;
    throw new TidemillError('bug', 'ndjson-key-taken', `${key} is there already`);
  };

const LINE_BREAK = 10;

const isText = (lines: readonly string[] | readonly Uint8Array[]): lines is readonly string[] =>
  typeof lines[0] === 'string';

/** The lines, each with a line break behind it. */
function joined(lines: readonly Uint8Array[]): Uint8Array {
  const all = Buffer.allocUnsafe(lines.reduce((sum, line) => sum + line.length + 1, 0));
  let at = 0;
  for (const line of lines) {
    if (line.includes(LINE_BREAK)) throw new TidemillError('bug', 'line-broken', 'A record is more than one line');
    all.set(line, at);
    at += line.length + 1;
    all[at - 1] = LINE_BREAK;
  }
  return all;
}

/**
 * The lines of a stored object in batches, and at the end a check that the bytes are the ones that were written.
 * Throws a TidemillError `bronze-missing` or `bronze-damaged`.
 */
export async function* readNdjson(bucket: Bucket, facts: NdjsonFacts): AsyncIterable<readonly Line[]> {
  const hash = createHash('sha256');
  let lines = 0;
  for await (const batch of readLines(bucket, facts.key, hash)) {
    lines += batch.length;
    yield batch;
  }
  if (hash.digest('hex') !== facts.sha256 || lines !== facts.records) {
    throw damaged('bronze-damaged', `${facts.key} is not what its manifest says`);
  }
}

/** The lines of an object that has no manifest to be held against, but for the hash of its bytes. Throws as `readNdjson`. */
export async function* readLines(
  bucket: Bucket,
  key: string,
  hash = createHash('sha256'),
): AsyncIterable<readonly Line[]> {
  const object = await bucket.read(key);
  if (object === undefined) throw damaged('bronze-missing', `${bucket.url}/${key} is gone`);
  try {
    yield* splitLines(
      pipeline(tapped(object.body, hash), createGunzip({ chunkSize: UNPACKED_BYTES }), () => undefined),
    );
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code?.startsWith('Z_')) {
      throw damaged('bronze-damaged', `${key} is not whole`, cause);
    }
    throw cause;
  }
}

async function* tapped(body: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Splits bytes at line feeds; a multi-byte character is never cut, for the split happens before decoding. */
async function* splitLines(bytes: AsyncIterable<Buffer>): AsyncIterable<readonly Line[]> {
  let rest: Buffer[] = [];
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(LINE_BREAK);
    if (end === -1) {
      rest.push(chunk);
      continue;
    }
    rest.push(chunk.subarray(0, end));
    yield linesOf(Buffer.concat(rest));
    rest = [chunk.subarray(end + 1)];
  }
  const last = Buffer.concat(rest);
  if (last.length > 0) yield linesOf(last);
}

function linesOf(bytes: Buffer): Line[] {
  if (isUtf8(bytes)) return bytes.toString().split('\n');
  const lines: Line[] = [];
  for (let start = 0; start <= bytes.length; ) {
    const end = bytes.indexOf(LINE_BREAK, start);
    const line = bytes.subarray(start, end === -1 ? bytes.length : end);
    lines.push(isUtf8(line) ? line.toString() : line);
    start += line.length + 1;
  }
  return lines;
}

export const damaged = (code: string, message: string, cause?: unknown): TidemillError =>
  new TidemillError('config', code, message, {
    hint: 'Restore the object from the bucket’s versions, then `npx tidemill replay JOB`. Or read again what the source still tells: `npx tidemill run JOB --full-refresh`.',
    cause,
  });
