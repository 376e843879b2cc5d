import { TidemillError } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { MemoryBucket } from '../../test/fakes/memory-bucket.ts';
import type { Bucket } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { writeJson } from '../storage/text.ts';
import { merged } from './merge.ts';
import { type Snapshot, States } from './snapshot.ts';
import { eachSnapshot, readSnapshot, swapSnapshot } from './store.ts';

const at = new Date('2026-11-21T06:00:00Z');
const facts = { at, account: undefined, accepts: false, accept: '' };

/** Of a service with one data set. */
const snapshotOf = (service: string, by: string, run: string): Snapshot =>
  merged(undefined, { ...facts, service, by, run, datasets: [{ name: 'orders', capabilities: [] }] }).snapshot;

/** The same bucket, of which some deeds are others. */
const but = (bucket: MemoryBucket, deeds: Partial<Bucket>): Bucket => ({
  url: bucket.url,
  read: (key) => bucket.read(key),
  list: (prefix) => bucket.list(prefix),
  write: (key, body, options) => bucket.write(key, body, options),
  remove: (key) => bucket.remove(key),
  check: () => bucket.check(),
  ...deeds,
});

describe('two who collect a service at once', () => {
  it.each(['never', 'before'])(
    'do not overwrite each other where it was collected %s: the later one is told',
    async (when) => {
      const bucket = new MemoryBucket();
      if (when === 'before') await writeJson(bucket, keys.catalog('shop'), snapshotOf('shop', 'eve', '0'));
      const [mine, theirs] = [await readSnapshot(bucket, 'shop'), await readSnapshot(bucket, 'shop')];
      await swapSnapshot(bucket, theirs, snapshotOf('shop', 'bob', '1'));
      await expect(swapSnapshot(bucket, mine, snapshotOf('shop', 'ada', '2'))).rejects.toMatchObject({
        kind: 'transient',
        code: 'catalog-raced',
        message: 'bob, at 2026-11-21T06:00:00.000Z, has collected shop at the same time',
      });
      expect((await readSnapshot(bucket, 'shop')).snapshot?.collected_by).toBe('bob');
    },
  );
});

describe('a write of which nobody knows whether it was done', () => {
  /** Writes, or not, and answers neither. */
  const unclear = (bucket: MemoryBucket, isDone: boolean): Bucket =>
    but(bucket, {
      write: async (key, body, options) => {
        if (isDone) await bucket.write(key, body, options);
        throw new TidemillError('transient', 'bucket-write-unknown', 'no answer came');
      },
    });

  it('is looked at: what lies there tells', async () => {
    const bucket = new MemoryBucket();
    const stored = await readSnapshot(bucket, 'shop');
    const mine = snapshotOf('shop', 'ada', '1');
    await expect(swapSnapshot(unclear(bucket, false), stored, mine)).rejects.toMatchObject({ code: 'catalog-raced' });
    expect((await readSnapshot(bucket, 'shop')).snapshot).toBeUndefined();
    await swapSnapshot(unclear(bucket, true), stored, mine);
    expect((await readSnapshot(bucket, 'shop')).snapshot).toEqual(mine);
  });
});

describe('the catalogs of many services', () => {
  const names = Array.from({ length: 20 }, (_, index) => `service_${index}`);

  async function collected(): Promise<MemoryBucket> {
    const bucket = new MemoryBucket();
    for (const name of names.slice(0, 3)) await writeJson(bucket, keys.catalog(name), snapshotOf(name, 'ada', '1'));
    await writeJson(bucket, keys.catalog('service_3'), snapshotOf('another', 'ada', '1'));
    await writeJson(bucket, keys.catalog('service_4'), { version: 2 });
    await writeJson(bucket, keys.catalog('stranger'), snapshotOf('stranger', 'ada', '1'));
    return bucket;
  }

  it.each(['listed', 'asked for one by one, by who may not list'])(
    'are %s; what is none is told, and in nobody’s way',
    async (how) => {
      const bucket = await collected();
      const denied: Bucket['list'] = () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.reject(new TidemillError('auth', 'bucket-denied', 'no')),
        }),
      });
      const own = how === 'listed' ? bucket : but(bucket, { list: denied });
      const seen: string[] = [];
      const faults = await eachSnapshot(own, names, States, ({ service, units }) => {
        seen.push(`${service} ${units[0]?.name}`);
      });
      expect(seen.sort()).toEqual(['service_0 orders', 'service_1 orders', 'service_2 orders']);
      expect(faults.map(({ code }) => code).sort()).toEqual(['catalog-damaged', 'catalog-newer']);
    },
  );

  it('are no affair of an error of the store: nobody knows then what is gone', async () => {
    const bucket = await collected();
    const broken = but(bucket, {
      read: () => Promise.reject(new TidemillError('transient', 'bucket-unavailable', 'later')),
    });
    await expect(eachSnapshot(broken, ['service_0'], States, () => undefined)).rejects.toMatchObject({
      kind: 'transient',
    });
  });
});
