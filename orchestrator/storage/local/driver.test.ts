import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { bucketChecks, bucketContract } from '../../../test/contracts/bucket.ts';
import type { Bucket } from '../contract.ts';
import { readText } from '../text.ts';
import { openLocalBucket } from './driver.ts';
import { withLock } from './lock.ts';

const TEXT = { contentType: 'text/plain' };
const freshFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'tidemill-bucket-'));
const fresh = async (): Promise<Bucket> => openLocalBucket(join(await freshFolder(), 'bucket'));

bucketContract('a local folder', fresh);

describe('the bucket contract finds a broken driver', () => {
  const broken: Record<string, (bucket: Bucket) => Bucket> = {
    'ignores preconditions': (bucket) => ({
      ...bucket,
      write: (key, body, { contentType }) => bucket.write(key, body, { contentType }),
    }),
    'lists in any order': (bucket) => ({
      ...bucket,
      async *list(prefix) {
        yield* (await Array.fromAsync(bucket.list(prefix))).reverse();
      },
    }),
  };
  it.each(Object.entries(broken))('one that %s', async (_, breakIt) => {
    const failures: string[] = [];
    for (const { promise, run } of bucketChecks) {
      await run(breakIt(await fresh())).catch(() => failures.push(promise));
    }
    expect(failures).not.toEqual([]);
  });
});

describe('a local folder', () => {
  it('loses no count when five processes swap the same object', async () => {
    const folder = await freshFolder();
    const script = `
      const { openLocalBucket } = await import(${JSON.stringify(new URL('./driver.ts', import.meta.url).href)});
      const bucket = openLocalBucket(process.argv[1]);
      const options = { contentType: 'text/plain' };
      for (let done = 0; done < 20; ) {
        const before = await bucket.read('counter');
        const value = before === undefined ? 0 : Number(await new Response(ReadableStream.from(before.body)).text());
        const onlyIf = before === undefined ? 'absent' : { version: before.version };
        if (await bucket.write('counter', Buffer.from(String(value + 1)), { ...options, onlyIf })) done += 1;
      }`;
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script, folder]);
    await Promise.all([run(), run(), run(), run(), run()]);
    const object = await readText(openLocalBucket(folder), 'counter');
    expect(object?.text).toBe('100');
  });

  it('says who must act when the folder is a file', async () => {
    const file = join(await freshFolder(), 'file');
    await writeFile(file, '');
    await assert.rejects(openLocalBucket(file).check(), { kind: 'config', code: 'bucket-not-writable' });
    const writing = openLocalBucket(join(file, 'below')).write('x', Buffer.from('x'), { contentType: 'text/plain' });
    await assert.rejects(writing, { kind: 'config', code: 'bucket-not-writable' });
  });

  it.runIf(process.platform === 'linux')('says who must act when it lies where none can be made', async () => {
    const error = { kind: 'config', code: 'bucket-not-writable' };
    await assert.rejects(openLocalBucket('/proc/tidemill/bucket').check(), error);
    await assert.rejects(openLocalBucket('/proc/tidemill/bucket').write('x', Buffer.from('x'), TEXT), error);
  });

  it('has an object on the disk before anybody can read it', async () => {
    const folder = await freshFolder();
    const bucket = openLocalBucket(folder);
    const file = await open(join(folder, 'any'), 'w');
    const written: string[] = [];
    vi.spyOn(Object.getPrototypeOf(file) as typeof file, 'sync').mockImplementation(async () => {
      written.push(existsSync(join(folder, 'x')) ? 'too late' : 'in time');
    });
    await bucket.write('x', Buffer.from('x'), TEXT).finally(() => vi.restoreAllMocks());
    await file.close();
    expect(written).toEqual(['in time']);
  });

  it('says what is in the way when a folder stands where an object is to be', async () => {
    const bucket = await fresh();
    await bucket.write('state.json/x', Buffer.from('x'), TEXT);
    const error = { kind: 'config', code: 'bucket-key-folder' };
    await assert.rejects(bucket.read('state.json'), error);
    for (const options of [TEXT, { ...TEXT, onlyIf: 'absent' as const }, { ...TEXT, onlyIf: { version: '1-1-1' } }]) {
      await assert.rejects(bucket.write('state.json', Buffer.from('y'), options), error);
    }
  });

  it.each([
    [
      'holds something else',
      (file: string) => writeFile(file, 'not a database, but long enough to be one'.repeat(200)),
    ],
    ['is a folder', (file: string) => mkdir(file)],
  ])('says who must act when the lock %s', async (_, damage) => {
    const folder = await freshFolder();
    await mkdir(join(folder, '.tidemill-bucket'));
    await damage(join(folder, '.tidemill-bucket', 'lock'));
    const bucket = openLocalBucket(folder);
    const writing = bucket.write('x', Buffer.from('x'), { ...TEXT, onlyIf: 'absent' });
    await assert.rejects(writing, { kind: 'config', code: 'bucket-lock' });
    expect(await bucket.read('x')).toBeUndefined();
  });

  it('says that nobody need act when a process that stands still holds the lock', async () => {
    const file = join(await freshFolder(), 'lock');
    const inner = () => withLock(file, () => 'never', 10);
    assert.throws(() => withLock(file, inner), { kind: 'transient', code: 'bucket-busy' });
    expect(withLock(file, () => 'free again')).toBe('free again');
  });
});
