/** Files that are read whole, and may be packed. */
import { gunzipSync } from 'node:zlib';
import { TidemillError } from './errors.ts';

/** What came, in one piece. Throws kind `source-changed` for more than so many bytes; `what` begins its message. */
export async function wholeFile(
  pieces: AsyncIterable<Uint8Array>,
  mostBytes: number,
  what = 'The file',
): Promise<Buffer> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > mostBytes) throw tooLarge(mostBytes, what);
    all.push(piece);
  }
  return Buffer.concat(all);
}

/** How zlib says that there should be more: https://www.zlib.net/manual.html#Constants */
export const ENDS_EARLY = 'Z_BUF_ERROR';

/** https://www.rfc-editor.org/rfc/rfc1952#page-6 */
export const GZIP = Buffer.of(0x1f, 0x8b);

/**
 * The bytes that were packed with gzip, and others as they are: some servers unpack what is called `.gz`, and others do not. Throws
 * kind `transient` for what ends too early, and `source-changed` for what cannot be unpacked at all, and for more than so many bytes.
 */
export function unpacked(bytes: Buffer, mostBytes: number, what = 'The file'): Buffer {
  if (!bytes.subarray(0, 2).equals(GZIP)) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(mostBytes, what);
    throw code === ENDS_EARLY ? cutOff(what) : notPacked(what);
  }
}

export const cutOff = (what: string): TidemillError =>
  new TidemillError('transient', 'file-cut', `${what} is packed with gzip, and ends too early`);

export const notPacked = (what: string): TidemillError =>
  new TidemillError('source-changed', 'file-packed', `${what} is packed with gzip, and cannot be unpacked`, {
    hint: 'Nothing of it was kept. Fetch it by hand: if it cannot be unpacked there either, the source must mend it.',
  });

const tooLarge = (mostBytes: number, what: string): TidemillError =>
  new TidemillError('source-changed', 'file-large', `${what} is larger than ${mostBytes / 2 ** 20} MiB`, {
    hint: 'Nothing of it was kept. If it is the right one, the connector must read it piece by piece.',
  });
