import { randomUUID } from 'node:crypto';
import { TidemillError } from '@tidemill/kit/errors';
import type { Bucket } from '../contract.ts';

/**
 * Writes, finds and removes a small object, and sees whether the store honours preconditions: some that speak the same
 * language ignore them, and then two runs could claim the same slot.
 */
export async function checkRemote(bucket: Bucket): Promise<void> {
  const key = `_tidemill/probe-${randomUUID()}`;
  const create = () => bucket.write(key, new Uint8Array(0), { contentType: 'text/plain', onlyIf: 'absent' });
  const first = await create();
  try {
    const second = await create();
    const [listed] = await Array.fromAsync(bucket.list(key));
    if (first === undefined || second !== undefined || listed?.key !== key) throw notFit(bucket.url);
  } finally {
    await bucket.remove(key);
  }
}

const notFit = (url: string): TidemillError =>
  new TidemillError('config', 'bucket-no-preconditions', `The store of ${url} ignores the preconditions of writes`, {
    hint: 'Tidemill needs them for its claims. Use a store that honours If-None-Match and If-Match, or update this one.',
  });
