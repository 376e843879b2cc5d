import { randomUUID } from 'node:crypto';
import { TidemillError } from '@tidemill/kit/errors';
import type { Bucket, Version } from '../contract.ts';
import { readText } from '../text.ts';

/** A version of the store that an object never had. */
export type NoVersion = (version: Version) => Version;

/** Writes, finds and removes a small object, and sees whether the store honours preconditions. */
export function checkRemote(bucket: Bucket, never: NoVersion): Promise<void> {
  return probe(bucket, never, async (key) => {
    const [listed] = await Array.fromAsync(bucket.list(key));
    return listed?.key === key;
  });
}

/**
 * Sees whether the store honours preconditions, the first time it is asked and again after a failure: some that speak the
 * same language ignore one or the other of them, and then two runs could claim the same slot, or one of two swaps be lost.
 */
export function preconditionCheck(bucket: Bucket, never: NoVersion): () => Promise<void> {
  let checked: Promise<void> | undefined;
  return () => {
    checked ??= probe(bucket, never, async () => true).catch((error: unknown) => {
      checked = undefined;
      throw error;
    });
    return checked;
  };
}

/** With an object that is there for as long as it takes, and of which `look` must hold. */
async function probe(bucket: Bucket, never: NoVersion, look: (key: string) => Promise<boolean>): Promise<void> {
  const key = `_tidemill/probe-${randomUUID()}`;
  const write = (onlyIf: 'absent' | { readonly version: Version }) =>
    bucket.write(key, new Uint8Array(0), { contentType: 'text/plain', onlyIf });
  const made = await write('absent');
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
    const trials = await Promise.all([write('absent'), write({ version: never(made.version) })].map(isRefused));
    if (trials.includes(false) || !(await look(key))) throw notFit(bucket.url);
  } finally {
    await bucket.remove(key);
  }
}

const notFit = (url: string): TidemillError =>
  new TidemillError('config', 'bucket-no-preconditions', `The store of ${url} ignores the preconditions of writes`, {
    hint: 'Tidemill needs them for its claims. Use a store that honours If-None-Match and If-Match, or update this one.',
  });
