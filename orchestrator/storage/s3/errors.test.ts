import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { startS3Server } from '../../../test/fakes/s3-server.ts';
import type { Bucket } from '../contract.ts';
import type { Limits } from '../remote/options.ts';
import { openS3Bucket } from './driver.ts';

const KIB = 1024;
const TEXT = { contentType: 'text/plain' };
const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
const server = await startS3Server();
afterAll(() => server[Symbol.asyncDispose]());

const open = (location: string, url = server.url, limits: Partial<Limits> = {}): Bucket =>
  openS3Bucket({
    location,
    env: { AWS_ENDPOINT_URL: url, ...KEYS },
    clock: fakeClock(),
    random: () => 0.5,
    limits: { blockBytes: 64 * KIB, ...limits },
  });

describe('says who must act', () => {
  const TOUCHES: Readonly<Record<string, (bucket: Bucket) => Promise<unknown>>> = {
    read: (bucket) => bucket.read('key'),
    write: (bucket) => bucket.write('key', Buffer.from('x'), TEXT),
    'write of a long object': (bucket) => bucket.write('key', Buffer.alloc(200 * KIB), TEXT),
    list: (bucket) => Array.fromAsync(bucket.list('')),
    remove: (bucket) => bucket.remove('key'),
    check: (bucket) => bucket.check(),
  };

  it.each(Object.entries(TOUCHES))('when there is no such bucket: %s', async (_, touch) => {
    const bucket = open('s3://no-such-bucket');
    await assert.rejects(touch(bucket), { kind: 'config', code: 'bucket-missing', message: /s3:\/\/no-such-bucket/ });
  });

  const ANSWERS = [
    [403, 'AccessDenied', 'auth', 'bucket-forbidden'],
    [403, 'InvalidAccessKeyId', 'auth', 'bucket-credentials'],
    [403, 'SignatureDoesNotMatch', 'auth', 'bucket-credentials'],
    [400, 'ExpiredToken', 'auth', 'bucket-credentials'],
    [301, 'PermanentRedirect', 'config', 'bucket-region'],
    [400, 'AuthorizationHeaderMalformed', 'config', 'bucket-region'],
    [503, 'SlowDown', 'transient', 'bucket-throttled'],
    [500, 'InternalError', 'transient', 'bucket-unavailable'],
    [501, 'NotImplemented', 'config', 'bucket-lacking'],
    [400, 'RequestTimeout', 'transient', 'bucket-unavailable'],
    [403, 'RequestTimeTooSkewed', 'transient', 'bucket-unavailable'],
    [400, 'InvalidArgument', 'bug', 'bucket-refused'],
  ] as const;

  it.each(ANSWERS)('when the store answers %d %s', async (status, answer, kind, code) => {
    await using refusing = await startS3Server();
    refusing.createBucket('bucket');
    refusing.refuse(status, answer);
    for (const touch of Object.values(TOUCHES)) {
      await assert.rejects(touch(open('s3://bucket', refusing.url, { retries: 1 })), { kind, code });
    }
  });

  it.each([
    [400, 'ExpiredToken', 'auth', 'bucket-credentials'],
    [403, 'AccessDenied', 'auth', 'bucket-forbidden'],
    [301, 'PermanentRedirect', 'config', 'bucket-region'],
    [503, 'SlowDown', 'transient', 'bucket-unavailable'],
  ] as const)(
    'when the first thing a swap asks is answered %d, without a word why (%s)',
    async (status, answer, kind, code) => {
      await using refusing = await startS3Server();
      refusing.createBucket('bucket');
      refusing.refuse(status, answer);
      const bucket = open('s3://bucket', refusing.url, { retries: 0 });
      const swap = bucket.write('key', Buffer.from('x'), { ...TEXT, onlyIf: { version: '"etag"#id' } });
      await assert.rejects(swap, { kind, code });
      expect(refusing.requests).toEqual(['HEAD /bucket/key']);
    },
  );

  it('when no region is set', async () => {
    const env = {
      AWS_CONFIG_FILE: '/nowhere',
      AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    expect(await failureOf({ ...env, ...KEYS })).toBe('config bucket-region');
  });

  it('when there are no credentials', async () => {
    const env = {
      AWS_CONFIG_FILE: '/nowhere',
      AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    expect(await failureOf({ ...env, AWS_REGION: 'eu-central-1' })).toBe('auth bucket-credentials');
  });

  it.each(['s3://', 's3://Bucket', 's3://a', 's3://bucket/a//b', 'gs://bucket'])(
    'when the location is %s',
    (location) => {
      expect(() => open(location)).toThrow(expect.objectContaining({ kind: 'config', code: 'bucket-location' }));
    },
  );
});

/** What a process with exactly this environment says, where the SDK looks for everything by itself. */
async function failureOf(env: Readonly<Record<string, string>>): Promise<string> {
  const script = `
    const { openS3Bucket } = await import(${JSON.stringify(new URL('./driver.ts', import.meta.url).href)});
    const clock = { now: () => new Date(0), sleep: async () => {} };
    const bucket = openS3Bucket({ location: 's3://bucket', env: process.env, clock, random: () => 0 });
    await bucket.read('key').catch(({ kind, code }) => console.log(kind, code));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env });
  return stdout.trim();
}
