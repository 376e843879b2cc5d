import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { counted, lakeBucket } from '../../../../test/contracts/lake-bucket.ts';
import type { Bucket } from '../../../storage/contract.ts';
import { type Desk, Room } from '../desk.ts';
import type { StoredFile } from '../table.ts';
import { Mirror } from './mirror.ts';
import { chunksOf } from './read.ts';
import { copySql } from './sql.ts';

const FIELDS = [
  { id: 1, name: 'id' },
  { id: 7, name: 'word' },
  { id: 3, name: 'sum' },
];
const ROWS = 5_000;

/** A file of three groups of rows, in a bucket whose readings are counted. */
async function fileInBucket() {
  const plain = await lakeBucket();
  const room = await Room.open({ bucket: plain, what: 'a test' });
  afterAll(() => room.close());
  const key = 'silver/shop/orders/data/1.parquet';
  const bytes = await room.session(async ({ session, folder }) => {
    // Long words that cannot be packed, so that they lie far from each other.
    const word = `'word ' || i || ' ' || ${Array.from({ length: 10 }, (_, n) => `sha256('${n} ' || i)`).join(' || ')}`;
    const rows = `SELECT i AS id, ${word} AS word, sha256(CAST(i AS VARCHAR)) AS sum FROM range(${ROWS}) t(i)`;
    await session.run(copySql(rows, `${folder}/out`, FIELDS, { layout: 'split', rowGroup: 2_048 }));
    const [found] = await session.rows(`SELECT file FROM glob('${folder}/out/*')`);
    return readFile(String(found?.[0]));
  });
  await plain.write(key, bytes, { contentType: 'application/octet-stream' });
  const { bucket, read } = counted(plain);
  const file: StoredFile = { key, path: `${plain.url}/${key}`, bytes: bytes.length, rows: ROWS };
  return { bucket, read, room, file, bytes };
}

const subject = await fileInBucket();

/** A mirror of its own, and what DuckDB answers about a copy in it. */
function mirror(bucket: Bucket = subject.bucket) {
  const ask = <T>(action: (desk: Desk) => Promise<T>): Promise<T> => subject.room.session(action);
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-mirror-'));
  const made = new Mirror({
    bucket,
    folder,
    smallBytes: 0,
    chunksOf: (path) => ask((desk) => chunksOf(desk.session, path)),
  });
  const asked = (path: string, what: string) =>
    ask(async ({ session }) => (await session.rows(`SELECT ${what} FROM read_parquet('${path}')`))[0]?.[0]);
  return { mirror: made, asked };
}

/** Bytes and requests of an action. */
async function costOf(action: () => Promise<unknown>): Promise<{ bytes: number; objects: number }> {
  const before = { ...subject.read };
  await action();
  return { bytes: subject.read.bytes - before.bytes, objects: subject.read.objects - before.objects };
}

describe('a copy of a remote file', () => {
  it('has the columns that were asked for, and the others are an error and no values', async () => {
    const { mirror: copies, asked } = mirror();
    const path = await copies.local(subject.file, [1, 3]);
    expect(await asked(path, 'sum(id)')).toBe(BigInt((ROWS * (ROWS - 1)) / 2));
    expect(await asked(path, 'count(DISTINCT sum)')).toBe(BigInt(ROWS));
    for (const what of ['max(word)', 'count(DISTINCT word)', "count(*) FILTER (word = '')"]) {
      await expect(asked(path, what)).rejects.toMatchObject({ kind: 'config', code: 'lake-file-damaged' });
    }
    expect(await copies.local(subject.file, [7])).toBe(path);
    expect(await asked(path, 'max(word[1:9])')).toBe('word 999 ');
    expect(await readFile(path)).toEqual(subject.bytes);
  });

  it('costs what it has: the footer alone, then the columns, each once', async () => {
    const { mirror: copies, asked } = mirror();
    const footer = await costOf(async () => {
      expect(await asked(await copies.local(subject.file, []), 'count(*)')).toBe(BigInt(ROWS));
    });
    expect(footer.objects).toBe(1);
    const ids = await costOf(() => copies.local(subject.file, [1]));
    expect(ids.bytes).toBeLessThan(subject.bytes.length / 2);
    const again = await costOf(() => copies.local(subject.file, [1]));
    expect(again).toEqual({ bytes: 0, objects: 0 });
  });

  it('has nothing to fetch of a column that the file does not have', async () => {
    const { mirror: copies } = mirror();
    await copies.local(subject.file, []);
    expect(await costOf(() => copies.local(subject.file, [99]))).toEqual({ bytes: 0, objects: 0 });
  });

  it('is whole at once where that is asked for', async () => {
    const { mirror: copies } = mirror();
    const cost = await costOf(async () => {
      expect(await readFile(await copies.local(subject.file, 'all'))).toEqual(subject.bytes);
    });
    expect(cost).toEqual({ bytes: subject.bytes.length, objects: 1 });
  });

  it('is fetched anew after a failure, so that nothing half fetched is taken for whole', async () => {
    let fails = true;
    const failing: Bucket = {
      ...subject.bucket,
      async read(key, options) {
        if (fails && options?.range !== undefined && 'from' in options.range) throw new Error('the line is cut');
        return subject.bucket.read(key, options);
      },
    };
    const { mirror: copies, asked } = mirror(failing);
    await assert.rejects(copies.local(subject.file, [1]), /the line is cut/);
    fails = false;
    expect(await asked(await copies.local(subject.file, [1]), 'max(id)')).toBe(BigInt(ROWS - 1));
  });

  it.each([
    ['ENOSPC', 'disk-full'],
    ['EROFS', 'lake-no-folder'],
  ])('that the system does not take (%s) says who must act', async (code, expected) => {
    const body = async function* (): AsyncIterable<Uint8Array> {
      yield Buffer.alloc(1);
      throw Object.assign(new Error('the system'), { code });
    };
    const reading: Bucket['read'] = async (...args) => {
      const object = await subject.bucket.read(...args);
      return object && { ...object, body: body() };
    };
    const { mirror: copies } = mirror({ ...subject.bucket, read: reading });
    const hint = expect.stringContaining('TMPDIR');
    await expect(copies.local(subject.file, 'all')).rejects.toMatchObject({ kind: 'config', code: expected, hint });
  });

  it('stays while somebody reads it, and goes when it is forgotten', async () => {
    const { mirror: copies } = mirror();
    const path = await copies.local(subject.file, 'all');
    await copies.during(async () => {
      copies.forget([subject.file.key]);
      await copies.during(async () => undefined);
      expect((await readFile(path)).length).toBe(subject.bytes.length);
    });
    await assert.rejects(readFile(path), { code: 'ENOENT' });
  });
});

describe('a file that is not what the table says is refused', () => {
  const other = async (bytes: Buffer | undefined, more: Partial<StoredFile> = {}) => {
    const bucket = await lakeBucket();
    const { key } = subject.file;
    if (bytes !== undefined) await bucket.write(key, bytes, { contentType: 'application/octet-stream' });
    const { mirror: copies } = mirror(bucket);
    return copies.local({ ...subject.file, ...more }, [1]);
  };

  it('when it is gone, with what to do', async () => {
    await expect(other(undefined)).rejects.toMatchObject({
      kind: 'config',
      code: 'lake-object-gone',
      hint: expect.stringContaining('tidemill replay JOB'),
    });
  });

  it.each([
    ['it is longer', () => Buffer.concat([subject.bytes, Buffer.from('more')])],
    ['it is shorter', () => subject.bytes.subarray(0, -1)],
    ['it is no Parquet', () => Buffer.alloc(subject.bytes.length, 'x')],
  ])('when %s', async (_, bytes) => {
    await expect(other(bytes())).rejects.toMatchObject({ kind: 'config', code: 'lake-file-damaged' });
  });
});
