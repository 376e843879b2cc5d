import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { openBucket } from './open.ts';

const env = { STORAGE_EMULATOR_HOST: '127.0.0.1:1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
const world = { env, clock: fakeClock(), random: () => 0.5 };

describe('openBucket', () => {
  it.each([
    ['gs://bucket/a/', 'gs://bucket/a'],
    ['s3://bucket', 's3://bucket'],
    [join(tmpdir(), 'tidemill-open'), `file://${join(tmpdir(), 'tidemill-open')}`],
  ])('opens %s', async (location, url) => {
    expect((await openBucket(location, world)).url).toBe(url);
  });

  it.each(['ftp://bucket', 'gcs://bucket'])('knows no driver for %s', async (location) => {
    const hint = /^Write a folder, or a URL such as gs:\/\/my-bucket or s3:\/\/my-bucket\/prefix;/;
    await assert.rejects(openBucket(location, world), { kind: 'config', code: 'bucket-scheme', hint });
  });
});
