import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../../test/fakes/clock.ts';
import type { ByteRange, ReadOptions } from '../contract.ts';
import { patienceOf } from './options.ts';
import { type Answer, type Reader, rangeHeader, readRemote } from './read.ts';

const patience = patienceOf({
  location: '',
  env: {},
  clock: fakeClock(),
  random: () => 0,
  limits: { retries: 1, stallMs: 1000 },
});
const object = (bytes: number, version = '1') => ({ key: 'key', version, bytes, updatedAt: new Date(0) });

/** An answer of an object of ten bytes, unless another size is said. */
const answer = (status: number, contentRange: string | undefined, text: string, bytes = 10): Answer => ({
  status,
  contentRange,
  object: object(bytes),
  stream: Readable.from([Buffer.from(text)]),
  checksum: undefined,
});

/** A store that gives these answers, one after the other. */
function storeOf(answers: readonly (Answer | 'past the end' | undefined)[], heads: readonly number[] = []) {
  const asked: ReadOptions[] = [];
  const [left, sizes] = [[...answers], [...heads]];
  const reader: Reader = {
    url: 'gs://bucket',
    key: 'key',
    async get(options) {
      asked.push(options);
      return left.shift();
    },
    async head() {
      const size = sizes.shift();
      return size === undefined ? undefined : object(size);
    },
    isVersion: (version, wanted) => version === wanted,
  };
  return { reader, asked };
}

async function read(reader: Reader, options: ReadOptions): Promise<string | undefined> {
  const stored = await readRemote(reader, options, patience);
  return stored && Buffer.concat(await Array.fromAsync(stored.body)).toString();
}

it.each<[ByteRange, string]>([
  [{ from: 0, to: 1 }, 'bytes=0-0'],
  [{ from: 3, to: 7 }, 'bytes=3-6'],
  [{ from: 3, to: 3 }, 'bytes=3-3'],
  [{ last: 8 }, 'bytes=-8'],
  [{ last: 0 }, 'bytes=-1'],
])('asks for %j as %s', (range, header) => {
  expect(rangeHeader(range)).toBe(header);
});

describe('takes for', () => {
  it.each<[ByteRange, Answer, string]>([
    [{ from: 2, to: 5 }, answer(206, 'bytes 2-4/10', 'cde'), 'cde'],
    [{ from: 8, to: 15 }, answer(206, 'bytes 8-9/10', 'ij'), 'ij'],
    [{ last: 3 }, answer(206, 'bytes 7-9/10', 'hij'), 'hij'],
    [{ last: 30 }, answer(206, 'bytes 0-9/10', 'abcdefghij'), 'abcdefghij'],
    [{ from: 2, to: 5 }, answer(200, undefined, 'abcdefghij'), 'cde'],
    [{ from: 2, to: 5 }, answer(200, 'bytes 2-4/10', 'cde'), 'cde'],
    [{ from: 2, to: 2 }, answer(206, 'bytes 2-2/10', 'c'), ''],
    [{ last: 5 }, answer(206, 'bytes 0--1/0', '', 0), ''],
    [{ last: 5 }, answer(200, undefined, '', 0), ''],
  ])('%j what is right: %o', async (range, given, expected) => {
    expect(await read(storeOf([given]).reader, { range })).toBe(expected);
  });

  it.each<[ByteRange, Answer]>([
    [{ from: 2, to: 5 }, answer(206, undefined, 'cde')],
    [{ from: 2, to: 5 }, answer(206, 'bytes 3-5/10', 'def')],
    [{ from: 2, to: 5 }, answer(206, 'bytes 2-5/10', 'cdef')],
    [{ from: 2, to: 5 }, answer(206, 'bytes 2-3/10', 'cd')],
    [{ from: 2, to: 5 }, answer(206, 'bytes 2-4/11', 'cde')],
    [{ from: 2, to: 5 }, answer(206, 'bytes 2-4/*', 'cde')],
    [{ from: 2, to: 5 }, answer(206, 'bytes */10', '')],
    [{ last: 3 }, answer(206, 'bytes 0-2/10', 'abc')],
    [
      { from: 2, to: 5 },
      { ...answer(206, 'bytes 2-4/10', 'cde'), object: undefined },
    ],
  ])('%j nothing that is wrong: %o', async (range, wrong) => {
    const reading = read(storeOf([wrong, wrong]).reader, { range });
    await assert.rejects(reading, { kind: 'transient', code: 'bucket-unavailable' });
    expect(wrong.stream.destroyed).toBe(true);
  });
});

it('reads another time when the object has grown between two answers', async () => {
  const { reader, asked } = storeOf(['past the end', answer(206, 'bytes 8-9/10', 'ij')], [10]);
  expect(await read(reader, { range: { from: 8, to: 10 } })).toBe('ij');
  expect(asked).toHaveLength(2);
});

it('finds that the object is gone when its size is asked for', async () => {
  expect(await read(storeOf(['past the end']).reader, { range: { from: 8, to: 10 } })).toBeUndefined();
});

it('does not believe that the store has compared versions', async () => {
  const given = answer(206, 'bytes 2-4/10', 'cde');
  const options = { range: { from: 2, to: 5 }, version: '2' };
  expect(await read(storeOf([given]).reader, options)).toBeUndefined();
  expect(given.stream.destroyed).toBe(true);
  const beyond = { range: { from: 20, to: 25 }, version: '2' };
  expect(await read(storeOf(['past the end'], [10]).reader, beyond)).toBeUndefined();
});

it('compares no part with the checksum of the whole', async () => {
  const checksum = { update: () => undefined, isRight: () => false };
  const whole = storeOf([{ ...answer(200, undefined, 'abcdefghij'), checksum }]).reader;
  await assert.rejects(read(whole, {}), { code: 'bucket-object-damaged' });
  const part = storeOf([{ ...answer(206, 'bytes 2-4/10', 'cde'), checksum }]).reader;
  expect(await read(part, { range: { from: 2, to: 5 } })).toBe('cde');
});
