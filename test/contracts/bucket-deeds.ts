/** What every driver does with a bucket, thing by thing, with the proof that it was done once and completely. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { readText } from '../../orchestrator/storage/text.ts';
import { bytes, JSON_TYPE, written } from './bucket-check.ts';

/** Something that differs from block to block. */
export async function* long(length: number) {
  for (let sent = 0; sent < length; ) {
    const chunk = Buffer.alloc(Math.min(50_000, length - sent), `${sent};`);
    sent += chunk.length;
    yield chunk;
  }
}

export async function digest(source: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of source) hash.update(chunk);
  return hash.digest('hex');
}

export interface Trial {
  /** Through the proxy. */
  readonly bucket: Bucket;
  /** Past it. */
  readonly truth: Bucket;
  readonly blockBytes: number;
}

export interface Deed {
  prepare?(trial: Trial): Promise<unknown>;
  run(trial: Trial): Promise<void>;
}

export const deeds = {
  'creates an object': {
    async run({ bucket, truth }) {
      const object = written(await bucket.write('new', bytes('1'), { ...JSON_TYPE, onlyIf: 'absent' }));
      assert.equal(await bucket.write('new', bytes('2'), { ...JSON_TYPE, onlyIf: 'absent' }), undefined);
      const stored = await readText(truth, 'new');
      assert.deepEqual([stored?.text, stored?.version, object.bytes], ['1', object.version, 1]);
    },
  },
  'swaps an object': {
    prepare: ({ truth }) => truth.write('state', bytes('1'), JSON_TYPE),
    async run({ bucket, truth }) {
      const before = await readText(truth, 'state');
      assert(before !== undefined);
      const onlyIf = { version: before.version };
      const after = written(await bucket.write('state', bytes('2'), { ...JSON_TYPE, onlyIf }));
      assert.equal(await bucket.write('state', bytes('3'), { ...JSON_TYPE, onlyIf }), undefined);
      const stored = await readText(truth, 'state');
      assert.deepEqual([stored?.text, stored?.version], ['2', after.version]);
    },
  },
  'writes a long stream': {
    async run({ bucket, truth, blockBytes }) {
      const length = 2 * blockBytes + 1000;
      const object = written(await bucket.write('long', long(length), { ...JSON_TYPE, onlyIf: 'absent' }));
      const stored = await truth.read('long');
      assert(stored !== undefined);
      assert.deepEqual([stored.bytes, stored.version, object.bytes], [length, object.version, length]);
      assert.equal(await digest(stored.body), await digest(long(length)));
    },
  },
  'reads a long object': {
    prepare: ({ truth, blockBytes }) => truth.write('long', long(2 * blockBytes + 1000), JSON_TYPE),
    async run({ bucket, blockBytes }) {
      const object = await bucket.read('long');
      assert(object !== undefined);
      assert.equal(await digest(object.body), await digest(long(2 * blockBytes + 1000)));
    },
  },
  'reads a range of a long object': {
    prepare: ({ truth, blockBytes }) => truth.write('long', long(2 * blockBytes), JSON_TYPE),
    async run({ bucket, blockBytes }) {
      const [from, to] = [blockBytes - 1000, blockBytes + 60_000];
      const object = await bucket.read('long', { range: { from, to } });
      assert(object !== undefined);
      const whole = Buffer.concat(await Array.fromAsync(long(2 * blockBytes)));
      assert(Buffer.concat(await Array.fromAsync(object.body)).equals(whole.subarray(from, to)));
    },
  },
  'reads past the end of an object': {
    prepare: ({ truth }) => truth.write('short', bytes('short'), JSON_TYPE),
    async run({ bucket }) {
      const object = await bucket.read('short', { range: { from: 5, to: 9 } });
      assert.deepEqual([object?.bytes, await Array.fromAsync(object?.body ?? [])], [5, []]);
    },
  },
  'finds that there is no object': {
    async run({ bucket }) {
      assert.equal(await bucket.read('nowhere'), undefined);
    },
  },
  'lists and removes': {
    prepare: async ({ truth }) => {
      for (const key of ['a/1', 'a/2', 'a/3', 'b']) await truth.write(key, bytes(key), JSON_TYPE);
    },
    async run({ bucket, truth }) {
      assert.deepEqual(
        (await Array.fromAsync(bucket.list('a/'))).map(({ key }) => key),
        ['a/1', 'a/2', 'a/3'],
      );
      await bucket.remove('a/2');
      assert.deepEqual(
        (await Array.fromAsync(truth.list('a/'))).map(({ key }) => key),
        ['a/1', 'a/3'],
      );
    },
  },
  'is checked': {
    async run({ bucket, truth }) {
      await bucket.check();
      assert.deepEqual(await Array.fromAsync(truth.list('')), []);
    },
  },
} as const satisfies Record<string, Deed>;

export type DeedName = keyof typeof deeds;
