/** What every bucket promises of reads that ask for a part of an object, or for a version of it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Bucket, ByteRange, ReadOptions } from '../../orchestrator/storage/contract.ts';
import { type BucketCheck, bytes, JSON_TYPE, written } from './bucket-check.ts';

const TEXT = 'abcdefghij';

/** The bytes that a read gives, as text; undefined when it gives none at all. */
async function textOf(bucket: Bucket, key: string, options: ReadOptions): Promise<string | undefined> {
  const object = await bucket.read(key, options);
  return object && Buffer.concat(await Array.fromAsync(object.body)).toString();
}

async function gives(bucket: Bucket, key: string, expected: readonly [ByteRange, string][]): Promise<void> {
  for (const [range, text] of expected) {
    assert.equal(await textOf(bucket, key, { range }), text, `${JSON.stringify(range)} of ${key}`);
  }
}

/** Differs from place to place, and is longer than what any driver reads or sends at once in a test. */
const LONG = Buffer.from(Array.from({ length: 60_000 }, (_, index) => `${index};`).join(''));

/** Offsets, in order: from each to the next one is a range. */
const cuts = fc
  .uniqueArray(fc.nat(LONG.length), { maxLength: 6 })
  .map((offsets) => [0, ...offsets, LONG.length].sort((a, b) => a - b));

export const rangeChecks: readonly BucketCheck[] = [
  {
    promise: 'reads a range: its bytes, and the size and version of the whole object',
    run: async (bucket) => {
      const { version } = written(await bucket.write('key', bytes(TEXT), JSON_TYPE));
      await gives(bucket, 'key', [
        [{ from: 0, to: 1 }, 'a'],
        [{ from: 2, to: 5 }, 'cde'],
        [{ from: 9, to: 10 }, 'j'],
        [{ from: 0, to: 10 }, TEXT],
      ]);
      const object = await bucket.read('key', { range: { from: 2, to: 5 } });
      assert.deepEqual([object?.key, object?.bytes, object?.version], ['key', 10, version]);
      assert.equal(Buffer.concat(await Array.fromAsync(object?.body ?? [])).length, 3);
      assert.equal(await bucket.read('nowhere', { range: { from: 2, to: 5 } }), undefined);
    },
  },
  {
    promise: 'reads the last bytes of an object',
    run: async (bucket) => {
      await bucket.write('key', bytes(TEXT), JSON_TYPE);
      await gives(bucket, 'key', [
        [{ last: 1 }, 'j'],
        [{ last: 4 }, 'ghij'],
        [{ last: 10 }, TEXT],
      ]);
    },
  },
  {
    promise: 'of a range that reaches past the end it reads what there is',
    run: async (bucket) => {
      await bucket.write('key', bytes(TEXT), JSON_TYPE);
      await gives(bucket, 'key', [
        [{ from: 7, to: 11 }, 'hij'],
        [{ from: 0, to: Number.MAX_SAFE_INTEGER }, TEXT],
        [{ last: 11 }, TEXT],
      ]);
    },
  },
  {
    promise: 'of a range without a byte in the object it reads nothing, and says what the object is',
    run: async (bucket) => {
      await bucket.write('empty', bytes(''), JSON_TYPE);
      await bucket.write('key', bytes(TEXT), JSON_TYPE);
      const none: ByteRange[] = [{ from: 10, to: 11 }, { from: 99, to: 999 }, { from: 3, to: 3 }, { last: 0 }];
      for (const [key, size, ranges] of [
        ['key', 10, none],
        ['empty', 0, [...none, { from: 0, to: 5 }, { last: 5 }]],
      ] as const) {
        await gives(
          bucket,
          key,
          ranges.map((range): [ByteRange, string] => [range, '']),
        );
        const version = (await bucket.read(key))?.version;
        for (const range of ranges) {
          const object = await bucket.read(key, { range });
          await Array.fromAsync(object?.body ?? []);
          assert.deepEqual([object?.bytes, object?.version], [size, version], JSON.stringify(range));
        }
      }
      for (const range of none) assert.equal(await bucket.read('nowhere', { range }), undefined);
    },
  },
  {
    promise: 'refuses what is no range',
    run: async (bucket) => {
      await bucket.write('key', bytes(TEXT), JSON_TYPE);
      const endless = Number.POSITIVE_INFINITY;
      for (const range of [
        { from: -1, to: 1 },
        { from: 3, to: 2 },
        { from: 0, to: 1.5 },
        { from: 0, to: endless },
        { last: -1 },
      ]) {
        await assert.rejects(async () => bucket.read('key', { range }), { kind: 'bug', code: 'bucket-range' });
      }
    },
  },
  {
    promise: 'reads only the version that is asked for, whole and in part',
    run: async (bucket) => {
      const ways: ReadOptions[] = [
        {},
        { range: { from: 2, to: 5 } },
        { range: { last: 2 } },
        { range: { from: 50, to: 60 } },
      ];
      const reads = (version: string) => Promise.all(ways.map((way) => textOf(bucket, 'key', { ...way, version })));
      const first = written(await bucket.write('key', bytes(TEXT), JSON_TYPE));
      assert.deepEqual(await reads(first.version), [TEXT, 'cde', 'ij', '']);
      // The same bytes are another write all the same.
      const second = written(await bucket.write('key', bytes(TEXT), JSON_TYPE));
      assert.deepEqual(
        await reads(first.version),
        ways.map(() => undefined),
      );
      assert.deepEqual(await reads(second.version), [TEXT, 'cde', 'ij', '']);
      const third = written(await bucket.write('key', bytes('other'), JSON_TYPE));
      assert.deepEqual(
        await reads(second.version),
        ways.map(() => undefined),
      );
      await bucket.remove('key');
      assert.deepEqual(
        await reads(third.version),
        ways.map(() => undefined),
      );
    },
  },
  {
    promise: 'reads the version that a listing has told',
    run: async (bucket) => {
      await bucket.write('key', bytes(TEXT), JSON_TYPE);
      const [listed] = await Array.fromAsync(bucket.list('key'));
      const options = { range: { last: 3 }, version: listed?.version ?? '' };
      assert.equal(await textOf(bucket, 'key', options), 'hij');
      await bucket.write('key', bytes('other'), JSON_TYPE);
      assert.equal(await bucket.read('key', options), undefined);
    },
  },
  {
    promise: 'any ranges of a long object put together are the whole',
    run: async (bucket) => {
      const { version } = written(await bucket.write('long', LONG, JSON_TYPE));
      const read = async (from: number, to: number): Promise<Buffer> => {
        const object = await bucket.read('long', { range: { from, to }, version });
        return Buffer.concat(await Array.fromAsync(object?.body ?? []));
      };
      const property = fc.asyncProperty(cuts, async (offsets) => {
        const ranges = offsets.slice(1).map((to, index) => read(offsets[index] ?? 0, to));
        assert(LONG.equals(Buffer.concat(await Promise.all(ranges))), `cut at ${offsets}`);
      });
      await fc.assert(property, { seed: 1, numRuns: 10 });
    },
  },
];
