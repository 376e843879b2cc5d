/** Files that are unpacked piece by piece, in memory for one piece. */
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { begun } from './begun.ts';
import { cutOff, ENDS_EARLY, GZIP, notPacked } from './whole-file.ts';

/**
 * The bytes that were packed with gzip, and others as they are, whatever their headers say. Throws kind `transient`, code `file-cut`, for
 * what ends too early, and kind `source-changed`, code `file-packed`, for what cannot be unpacked; `what` begins their messages.
 */
export async function* unpackedPieces(
  pieces: AsyncIterable<Uint8Array>,
  what = 'The file',
): AsyncGenerator<Uint8Array> {
  const { head, all } = await begun(pieces, GZIP.length);
  if (!head.subarray(0, GZIP.length).equals(GZIP)) {
    yield* all;
    return;
  }
  try {
    // The callback is empty because an error reaches the reader through the stream itself.
    yield* pipeline(all, createGunzip(), () => {});
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === ENDS_EARLY) throw cutOff(what);
    throw /^Z_/.test(`${code}`) ? notPacked(what) : error;
  }
}
