import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { wholeBody } from './body.ts';
import { type Limits, patienceOf } from './options.ts';

const TEXT = 'abcdefghij';

/** Streams that end, break or stall after so many bytes of what is asked for; the last one for all that follow. */
type Life = readonly [bytes: number, end: 'ends' | 'breaks' | 'stalls'];

function bodyOf(
  lives: readonly Life[],
  limits: Partial<Limits> = {},
  isRight = () => true,
  whole?: (text: string) => Readable,
) {
  const opened: number[] = [];
  const open = (offset: number): Readable => {
    const [bytes, end] = lives[Math.min(opened.length, lives.length - 1)] ?? assert.fail();
    opened.push(offset);
    if (whole !== undefined) return whole(TEXT.slice(offset));
    const stream = new Readable({ read: () => undefined });
    stream.push(Buffer.from(TEXT.slice(offset, offset + bytes)));
    stream.on('error', () => undefined);
    if (end === 'ends') stream.push(null);
    if (end === 'breaks') setImmediate(() => stream.destroy(new Error('reset')));
    return stream;
  };
  const clock = fakeClock();
  const patience = patienceOf({
    location: '',
    env: {},
    clock,
    random: () => 0,
    limits: { retries: 2, stallMs: 50, ...limits },
  });
  const checksum = { update: () => undefined, isRight };
  const source = {
    url: 'gs://bucket',
    key: 'key',
    bytes: TEXT.length,
    first: open(0),
    reopen: async (offset: number) => open(offset),
    checksum,
  };
  return { opened, body: wholeBody(source, patience.limits, patience.retry) };
}

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(body)).toString();
}

it.each<[string, Life[], number[]]>([
  ['is whole', [[10, 'ends']], [0]],
  [
    'breaks',
    [
      [3, 'breaks'],
      [7, 'ends'],
    ],
    [0, 3],
  ],
  [
    'stalls',
    [
      [3, 'stalls'],
      [7, 'ends'],
    ],
    [0, 3],
  ],
  [
    'ends too early',
    [
      [3, 'ends'],
      [7, 'ends'],
    ],
    [0, 3],
  ],
  ['stalls though nothing is missing', [[10, 'stalls']], [0]],
  ['breaks again and again, with a byte in between', [[1, 'breaks']], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
])('reads a body whose connection %s', async (_, lives, offsets) => {
  const { opened, body } = bodyOf(lives);
  expect(await read(body)).toBe(TEXT);
  expect(opened).toEqual(offsets);
});

it.each<Life>([
  [0, 'breaks'],
  [0, 'ends'],
  [0, 'stalls'],
])('gives up when nothing more comes: %d bytes, then it %s', async (...life) => {
  const { opened, body } = bodyOf([life], { stallMs: 5 });
  await assert.rejects(read(body), { kind: 'transient', code: 'bucket-unavailable' });
  expect(opened).toEqual([0, 0, 0]);
});

it('says that the bytes are not the right ones', async () => {
  const { body } = bodyOf([[10, 'ends']], {}, () => false);
  await assert.rejects(read(body), { kind: 'transient', code: 'bucket-object-damaged' });
});

it('lets a reader take its time', async () => {
  const { body, opened } = bodyOf(
    [[10, 'ends']],
    { stallMs: 200 },
    () => true,
    (text) => Readable.from([...text].map((byte) => Buffer.from(byte))),
  );
  const texts: string[] = [];
  for await (const chunk of body) {
    if (texts.length === 2) await wait(300);
    texts.push(Buffer.from(chunk).toString());
  }
  expect(texts.join('')).toBe(TEXT);
  expect(opened).toEqual([0]);
});
