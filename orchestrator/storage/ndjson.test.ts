import { isUtf8 } from 'node:buffer';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bucket } from './contract.ts';
import { openLocalBucket } from './local/driver.ts';
import { NdjsonWriter, readNdjson } from './ndjson.ts';

const bucket = openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-ndjson-')));

describe('gzipped NDJSON', () => {
  it('gives back the lines that were written, whatever they hold and however they are cut', async () => {
    const lines = fc.array(fc.array(fc.json({ noUnicodeString: false }), { maxLength: 20 }), { maxLength: 10 });
    let number = 0;
    await fc.assert(
      fc.asyncProperty(lines, async (batches) => {
        number += 1;
        const writer = new NdjsonWriter(bucket, `object-${number}`);
        for (const batch of batches) await writer.write(batch);
        const facts = await writer.close();
        const read = (await Array.fromAsync(readNdjson(bucket, facts))).flat();
        expect(read).toEqual(batches.flat());
        expect(facts.records).toBe(read.length);
      }),
      { seed: 20261121, numRuns: 50 },
    );
  });

  it('gives back bytes as they were written, as text where they are UTF-8', async () => {
    const line = fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.filter((byte) => byte !== 10));
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(line, { maxLength: 5 }), { maxLength: 5 }), async (batches) => {
        number += 1;
        const writer = new NdjsonWriter(bucket, `bytes-${number}`);
        for (const batch of batches) await writer.write(batch);
        const facts = await writer.close();
        const read = (await Array.fromAsync(readNdjson(bucket, facts))).flat();
        const written = batches.flat();
        expect(read.map((each) => Buffer.from(each).toString('hex'))).toEqual(
          written.map((each) => Buffer.from(each).toString('hex')),
        );
        expect(read.map((each) => typeof each === 'string')).toEqual(written.map((each) => isUtf8(each)));
      }),
      { seed: 20261121, numRuns: 50 },
    );
  });

  it('refuses a line that is two: the lines of an object are its records', async () => {
    const writer = new NdjsonWriter(bucket, 'two');
    await expect(writer.write([Buffer.from('1'), Buffer.from('2\n3')])).rejects.toMatchObject({ code: 'line-broken' });
    await writer.abort();
  });

  it('holds no more than a page back, and tells a writer that the bucket failed', async () => {
    const full: Bucket = {
      ...bucket,
      async write(_key, body) {
        for await (const _ of body as AsyncIterable<Uint8Array>) throw new Error('disk full');
        return undefined;
      },
    };
    const writer = new NdjsonWriter(full, 'x');
    const noise = Array.from(
      { length: 1000 },
      (_, index) => `"${Math.sin(index)}${'x'.repeat(1000)}${Math.cos(index)}"`,
    );
    const writing = async (): Promise<void> => {
      for (let page = 0; page < 1000; page += 1) await writer.write(noise);
    };
    await expect(writing()).rejects.toThrow('disk full');
    await expect(writer.close()).rejects.toThrow('disk full');
  });

  it('waits no longer for a bucket that stopped reading, though it says only later why', async () => {
    const stopped = Promise.withResolvers<void>();
    const reason = Promise.withResolvers<never>();
    const deaf: Bucket = {
      ...bucket,
      async write(_key, body) {
        for await (const _ of body as AsyncIterable<Uint8Array>) break;
        stopped.resolve();
        return reason.promise;
      },
    };
    const writer = new NdjsonWriter(deaf, 'x');
    await writer.write(['{}']);
    await stopped.promise;
    const written = writer.write(['{}']);
    reason.reject(new Error('disk full'));
    await expect(written).rejects.toThrow('disk full');
  });

  it('leaves nothing of an object that is given up', async () => {
    const writer = new NdjsonWriter(bucket, 'given-up');
    await writer.write(['1']);
    await writer.abort();
    expect(await bucket.read('given-up')).toBeUndefined();
  });
});
