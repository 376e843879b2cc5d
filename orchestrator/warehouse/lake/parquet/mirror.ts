/**
 * Copies of remote Parquet files that are as long as these and hold only what is needed of them: the footer, and the columns that
 * are asked for, at their places. DuckDB reads them as any local file, so that it needs neither an extension nor a credential.
 *
 * What was not fetched is a hole of zeros. No page of Parquet begins with a zero (a header has required fields), so DuckDB refuses
 * to read one: a column that was forgotten is an error and never a value.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Bucket, ByteRange } from '../../../storage/contract.ts';
import { sideBySide } from '../../../storage/side-by-side.ts';
import { asFolderError, fileDamaged, objectGone } from '../errors.ts';
import { urlOf } from '../names.ts';
import type { StoredFile } from '../table.ts';
import { type Chunk, chunksFor, footerStart, lengthOf, requestsFor, type Span, type Within } from './chunks.ts';

/** A file below this is fetched whole, by one request. */
const SMALL_BYTES = 1024 * 1024;
/** The footer of a file of some hundred columns, and of one of 128 MB. */
const TAIL_BYTES = 64 * 1024;
/** Of a file of which more than this share is needed everything is fetched. */
const MOST_OF_IT = 0.8;

/** A copy, and which chunks of the file it has. */
interface Copy {
  readonly path: string;
  has: 'all' | Set<Chunk>;
  /** Known of a copy that has a part. */
  chunks: readonly Chunk[];
  /** One change of the copy after the other. */
  turn: Promise<void>;
}

export interface MirrorOptions {
  readonly bucket: Bucket;
  /** Exists; the copies are put there. */
  readonly folder: string;
  /** What a footer says of its file: DuckDB reads it. */
  readonly chunksOf: (path: string) => Promise<readonly Chunk[]>;
  /** So much is fetched whole; for tests. */
  readonly smallBytes?: number | undefined;
}

export class Mirror {
  readonly #options: MirrorOptions;
  readonly #copies = new Map<string, Copy>();
  readonly #forgotten: string[] = [];
  #count = 0;
  #users = 0;

  constructor(options: MirrorOptions) {
    this.#options = options;
  }

  /**
   * The path of a copy that has these fields of the file, at least in the groups of rows that are wanted. Of fields that the file
   * does not have nothing is needed.
   */
  async local(file: StoredFile, fields: Iterable<number> | 'all', within?: Within): Promise<string> {
    const copy = this.#copies.get(file.key) ?? this.#newCopy(file.key);
    copy.turn = copy.turn.catch(() => undefined).then(() => this.#complete(file, copy, fields, within));
    try {
      await copy.turn;
    } catch (error) {
      // What was fetched in part is not known to be there.
      this.#copies.delete(file.key);
      throw error;
    }
    return copy.path;
  }

  /** A file that was written here and lies in the bucket now, so that it need not be fetched. */
  async adopt(key: string, path: string): Promise<void> {
    const copy = this.#newCopy(key);
    await rename(path, copy.path);
    copy.has = 'all';
  }

  /** Files that are no part of a table any more. Who still reads them goes on. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) {
      const copy = this.#copies.get(key);
      if (copy !== undefined) this.#forgotten.push(copy.path);
      this.#copies.delete(key);
    }
  }

  /** Nothing that the action reads is removed before its end. */
  async during<T>(action: () => Promise<T>): Promise<T> {
    this.#users += 1;
    try {
      return await action();
    } finally {
      await this.#leave();
    }
  }

  /** The same for what comes bit by bit. */
  async *whileReading<T>(action: () => AsyncIterable<T>): AsyncGenerator<T> {
    this.#users += 1;
    try {
      yield* action();
    } finally {
      await this.#leave();
    }
  }

  async #leave(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    for (const path of this.#forgotten.splice(0)) await rm(path, { force: true });
  }

  #newCopy(key: string): Copy {
    this.#count += 1;
    const path = join(this.#options.folder, `${this.#count}.parquet`);
    const copy: Copy = { path, has: new Set(), chunks: [], turn: Promise.resolve() };
    this.#copies.set(key, copy);
    return copy;
  }

  async #complete(
    file: StoredFile,
    copy: Copy,
    fields: Iterable<number> | 'all',
    within: Within | undefined,
  ): Promise<void> {
    if (copy.has === 'all') return;
    if (fields === 'all' || file.bytes <= (this.#options.smallBytes ?? SMALL_BYTES)) return this.#fetchAll(file, copy);
    if (copy.chunks.length === 0) await this.#fetchFooter(file, copy);
    const has = copy.has;
    const missing = chunksFor(copy.chunks, new Set(fields), within).filter((chunk) => !has.has(chunk));
    const spans = requestsFor(missing);
    if (lengthOf(spans) > MOST_OF_IT * file.bytes) return this.#fetchAll(file, copy);
    await withFile(copy.path, 'r+', async (handle) => {
      await sideBySide(spans, (span) => this.#fetch(file, handle, span));
    });
    for (const chunk of missing) has.add(chunk);
  }

  async #fetchAll(file: StoredFile, copy: Copy): Promise<void> {
    // Not cut to nothing: somebody may be reading the part that is there.
    await withFile(copy.path, copy.chunks.length === 0 ? 'w' : 'r+', (handle) =>
      this.#fetch(file, handle, { from: 0, to: file.bytes }),
    );
    copy.has = 'all';
  }

  async #fetchFooter(file: StoredFile, copy: Copy): Promise<void> {
    const tail = await this.#bytes(file, { last: Math.min(TAIL_BYTES, file.bytes) });
    const start = footerStart(tail, file.bytes);
    if (start === undefined) throw fileDamaged(this.#urlOf(file));
    await withFile(copy.path, 'w', async (handle) => {
      await handle.truncate(file.bytes);
      // DuckDB looks for it at the beginning, too.
      await handle.write('PAR1', 0);
      await handle.write(tail, 0, tail.length, file.bytes - tail.length);
      const rest = file.bytes - tail.length;
      if (start < rest) await this.#fetch(file, handle, { from: start, to: rest });
    });
    copy.chunks = await this.#options.chunksOf(copy.path);
  }

  async #fetch(file: StoredFile, handle: FileHandle, { from, to }: Span): Promise<void> {
    let at = from;
    for await (const bytes of await this.#body(file, { from, to })) {
      await handle.write(bytes, 0, bytes.length, at);
      at += bytes.length;
    }
    if (at !== to) throw fileDamaged(this.#urlOf(file));
  }

  async #bytes(file: StoredFile, range: ByteRange): Promise<Buffer> {
    return Buffer.concat(await Array.fromAsync(await this.#body(file, range)));
  }

  async #body(file: StoredFile, range: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    const object = await this.#options.bucket.read(file.key, { range });
    if (object === undefined) throw objectGone(this.#urlOf(file), file.key.split('/').slice(0, 3).join('/'));
    if (object.bytes === file.bytes) return object.body;
    for await (const _ of object.body) break;
    throw fileDamaged(this.#urlOf(file));
  }

  readonly #urlOf = ({ key }: StoredFile): string => urlOf(this.#options.bucket.url, key);
}

async function withFile(path: string, flags: string, action: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    const handle = await open(path, flags);
    await action(handle).finally(() => handle.close());
  } catch (error) {
    throw asFolderError(error, dirname(path));
  }
}

/** As a body to be written into the bucket. */
export const bodyOf = (path: string): AsyncIterable<Uint8Array> =>
  createReadStream(path, { highWaterMark: 1024 * 1024 });
