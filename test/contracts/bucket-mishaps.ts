/**
 * A run on a bucket that meets one mishap at one of its changes, and then the same run at the next one: whatever it is, what is left must
 * be as promised. Killed while it reads, it leaves the bucket as it does right before its next change.
 */
import assert from 'node:assert/strict';
import { errorKinds, TidemillError } from '@tidemill/kit/errors';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { writeUnknown } from '../../orchestrator/storage/remote/errors.ts';
import { type Lifeline, mortal } from './mortal.ts';

/** Something that changes a bucket, and how one sees what it has left. */
export interface BucketTrial {
  /** A new bucket, as the run finds it. */
  open(): Promise<Bucket>;
  /** What is tried. It comes the same way each time, and may throw when it meets the mishap. */
  run(bucket: Bucket): Promise<unknown>;
  /** Looks at what is left, past all mishaps; usually it runs once more first. Throws where a promise is broken. */
  look(bucket: Bucket): Promise<unknown>;
}

/** Called around each change, in order. `carriedOut` is false before it, and `stop` lets nothing happen from then on. */
type Watcher = (change: string, carriedOut: boolean) => void;

/**
 * Kills the run before and after each object that it writes or removes, and amid the body of each that it sends as a stream: from that
 * instant on, nothing it does arrives. Answers how often it was killed. Throws what `look` throws, with the place.
 */
export async function killedEverywhere(trial: BucketTrial): Promise<number> {
  return everywhere(trial, async (bucket, at) => {
    const life: Lifeline = { isOver: false };
    let place: string | undefined;
    let points = 0;
    const watch: Watcher = (change, carriedOut) => {
      if (points++ !== at) return;
      life.isOver = true;
      place = `killed ${carriedOut ? 'after' : 'before'} ${change}`;
    };
    // It dies in its own eyes first, so that what it does then does not reach the bucket.
    const ended = await attempt(() => trial.run(watched(mortal(bucket, life), watch)));
    if (place === undefined && ended.error !== undefined) throw ended.error;
    return place;
  });
}

/**
 * Loses the answer to each object that the run writes, one in each run: the write is carried out, and the run is told that nobody knows
 * (kind `transient`, code `bucket-write-unknown`), as drivers tell it that have asked again in vain. The run may go on or throw, but
 * what it throws must say that trying again helps. Answers how many answers were lost. Throws what `look` throws, with the place.
 */
export async function answersLostEverywhere(trial: BucketTrial): Promise<number> {
  return everywhere(trial, async (bucket, at) => {
    let place: string | undefined;
    let writes = 0;
    const losing: Bucket = {
      ...passing(bucket),
      async write(key, body, options) {
        const written = await bucket.write(key, body, options);
        if (writes++ !== at) return written;
        place = `the answer to write ${key} was lost`;
        throw writeUnknown(bucket.url, key);
      },
    };
    const { error } = await attempt(() => trial.run(losing));
    if (error === undefined) return place;
    if (place === undefined) throw error;
    const mayPass = error instanceof TidemillError && errorKinds[error.kind].retry;
    assert(mayPass, `${place}: the run throws what is no failure that may pass: ${error}`);
    return place;
  });
}

/** Runs anew for each place, from 0, until there is none at which something could happen. `meet` answers where it did. */
async function everywhere(
  { open, look }: BucketTrial,
  meet: (bucket: Bucket, at: number) => Promise<string | undefined>,
): Promise<number> {
  for (let at = 0; ; at += 1) {
    const bucket = await open();
    const place = await meet(bucket, at);
    const { error } = await attempt(() => look(bucket));
    if (error !== undefined) {
      const said = error instanceof Error ? error.message : String(error);
      throw new Error(`${place ?? 'undisturbed'}: ${said}`, { cause: error });
    }
    if (place !== undefined) continue;
    assert(at > 0, 'the run changes nothing in its bucket');
    return at;
  }
}

async function attempt(action: () => Promise<unknown>): Promise<{ readonly error?: unknown }> {
  try {
    await action();
    return {};
  } catch (error) {
    return { error: error ?? new Error('nothing was thrown, as an error') };
  }
}

function watched(bucket: Bucket, reach: Watcher): Bucket {
  return {
    ...passing(bucket),
    async write(key, body, options) {
      reach(`write ${key}`, false);
      const sent = body instanceof Uint8Array ? body : amid(body, () => reach(`the first piece of ${key}`, true));
      const written = await bucket.write(key, sent, options);
      reach(`write ${key}`, true);
      return written;
    },
    async remove(key) {
      reach(`remove ${key}`, false);
      await bucket.remove(key);
      reach(`remove ${key}`, true);
    },
  };
}

async function* amid(body: AsyncIterable<Uint8Array>, reach: () => void): AsyncIterable<Uint8Array> {
  let pieces = 0;
  for await (const piece of body) {
    yield piece;
    if (pieces++ === 0) reach();
  }
}

/** The same bucket, also where it is an object of a class. */
function passing(bucket: Bucket): Bucket {
  return {
    url: bucket.url,
    ...(bucket.isRemote && { isRemote: true }),
    read: (key, options) => bucket.read(key, options),
    write: (key, body, options) => bucket.write(key, body, options),
    list: (prefix) => bucket.list(prefix),
    remove: (key) => bucket.remove(key),
    check: () => bucket.check(),
  };
}
