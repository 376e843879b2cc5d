/** What drivers promise of ranges where the store, or somebody between here and there, is careless about them. */
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import type { Bucket, ByteRange } from '../../orchestrator/storage/contract.ts';
import { startFaultProxy } from '../fakes/fault-proxy.ts';
import { JSON_TYPE } from './bucket-check.ts';
import { long } from './bucket-deeds.ts';

export interface CarelessSubject {
  /** The store itself. */
  readonly url: string;
  /** A new bucket, and a way to open it through another address of the store. */
  create(): (url: string) => Bucket;
}

const SIZE = 300_000;
const WHOLE = Buffer.concat(await Array.fromAsync(long(SIZE)));

async function bytesOf(bucket: Bucket, range?: ByteRange): Promise<Buffer> {
  const object = await bucket.read('long', range && { range });
  assert.equal(object?.bytes, SIZE);
  return Buffer.concat(await Array.fromAsync(object.body));
}

export function carelessRanges(name: string, { url, create }: CarelessSubject): void {
  const setUp = async () => {
    const proxy = await startFaultProxy(url);
    const at = create();
    const truth = at(url);
    await truth.write('long', WHOLE, JSON_TYPE);
    return { proxy, truth, bucket: at(proxy.url), [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
  };
  const ranges: readonly [ByteRange, Buffer][] = [
    [{ from: 0, to: 10 }, WHOLE.subarray(0, 10)],
    [{ from: 70_000, to: 200_001 }, WHOLE.subarray(70_000, 200_001)],
    [{ from: 299_999, to: 300_010 }, WHOLE.subarray(299_999)],
    [{ from: 300_000, to: 300_010 }, Buffer.alloc(0)],
    [{ last: 100_000 }, WHOLE.subarray(200_000)],
    [{ last: 0 }, Buffer.alloc(0)],
  ];

  describe(`${name}, careless about ranges`, () => {
    it('gives only what was asked for when everything comes', async () => {
      await using subject = await setUp();
      subject.proxy.use(() => 'ignore-range');
      for (const [range, expected] of ranges) {
        assert((await bytesOf(subject.bucket, range)).equals(expected), JSON.stringify(range));
      }
    });

    it('goes on where a part breaks off, also when everything comes then', async () => {
      await using subject = await setUp();
      for (const then of [undefined, 'ignore-range'] as const) {
        for (const [range, expected] of [[undefined, WHOLE] as const, ...ranges]) {
          let requests = 0;
          subject.proxy.use(() => (requests++ === 0 ? 'reset-answer' : then));
          assert((await bytesOf(subject.bucket, range)).equals(expected), JSON.stringify(range));
        }
      }
    });

    it('says that the object was replaced when that is seen amid a part', async () => {
      await using subject = await setUp();
      subject.proxy.use(() => 'reset-answer');
      const object = await subject.bucket.read('long', { range: { from: 0, to: 200_000 } });
      subject.proxy.use(() => undefined);
      // The same bytes are another write all the same.
      await subject.truth.write('long', WHOLE, JSON_TYPE);
      const reading = Array.fromAsync(object?.body ?? []);
      await assert.rejects(reading, { kind: 'transient', code: 'bucket-object-changed' });
    });

    it('asks again when the answer tells of other bytes, and does not believe one that always does', async () => {
      await using subject = await setUp();
      let requests = 0;
      subject.proxy.use(() => (requests++ === 0 ? 'damage-range' : undefined));
      const range = { from: 70_000, to: 200_001 };
      expect((await bytesOf(subject.bucket, range)).equals(WHOLE.subarray(70_000, 200_001))).toBe(true);
      expect(requests).toBe(2);
      subject.proxy.use(() => 'damage-range');
      const reading = bytesOf(subject.bucket, range);
      await assert.rejects(reading, { kind: 'transient', code: 'bucket-unavailable' });
    });
  });
}
