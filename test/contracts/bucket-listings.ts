/** What every bucket promises of listings to those who keep what they have read by the versions that are told there. */
import assert from 'node:assert/strict';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { readText } from '../../orchestrator/storage/text.ts';
import { type BucketCheck, bytes, JSON_TYPE, written } from './bucket-check.ts';

async function versionsIn(bucket: Bucket, prefix: string): Promise<Record<string, string>> {
  const listed = await Array.fromAsync(bucket.list(prefix));
  return Object.fromEntries(listed.map(({ key, version }) => [key, version]));
}

export const listingChecks: readonly BucketCheck[] = [
  {
    promise: 'a listing is current, and tells of other bytes by other versions',
    run: async (bucket) => {
      const told = new Map<string, string>();
      for (let round = 0; round < 20; round += 1) {
        const text = String(round % 7);
        if (round % 5 === 4) await bucket.remove('now/a');
        const { version } = written(await bucket.write('now/a', bytes(text), JSON_TYPE));
        const listed = (await versionsIn(bucket, 'now/'))['now/a'] ?? assert.fail('what was written is not listed');
        assert.equal(told.get(listed) ?? text, text, 'one version for two texts');
        told.set(listed, text);
        // By either version it is that object.
        for (const one of [listed, version]) {
          assert.equal((await readText(bucket, 'now/a', { version: one }))?.text, text);
        }
      }
      await bucket.write('now/b', bytes('b'), JSON_TYPE);
      await bucket.remove('now/a');
      assert.deepEqual(Object.keys(await versionsIn(bucket, 'now/')), ['now/b']);
    },
  },
];
