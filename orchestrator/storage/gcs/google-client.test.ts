/** Google's own client gets along with the fake, and with what the driver writes. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Storage } from '@google-cloud/storage';
import { afterAll, expect, it } from 'vitest';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { startGcsServer } from '../../../test/fakes/gcs-server.ts';
import { readText } from '../text.ts';
import { openGcsBucket } from './driver.ts';

const KIB = 1024;
const server = await startGcsServer({ pageLength: 3 });
afterAll(() => server[Symbol.asyncDispose]());
server.createBucket('bucket');

const google = new Storage({ apiEndpoint: server.url, projectId: 'none', retryOptions: { autoRetry: false } });
// The client adds listeners for every piece of a block, more than Node takes without a warning.
EventEmitter.defaultMaxListeners = 50;

it('writes, reads, lists and deletes in the fake', async () => {
  server.createBucket('google');
  const bucket = google.bucket('google');
  const short = bucket.file('a/short');
  const create = () => short.save('short', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
  await create();
  await assert.rejects(create(), { code: 412 });
  const text = 'long '.repeat(80_000);
  await bucket.file('a/long').save(text, { resumable: true, chunkSize: 256 * KIB, validation: 'crc32c' });
  expect(String((await bucket.file('a/long').download({ validation: 'crc32c' }))[0])).toBe(text);
  const part = { start: 5, end: 399_999, validation: false } as const;
  expect(String((await bucket.file('a/long').download({ ...part, end: 8 }))[0])).toBe('long');
  expect(String((await bucket.file('a/long').download(part))[0])).toBe(text.slice(5));
  for (const name of ['b1', 'b2', 'b3', 'b4', 'b5']) await bucket.file(name).save('x', { resumable: false });
  const [files] = await bucket.getFiles();
  expect(files.map(({ name }) => name)).toEqual(['a/long', 'a/short', 'b1', 'b2', 'b3', 'b4', 'b5']);
  await short.delete();
  expect(await short.exists()).toEqual([false]);
  await assert.rejects(google.bucket('nowhere').file('x').getMetadata(), { code: 404 });
});

it.each([10, 600 * KIB])('reads what the driver has written, and the other way round: %d bytes', async (length) => {
  const world = { env: { STORAGE_EMULATOR_HOST: server.url }, clock: fakeClock(), random: () => 0.5 };
  const bucket = openGcsBucket({ location: 'gs://bucket', ...world, limits: { blockBytes: 256 * KIB } });
  const text = 'x'.repeat(length);
  const written = await bucket.write('ours', Buffer.from(text), { contentType: 'text/plain' });
  const ours = google.bucket('bucket').file('ours');
  expect(String((await ours.download({ validation: 'md5' }))[0])).toBe(text);
  expect((await ours.getMetadata())[0]).toMatchObject({ contentType: 'text/plain', generation: written?.version });

  await google
    .bucket('bucket')
    .file('theirs')
    .save(text, { resumable: true, chunkSize: 256 * KIB });
  expect((await readText(bucket, 'theirs'))?.text).toBe(text);
});
