/** Files that are looked at before they are kept: on the disk of this machine, and gone with the run. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { asTemporaryError, temporaryFolder } from './temporary.ts';

/** A file that has come whole. */
export interface Spooled {
  readonly path: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
  /** Its bytes, as often as they are asked for. */
  read(): AsyncIterable<Uint8Array>;
}

export class Spool {
  readonly #folder: string;
  #made = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** `what` is part of the folder's name. Throws `no-temporary-folder`. */
  static async open(what: string): Promise<Spool> {
    return new Spool(await temporaryFolder(what));
  }

  /** Takes the pieces to their end; throws what they throw, and `disk-full`. */
  async keep(pieces: AsyncIterable<Uint8Array>): Promise<Spooled> {
    this.#made += 1;
    const path = join(this.#folder, String(this.#made));
    const hash = createHash('sha256');
    let bytes = 0;
    const counted = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const piece of source) {
        hash.update(piece);
        bytes += piece.length;
        yield piece;
      }
    };
    try {
      await pipeline(pieces, counted, createWriteStream(path));
    } catch (error) {
      throw asTemporaryError(error);
    }
    return { path, bytes, sha256: hash.digest('hex'), read: () => createReadStream(path) };
  }

  /** For one that is not needed any more. */
  drop({ path }: Spooled): Promise<void> {
    return rm(path, { force: true });
  }

  /** Removes all of them. */
  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}

/** The pieces as they are; calls `differs`, which throws, at their end when their CRC-32 is another one. */
export async function* withCrc32(
  pieces: AsyncIterable<Uint8Array>,
  expected: number,
  differs: () => never,
): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const piece of pieces) {
    sum = crc32(piece, sum);
    yield piece;
  }
  if (sum !== expected) differs();
}
