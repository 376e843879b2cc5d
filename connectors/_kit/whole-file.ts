/** Files that are read whole, and may be packed. */
import { gunzipSync } from 'node:zlib';
import { TidemillError } from './errors.ts';

/** What came, in one piece. Throws kind `source-changed` for more than so many bytes. */
export async function wholeFile(pieces: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Buffer> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > mostBytes) throw tooLarge(mostBytes);
    all.push(piece);
  }
  return Buffer.concat(all);
}

/** https://www.rfc-editor.org/rfc/rfc1952#page-6 */
const GZIP = Buffer.of(0x1f, 0x8b);

/**
 * The bytes that were packed with gzip, and others as they are: some servers unpack what is called `.gz`, and others do not. Throws
 * kind `source-changed` for what cannot be unpacked, and for more than so many bytes.
 */
export function unpacked(bytes: Buffer, mostBytes: number): Buffer {
  if (!bytes.subarray(0, 2).equals(GZIP)) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(mostBytes);
    throw new TidemillError('source-changed', 'file-packed', 'The file is packed with gzip, and cannot be unpacked', {
      hint: 'It may have been cut short on its way: then the next run reads it.',
    });
  }
}

const tooLarge = (mostBytes: number): TidemillError =>
  new TidemillError('source-changed', 'file-large', `The file is larger than ${mostBytes / 2 ** 20} MiB`, {
    hint: 'Nothing of it was kept. If it is the right one, the connector must read it piece by piece.',
  });
