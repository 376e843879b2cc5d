/**
 * Writes whose outcome is known although an answer may be lost on the way. Every object carries, in its custom
 * metadata, which write it comes from and what that write took the place of.
 */
import { randomUUID } from 'node:crypto';
import type { Precondition, StoredObject } from '../contract.ts';
import { writeUnknown } from './errors.ts';
import type { Retry } from './options.ts';

/** Which write an object comes from. */
export const WRITE_ID = 'tidemill-write';
/** The precondition of that write, if it had one. */
const BASE = 'tidemill-base';

export type Metadata = Readonly<Record<string, string>>;

export interface Write {
  readonly id: string;
  /** What the object that it makes must carry. */
  readonly metadata: Metadata;
}

export function newWrite(onlyIf: Precondition | undefined): Write {
  const id = randomUUID();
  return { id, metadata: { [WRITE_ID]: id, ...(onlyIf === undefined ? {} : { [BASE]: baseOf(onlyIf) }) } };
}

/** In characters that every store takes in a header. */
const baseOf = (onlyIf: Precondition): string =>
  onlyIf === 'absent' ? 'absent' : onlyIf.version.replace(/[^\w.-]/g, '_');

/**
 * - `refused`: the precondition does not hold
 * - `unclear`: the store no longer knows the write, as after an earlier attempt that it carried out
 */
export type WriteOutcome = StoredObject | 'refused' | 'unclear';

export interface SureWrite {
  readonly write: Write;
  /** The bucket and the key, for the message. */
  readonly url: string;
  readonly key: string;
  /** One attempt. */
  attempt(): Promise<WriteOutcome>;
  /** The object that is there now, with its metadata. */
  current(): Promise<{ readonly object: StoredObject; readonly metadata: Metadata } | undefined>;
}

/**
 * Tries until the outcome is known. An attempt without an answer may have been carried out, and the next one is then
 * refused for the very object that the first has made. So after one, the object that is there decides: it is this
 * write's; or it took the place that this write wanted, which then was never carried out. Throws `bucket-write-unknown`
 * when it came later than that: then this write may have been there and be replaced by now. An attempt that is answered
 * with "slow down" may have been carried out, too: https://github.com/wowsignal-io/pedro/pull/389
 */
export async function writeSurely(sure: SureWrite, retry: Retry): Promise<StoredObject | undefined> {
  let isOpen = false;
  const outcome = await retry(async () => {
    try {
      return await sure.attempt();
    } catch (error) {
      isOpen = true;
      throw error;
    }
  });
  if (outcome === 'refused' && !isOpen) return undefined;
  if (outcome !== 'refused' && outcome !== 'unclear') return outcome;
  const { id, metadata } = sure.write;
  const current = await retry(() => sure.current());
  if (current?.metadata[WRITE_ID] === id) return current.object;
  if (metadata[BASE] !== undefined && current?.metadata[BASE] === metadata[BASE]) return undefined;
  throw writeUnknown(sure.url, sure.key);
}
