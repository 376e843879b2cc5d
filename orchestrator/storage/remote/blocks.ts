/** Sends what comes in one piece or in a stream of any length, with one block of it in memory. */
import type { StoredObject } from '../contract.ts';

/** How a store takes objects. Answers are undefined when the precondition does not hold. */
export interface Sender {
  whole(bytes: Uint8Array): Promise<StoredObject | undefined>;
  /** For what does not fit in one block. */
  open(): Promise<BlockSession | undefined>;
}

/** An object that is there only after `finish`. The bytes handed over may change after each call. */
export interface BlockSession {
  append(block: Uint8Array): Promise<void>;
  finish(last: Uint8Array): Promise<StoredObject | undefined>;
  /** Lets the store forget what was sent; rejects with nothing. */
  cancel(): Promise<void>;
}

export async function sendInBlocks(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  blockBytes: number,
  sender: Sender,
): Promise<StoredObject | undefined> {
  if (source instanceof Uint8Array && source.length <= blockBytes) return sender.whole(source);
  let session: BlockSession | undefined;
  let last = new Uint8Array(0);
  try {
    for await (const { bytes, isLast } of blocksOf(source, blockBytes)) {
      if (isLast) {
        last = bytes;
        continue;
      }
      session ??= await sender.open();
      if (session === undefined) return undefined;
      await session.append(bytes);
    }
    if (session === undefined) return await sender.whole(last);
    const written = await session.finish(last);
    if (written === undefined) await session.cancel();
    return written;
  } catch (error) {
    await session?.cancel();
    throw error;
  }
}

interface Block {
  /** Valid only until the next block is asked for: the memory is used again. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isLast: boolean;
}

/** Most objects are small, and a block of zeros for each would be most of the work. */
const FIRST_BYTES = 64 * 1024;

/** Every block but the last is full, and only a source of nothing has an empty one. */
async function* blocksOf(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  blockBytes: number,
): AsyncGenerator<Block, void> {
  let block: Uint8Array<ArrayBuffer> = new Uint8Array(Math.min(FIRST_BYTES, blockBytes));
  let filled = 0;
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    for (let taken = 0; taken < chunk.length; ) {
      if (filled === blockBytes) {
        yield { bytes: block, isLast: false };
        filled = 0;
      }
      const piece = chunk.subarray(taken, taken + blockBytes - filled);
      if (filled + piece.length > block.length) block = grown(block, filled + piece.length, blockBytes);
      block.set(piece, filled);
      filled += piece.length;
      taken += piece.length;
    }
  }
  yield { bytes: block.subarray(0, filled), isLast: true };
}

/** A copy with room for so many bytes and as many again, or for a whole block. */
function grown(block: Uint8Array, bytes: number, most: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(2 * bytes, most));
  larger.set(block);
  return larger;
}
