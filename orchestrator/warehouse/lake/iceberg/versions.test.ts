import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { lakeBucket } from '../../../../test/contracts/lake-bucket.ts';
import type { Bucket } from '../../../storage/contract.ts';
import { readText } from '../../../storage/text.ts';
import { Versions } from './versions.ts';

const FOLDER = 'silver/shop/orders';
const HINT = `${FOLDER}/metadata/version-hint.text`;
const keyOf = (number: number): string => `${FOLDER}/metadata/v${number}.metadata.json`;

const write = (bucket: Bucket, key: string, text: string) =>
  bucket.write(key, Buffer.from(text), { contentType: 'text/plain' });

async function having(numbers: readonly number[], hint: string | undefined): Promise<Bucket> {
  const bucket = await lakeBucket();
  for (const number of numbers) await write(bucket, keyOf(number), `version ${number}`);
  if (hint !== undefined) await write(bucket, HINT, hint);
  return bucket;
}

const newestIn = async (bucket: Bucket) => (await new Versions(bucket, FOLDER).newest())?.number;

const OTHERS = 'of others';

/** The bucket, and what happens right before a write of this key. */
function before(bucket: Bucket, key: string, action: () => Promise<unknown>): Bucket {
  let isDone = false;
  const writing: Bucket['write'] = async (...args) => {
    if (args[0] === key && !isDone) {
      isDone = true;
      await action();
    }
    return bucket.write(...args);
  };
  return { ...bucket, write: writing };
}

describe('the newest version', () => {
  it.each([
    ['the hint is right', [1, 2, 3], '3', 3],
    ['the hint is behind', [1, 2, 3, 4, 5], '2', 5],
    ['the hint names one that is not there', [1, 2, 3], '7', 3],
    ['there is no hint, and names sort otherwise than numbers', [8, 9, 10, 11], undefined, 11],
    ['the hint is no number', [1, 2], 'v2', 2],
    ['another program has ended the hint with a line break', [1, 2], '2\n', 2],
    ['older ones were removed', [41, 42], '41', 42],
    ['there is none', [], undefined, undefined],
    ['there is a hint and nothing else', [], '3', undefined],
  ])('is found when %s', async (_, numbers, hint, newest) => {
    expect(await newestIn(await having(numbers, hint))).toBe(newest);
  });
});

describe('a version that another engine has compressed', () => {
  it.each(['v3.gz.metadata.json', 'v3.metadata.json.gz', 'v3.zstd.metadata.json'])(
    'is not passed over, but refused: %s',
    async (name) => {
      const bucket = await having([1, 2], '3');
      await write(bucket, `${FOLDER}/metadata/${name}`, 'compressed');
      const error = { kind: 'config', code: 'lake-format', message: expect.stringContaining(name) };
      await expect(newestIn(bucket)).rejects.toMatchObject(error);
      await write(bucket, keyOf(4), 'version 4');
      expect(await newestIn(bucket)).toBe(4);
    },
  );
});

describe('the next version', () => {
  it('is made once, and the hint says so in digits alone', async () => {
    const bucket = await having([], undefined);
    const versions = new Versions(bucket, FOLDER);
    expect(await versions.create(undefined, 'first')).toBe('created');
    const first = await versions.newest();
    expect(await versions.create(first, 'second')).toBe('created');
    expect((await readText(bucket, HINT))?.text).toBe('2');
    expect(await versions.create(first, 'another second')).toBe('refused');
    expect((await versions.newest())?.text).toBe('second');
  });

  it('is ours when a refused write turns out to have made it', async () => {
    const bucket = await having([1], '1');
    const forgetful: Bucket = {
      ...bucket,
      write: async (...args) => ((await bucket.write(...args)) && args[0] === HINT ? undefined : undefined),
    };
    const versions = new Versions(forgetful, FOLDER);
    expect(await versions.create(await versions.newest(), 'mine')).toBe('created');
    expect(await versions.create({ number: 1, text: '', url: '' }, OTHERS)).toBe('refused');
  });

  it('is refused to a writer that slept until the version it builds on was swept', async () => {
    const bucket = await having([1], '1');
    const base = await new Versions(bucket, FOLDER).newest();
    for (const number of [2, 3, 4, 5]) await write(bucket, keyOf(number), OTHERS);
    await write(bucket, HINT, '5');
    for (const number of [1, 2, 3]) await bucket.remove(keyOf(number));
    expect(await new Versions(bucket, FOLDER).create(base, 'into nothing')).toBe('refused');
    expect((await readText(bucket, HINT))?.text).toBe('5');
    expect(await newestIn(bucket)).toBe(5);
  });

  it.each([
    ['the first one, of a table that others have made meanwhile', undefined, [1, 2, 3]],
    ['one whose base is there still, for a sweep was cut short', 3, [4, 5]],
  ])('is refused to a writer that slept until versions were swept: %s', async (_, number, swept) => {
    const bucket = await having([1, 2, 3, 4, 5, 6], '6');
    for (const one of swept) await bucket.remove(keyOf(one));
    const base = number === undefined ? undefined : { number, text: `version ${number}`, url: '' };
    expect(await new Versions(bucket, FOLDER).create(base, 'into nothing')).toBe('refused');
    expect(await newestIn(bucket)).toBe(6);
  });

  it('is made although the hint names one that is not there', async () => {
    const bucket = await having([1, 2], '7');
    const versions = new Versions(bucket, FOLDER);
    expect(await versions.create(await versions.newest(), 'third')).toBe('created');
    expect(await newestIn(bucket)).toBe(3);
  });

  it('stands although the hint cannot be moved', async () => {
    const bucket = await having([1], '1');
    const writing: Bucket['write'] = async (...args) => {
      if (args[0] === HINT) throw new Error('away');
      return bucket.write(...args);
    };
    const versions = new Versions({ ...bucket, write: writing }, FOLDER);
    expect(await versions.create(await versions.newest(), 'second')).toBe('created');
    expect(await newestIn(bucket)).toBe(2);
  });

  it('never moves the hint back', async () => {
    const bucket = await having([1], '1');
    const versions = new Versions(
      before(bucket, HINT, async () => {
        await write(bucket, keyOf(3), OTHERS);
        await write(bucket, HINT, '3');
      }),
      FOLDER,
    );
    expect(await versions.create(await versions.newest(), 'second')).toBe('created');
    const hint = await readText(bucket, HINT);
    assert.equal(hint?.text, '3');
  });
});
