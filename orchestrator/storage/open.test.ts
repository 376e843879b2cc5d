import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { driverPackage, openBucket } from './open.ts';

const env = { STORAGE_EMULATOR_HOST: '127.0.0.1:1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
const world = { env, clock: fakeClock(), random: () => 0.5 };

describe('openBucket', () => {
  it.each([
    ['gs://bucket/a/', 'gs://bucket/a', '@tidemill/storage-gcs'],
    ['s3://bucket', 's3://bucket', '@tidemill/storage-s3'],
  ])('opens %s', async (location, url, name) => {
    expect((await openBucket(location, world)).url).toBe(url);
    expect(driverPackage(location)).toBe(name);
  });

  it('opens a folder without a driver to install', async () => {
    const folder = join(tmpdir(), 'tidemill-open');
    expect((await openBucket(folder, world)).url).toBe(`file://${folder}`);
    expect(driverPackage(folder)).toBeUndefined();
  });

  it.each(['ftp://bucket', 'gcs://bucket'])('knows no driver for %s', async (location) => {
    await assert.rejects(openBucket(location, world), { kind: 'config', code: 'bucket-scheme' });
    expect(driverPackage(location)).toBeUndefined();
  });

  it.each(['gs', 's3'])('names the command when the driver of %s:// is not installed', async (scheme) => {
    const script = `
      import { registerHooks } from 'node:module';
      const resolve = (specifier, context, next) => {
        if (!specifier.startsWith('@tidemill/storage-')) return next(specifier, context);
        throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
      };
      registerHooks({ resolve });
      const { openBucket } = await import(${JSON.stringify(new URL('./open.ts', import.meta.url).href)});
      const world = { env: {}, clock: {}, random: () => 0 };
      await openBucket('${scheme}://bucket', world).catch(({ kind, code, hint }) => console.log(kind, code, hint));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    const name = driverPackage(`${scheme}://bucket`);
    expect(stdout.trim()).toBe(`config bucket-driver-missing Run: npm install --workspace ${name}`);
  });
});
