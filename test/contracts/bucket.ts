/**
 * The promises of `orchestrator/storage/contract.ts`, as checks that every driver must pass. They are data, so that a
 * test can also show that a broken driver fails them.
 */
import assert from 'node:assert/strict';
import type { TidemillError } from '@tidemill/kit/errors';
import { describe, it } from 'vitest';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { readText } from '../../orchestrator/storage/text.ts';
import { type BucketCheck, bytes, JSON_TYPE, written } from './bucket-check.ts';
import { listingChecks } from './bucket-listings.ts';
import { rangeChecks } from './bucket-ranges.ts';
import { LIMIT_MILLISECONDS } from './limit.ts';

const textOf = async (bucket: Bucket, key: string): Promise<string | undefined> => (await readText(bucket, key))?.text;
const versionOf = async (bucket: Bucket, key: string) => (await readText(bucket, key))?.version;

async function keysOf(bucket: Bucket, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of bucket.list(prefix)) keys.push(key);
  return keys;
}

export const bucketChecks: readonly BucketCheck[] = [
  {
    promise: 'reads back what was written, with its size',
    run: async (bucket) => {
      const object = written(await bucket.write('a/b.json', bytes('{"é":1}'), JSON_TYPE));
      assert.equal(object.key, 'a/b.json');
      assert.equal(object.bytes, 8);
      assert.equal(await textOf(bucket, 'a/b.json'), '{"é":1}');
      assert.equal(await versionOf(bucket, 'a/b.json'), object.version);
    },
  },
  {
    promise: 'answers undefined for an object that is not there',
    run: async (bucket) => {
      assert.equal(await bucket.read('nowhere'), undefined);
      await bucket.write('folder/file', bytes('x'), JSON_TYPE);
      const inTheWay = ({ code }: TidemillError): undefined => {
        assert.equal(code, 'bucket-key-folder');
      };
      // Where folders are real ones, there can be no object besides.
      assert.equal(await bucket.read('folder').catch(inTheWay), undefined);
      assert.equal(await bucket.read('folder/file/below'), undefined);
    },
  },
  {
    promise: 'writes a stream of many chunks, and an empty one',
    run: async (bucket) => {
      const chunk = Buffer.alloc(100_000, 'x');
      async function* many() {
        for (let index = 0; index < 50; index += 1) yield chunk;
      }
      async function* none() {}
      assert.equal(written(await bucket.write('big', many(), JSON_TYPE)).bytes, 5_000_000);
      assert.equal((await textOf(bucket, 'big'))?.length, 5_000_000);
      assert.equal(written(await bucket.write('empty', none(), JSON_TYPE)).bytes, 0);
      assert.equal(await textOf(bucket, 'empty'), '');
    },
  },
  {
    promise: 'a stream that fails leaves nothing, and not the object that was there changed',
    run: async (bucket) => {
      await bucket.write('kept', bytes('before'), JSON_TYPE);
      async function* broken() {
        yield bytes('half');
        throw new Error('the source broke');
      }
      await assert.rejects(bucket.write('kept', broken(), JSON_TYPE), /the source broke/);
      await assert.rejects(bucket.write('fresh', broken(), JSON_TYPE), /the source broke/);
      assert.equal(await textOf(bucket, 'kept'), 'before');
      assert.deepEqual(await keysOf(bucket, ''), ['kept']);
    },
  },
  {
    promise: 'every write changes the version, also one of the same bytes',
    run: async (bucket) => {
      const versions = new Set<string>();
      for (let index = 0; index < 20; index += 1) {
        versions.add(written(await bucket.write('same', bytes('same'), JSON_TYPE)).version);
      }
      assert.equal(versions.size, 20);
    },
  },
  {
    promise: 'create-only: the second write changes nothing and says so',
    run: async (bucket) => {
      const first = written(await bucket.write('once', bytes('1'), { ...JSON_TYPE, onlyIf: 'absent' }));
      async function* stream() {
        yield bytes('3');
      }
      for (const second of [bytes('2'), stream()])
        assert.equal(await bucket.write('once', second, { ...JSON_TYPE, onlyIf: 'absent' }), undefined);
      assert.equal(await textOf(bucket, 'once'), '1');
      assert.equal(await versionOf(bucket, 'once'), first.version);
    },
  },
  {
    promise: 'compare-and-swap: only the current version can be replaced',
    run: async (bucket) => {
      const first = written(await bucket.write('state', bytes('1'), JSON_TYPE));
      const swap = (text: string, version: string) =>
        bucket.write('state', bytes(text), { ...JSON_TYPE, onlyIf: { version } });
      const second = written(await swap('2', first.version));
      assert.equal(await swap('3', first.version), undefined);
      assert.equal(await textOf(bucket, 'state'), '2');
      written(await swap('4', second.version));
      assert.equal(await textOf(bucket, 'state'), '4');
    },
  },
  {
    promise: 'compare-and-swap: a removed object has no version any more',
    run: async (bucket) => {
      const { version } = written(await bucket.write('gone', bytes('1'), JSON_TYPE));
      await bucket.remove('gone');
      assert.equal(await bucket.write('gone', bytes('2'), { ...JSON_TYPE, onlyIf: { version } }), undefined);
      assert.equal(await bucket.read('gone'), undefined);
    },
  },
  {
    promise: 'of twenty racers that create, one wins',
    run: async (bucket) => {
      const racers = Array.from({ length: 20 }, (_, index) =>
        bucket.write('race', bytes(String(index)), { ...JSON_TYPE, onlyIf: 'absent' }),
      );
      const winners = (await Promise.all(racers)).flatMap((object, index) => (object === undefined ? [] : [index]));
      assert.equal(winners.length, 1);
      assert.equal(await textOf(bucket, 'race'), String(winners[0]));
    },
  },
  {
    promise: 'of twenty racers that swap, one wins; a counter swapped by eight loses no count',
    run: async (bucket) => {
      await bucket.write('counter', bytes('0'), JSON_TYPE);
      const count = async (): Promise<void> => {
        for (;;) {
          const before = await readText(bucket, 'counter');
          assert(before !== undefined);
          const value = Number(before.text);
          const onlyIf = { version: before.version };
          if (await bucket.write('counter', bytes(String(value + 1)), { ...JSON_TYPE, onlyIf })) return;
        }
      };
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          for (let index = 0; index < 5; index += 1) await count();
        }),
      );
      assert.equal(await textOf(bucket, 'counter'), '40');
    },
  },
  {
    promise: 'lists by prefix, in the order of the keys',
    run: async (bucket) => {
      const keys = ['a-b', 'a/b/c', 'a/b', 'a.b', 'aB', 'a/ä', 'a/dt=2026-01-01/x', 'b'].filter((key) => key !== 'a/b');
      for (const key of [...keys].reverse()) await bucket.write(key, bytes(key), JSON_TYPE);
      assert.deepEqual(await keysOf(bucket, ''), [...keys].sort());
      assert.deepEqual(await keysOf(bucket, 'a/'), keys.filter((key) => key.startsWith('a/')).sort());
      assert.deepEqual(await keysOf(bucket, 'a/b'), ['a/b/c']);
      assert.deepEqual(await keysOf(bucket, 'c'), []);
      for await (const object of bucket.list('b')) assert.equal(object.bytes, 1);
    },
  },
  {
    promise: 'lists more objects than a page of any store holds',
    run: async (bucket) => {
      const keys = Array.from({ length: 1205 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
      for (let index = 0; index < keys.length; index += 50) {
        await Promise.all(keys.slice(index, index + 50).map((key) => bucket.write(key, bytes(''), JSON_TYPE)));
      }
      assert.deepEqual(await keysOf(bucket, 'many/'), keys);
    },
  },
  ...listingChecks,
  {
    promise: 'removes, also what is not there',
    run: async (bucket) => {
      await bucket.write('x', bytes('x'), JSON_TYPE);
      await bucket.remove('x');
      await bucket.remove('x');
      assert.deepEqual(await keysOf(bucket, ''), []);
    },
  },
  {
    promise: 'refuses keys that would be another place',
    run: async (bucket) => {
      for (const key of ['', '/a', 'a//b', '../a', 'a/../b', 'a/./b', 'a/', 'a\\b', 'a\nb']) {
        await assert.rejects(async () => bucket.write(key, bytes('x'), JSON_TYPE), { code: 'bucket-key' }, key);
      }
    },
  },
  {
    promise: 'a body that is not read to its end holds nothing up',
    run: async (bucket) => {
      await bucket.write('long', Buffer.alloc(1_000_000), JSON_TYPE);
      const object = await bucket.read('long');
      assert(object !== undefined);
      for await (const _ of object.body) break;
      await bucket.write('long', bytes('short'), JSON_TYPE);
      assert.equal(await textOf(bucket, 'long'), 'short');
    },
  },
  ...rangeChecks,
  {
    promise: 'check() passes on a usable bucket and leaves nothing behind',
    run: async (bucket) => {
      await bucket.check();
      assert.deepEqual(await keysOf(bucket, ''), []);
    },
  },
];

/** Holds a driver to every check, each with the fresh, empty bucket that `open` answers; called at the top level of its test. */
export function bucketContract(name: string, open: () => Promise<Bucket>): void {
  describe(`${name} keeps the bucket contract`, { timeout: LIMIT_MILLISECONDS }, () => {
    for (const { promise, run } of bucketChecks) it(promise, async () => run(await open()));
  });
}
