/** The checks of ranges find what is broken, and the buckets that only tests have keep them and those of listings, too. */
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import type { Bucket, ReadOptions, StoredBody } from '../../orchestrator/storage/contract.ts';
import { MemoryBucket } from '../fakes/memory-bucket.ts';
import { withPoints } from '../kills/points.ts';
import { Weather } from '../kills/weather.ts';
import { listingChecks } from './bucket-listings.ts';
import { rangeChecks } from './bucket-ranges.ts';
import { mortal } from './mortal.ts';

const memory = (): Bucket => new MemoryBucket(() => undefined);

const kinds: Readonly<Record<string, () => Bucket>> = {
  'in memory': memory,
  'of a process that may be killed': () => mortal(memory(), { isOver: false }),
  'with points to be killed at': () => {
    const world = { bucket: memory(), warehouses: new Map(), close: async () => undefined };
    return withPoints(world, { reached: () => undefined, isFatal: () => false }).bucket;
  },
  'under the weather': () => new Weather().over(memory()),
};

describe.each(Object.entries(kinds))('a bucket %s', (_, open) => {
  it.each([...rangeChecks, ...listingChecks])('$promise', ({ run }) => run(open()));
});

type Read = (bucket: Bucket, key: string, options: ReadOptions) => Promise<StoredBody | undefined>;

/** What a driver may get wrong, and the promise that it breaks then. */
const broken: readonly [string, RegExp, Read][] = [
  ['sends everything', /^reads a range/, (bucket, key, { version }) => bucket.read(key, version ? { version } : {})],
  [
    'tells the size of the part',
    /^reads a range/,
    async (bucket, key, options) => {
      const object = await bucket.read(key, options);
      return object && { ...object, bytes: Buffer.concat(await Array.fromAsync(object.body)).length };
    },
  ],
  [
    'takes the last bytes for the first ones',
    /^reads the last bytes/,
    (bucket, key, { range, ...rest }) =>
      bucket.read(key, { ...rest, ...(range && 'last' in range ? { range: { from: 0, to: range.last } } : {}) }),
  ],
  [
    'has nothing that reaches past the end',
    /reaches past the end/,
    async (bucket, key, options) => {
      const size = (await bucket.read(key))?.bytes ?? 0;
      const { range } = options;
      return range !== undefined && ('last' in range ? range.last : range.to) > size
        ? undefined
        : bucket.read(key, options);
    },
  ],
  [
    'does not know what begins past the end',
    /without a byte/,
    async (bucket, key, options) => {
      const size = (await bucket.read(key))?.bytes ?? 0;
      const { range } = options;
      return range !== undefined && 'from' in range && range.from >= size ? undefined : bucket.read(key, options);
    },
  ],
  [
    'makes something of what is no range',
    /^refuses/,
    (bucket, key, options) => bucket.read(key, options).catch(() => bucket.read(key)),
  ],
  [
    'reads any version',
    /^reads only the version/,
    (bucket, key, { range }) => bucket.read(key, range === undefined ? {} : { range }),
  ],
  [
    'compares versions of whole objects only',
    /^reads only the version/,
    (bucket, key, { range, version }) =>
      bucket.read(key, { ...(range === undefined ? { ...(version && { version }) } : { range }) }),
  ],
  [
    'does not know the versions of a listing',
    /^reads the version that a listing/,
    async (bucket, key, { version, ...rest }) => (version === undefined ? bucket.read(key, rest) : undefined),
  ],
  [
    'ends a long part too early',
    /^any ranges/,
    async (bucket, key, options) => {
      const object = await bucket.read(key, options);
      if (object === undefined || options.range === undefined) return object;
      const text = Buffer.concat(await Array.fromAsync(object.body)).subarray(0, 65_536);
      return { ...object, body: ReadableStream.from([text]) };
    },
  ],
];

describe('the checks find a bucket that', () => {
  it.each(broken)('%s', async (_, promise, read) => {
    const sound = memory();
    const bucket: Bucket = {
      url: sound.url,
      read: (key, options = {}) => read(sound, key, options),
      write: (...write) => sound.write(...write),
      list: (prefix) => sound.list(prefix),
      remove: (key) => sound.remove(key),
      check: () => sound.check(),
    };
    const check = rangeChecks.find((check) => promise.test(check.promise)) ?? assert.fail();
    // A property has its own error around the one that it met.
    const isFound = (error: Error) => [error, error.cause].some((each) => each instanceof assert.AssertionError);
    await assert.rejects(check.run(bucket), isFound);
  });

  it('is broken in any way that they look for', () => {
    const unproven = rangeChecks.filter(({ promise }) => !broken.some(([, broken]) => broken.test(promise)));
    expect(unproven).toEqual([]);
  });
});
