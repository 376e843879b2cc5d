import { randomUUID } from 'node:crypto';
import { TidemillError } from '@tidemill/kit/errors';
import type { Bucket, Precondition, StoredObject, Version } from '../contract.ts';
import { readText } from '../text.ts';

/** A version of the store that an object never had. */
export type NoVersion = (version: Version) => Version;

/**
 * Writes, finds and removes a small object, and sees whether the store honours preconditions, also those that hold: where it
 * takes ETags in another form than it gives them, every run would be told that another one was first.
 */
export function checkRemote(bucket: Bucket, never: NoVersion): Promise<void> {
  return probe(bucket, never, async ({ key, version }) => {
    const [listed] = await Array.fromAsync(bucket.list(key));
    if (listed?.key !== key) throw notFit(bucket.url);
    if ((await write(bucket, key, { version })) === undefined) throw refusesAll(bucket.url);
  });
}

/**
 * Sees whether the store honours preconditions, the first time it is asked and again after a failure: some that speak the
 * same language ignore one or the other of them, and then two runs could claim the same slot, or one of two swaps be lost.
 */
export function preconditionCheck(bucket: Bucket, never: NoVersion): () => Promise<void> {
  let checked: Promise<void> | undefined;
  return () => {
    checked ??= probe(bucket, never, async () => undefined).catch((error: unknown) => {
      checked = undefined;
      throw error;
    });
    return checked;
  };
}

const write = (bucket: Bucket, key: string, onlyIf: Precondition) =>
  bucket.write(key, new Uint8Array(0), { contentType: 'text/plain', onlyIf });

/** With an object that is there for as long as it takes, for `look` to see. */
async function probe(bucket: Bucket, never: NoVersion, look: (made: StoredObject) => Promise<void>): Promise<void> {
  const key = `_tidemill/probe-${randomUUID()}`;
  const made = await write(bucket, key, 'absent');
  try {
    if (made === undefined) throw notFit(bucket.url);
    // Where an answer was lost nobody knows; but nobody else writes there, so what is there then tells.
    const isRefused = (trial: ReturnType<Bucket['write']>): Promise<boolean> =>
      trial.then(
        (written) => written === undefined,
        async (error: unknown) => {
          if (!(error instanceof TidemillError && error.code === 'bucket-write-unknown')) throw error;
          return (await readText(bucket, key))?.version === made.version;
        },
      );
    const conditions: readonly Precondition[] = ['absent', { version: never(made.version) }];
    const trials = await Promise.all(conditions.map((onlyIf) => isRefused(write(bucket, key, onlyIf))));
    if (trials.includes(false)) throw notFit(bucket.url);
    await look(made);
  } finally {
    await bucket.remove(key);
  }
}

const notFit = (url: string): TidemillError =>
  new TidemillError('config', 'bucket-no-preconditions', `The store of ${url} ignores the preconditions of writes`, {
    hint: 'Tidemill needs them for its claims. Use a store that honours If-None-Match and If-Match, or update this one.',
  });

/** https://github.com/slatedb/slatedb/issues/1818 */
const refusesAll = (url: string): TidemillError =>
  new TidemillError('config', 'bucket-refuses-swaps', `The store of ${url} refuses a write whose precondition holds`, {
    hint: 'Tidemill needs If-Match for its claims, with the ETag as the store gave it. Use a store that takes it so, or update this one.',
  });
