import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../../test/fakes/clock.ts';
import type { Span } from '../range.ts';
import { bodyOf, type Sending } from './body.ts';
import { type Limits, patienceOf } from './options.ts';

const TEXT = 'abcdefghij';
const WHOLE: Span = { from: 0, to: TEXT.length };

/** Streams that end, break or stall after so many bytes of what they have; the last one for all that follow. */
type Life = readonly [bytes: number, end: 'ends' | 'breaks' | 'stalls'];

interface Circumstances {
  readonly limits?: Partial<Limits>;
  readonly isRight?: () => boolean;
  /** What is asked for. */
  readonly span?: Span;
  /** Whatever is asked for, this comes. */
  readonly sent?: Span;
  readonly streamOf?: (text: string) => Readable;
}

function bodyThat(lives: readonly Life[], circumstances: Circumstances = {}) {
  const { limits = {}, isRight = () => true, span = WHOLE, sent, streamOf } = circumstances;
  const opened: string[] = [];
  const streams: Readable[] = [];
  const open = (asked: Span): Sending => {
    const [bytes, end] = lives[Math.min(opened.length, lives.length - 1)] ?? assert.fail();
    opened.push(`${asked.from}-${asked.to}`);
    const { from, to } = sent ?? asked;
    const text = TEXT.slice(from, to);
    const stream = streamOf?.(text) ?? streamThat(text.slice(0, bytes), end);
    streams.push(stream);
    return { stream, span: { from, to } };
  };
  const patience = patienceOf({
    location: '',
    env: {},
    clock: fakeClock(),
    random: () => 0,
    limits: { retries: 2, stallMs: 50, ...limits },
  });
  const checksum = { update: () => undefined, isRight };
  const reopen = async (rest: Span) => open(rest);
  const source = { url: 'gs://bucket', key: 'key', span, first: open(span), reopen, checksum };
  return { opened, streams, body: bodyOf(source, patience.limits, patience.retry) };
}

function streamThat(text: string, end: Life[1]): Readable {
  const stream = new Readable({ read: () => undefined });
  stream.push(Buffer.from(text));
  stream.on('error', () => undefined);
  if (end === 'ends') stream.push(null);
  if (end === 'breaks') setImmediate(() => stream.destroy(new Error('reset')));
  return stream;
}

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(body)).toString();
}

it.each<[string, Life[], string[]]>([
  ['is whole', [[10, 'ends']], ['0-10']],
  [
    'breaks',
    [
      [3, 'breaks'],
      [7, 'ends'],
    ],
    ['0-10', '3-10'],
  ],
  [
    'stalls',
    [
      [3, 'stalls'],
      [7, 'ends'],
    ],
    ['0-10', '3-10'],
  ],
  [
    'ends too early',
    [
      [3, 'ends'],
      [7, 'ends'],
    ],
    ['0-10', '3-10'],
  ],
  ['stalls though nothing is missing', [[10, 'stalls']], ['0-10']],
  ['breaks again and again, with bytes in between', [[2, 'breaks']], ['0-10', '2-10', '4-10', '6-10', '8-10']],
])('reads a body whose connection %s', async (_, lives, asked) => {
  const { opened, body } = bodyThat(lives);
  expect(await read(body)).toBe(TEXT);
  expect(opened).toEqual(asked);
});

it.each<Life>([
  [0, 'breaks'],
  [0, 'ends'],
  [0, 'stalls'],
])('gives up when nothing more comes: %d bytes, then it %s', async (...life) => {
  const { opened, body } = bodyThat([life], { limits: { stallMs: 5 } });
  await assert.rejects(read(body), { kind: 'transient', code: 'bucket-unavailable' });
  expect(opened).toEqual(['0-10', '0-10', '0-10']);
});

it('says that the bytes are not the right ones', async () => {
  const { body } = bodyThat([[10, 'ends']], { isRight: () => false });
  await assert.rejects(read(body), { kind: 'transient', code: 'bucket-object-damaged' });
});

it('says that there are more bytes than the store has told', async () => {
  const { body } = bodyThat([[4, 'ends']], { span: { from: 2, to: 5 }, streamOf: () => streamThat('cdef', 'ends') });
  await assert.rejects(read(body), { kind: 'transient', code: 'bucket-object-damaged' });
});

it('lets a reader take its time', async () => {
  const { body, opened } = bodyThat([[10, 'ends']], {
    limits: { stallMs: 200 },
    streamOf: (text) => Readable.from([...text].map((byte) => Buffer.from(byte))),
  });
  const texts: string[] = [];
  for await (const chunk of body) {
    if (texts.length === 2) await wait(300);
    texts.push(Buffer.from(chunk).toString());
  }
  expect(texts.join('')).toBe(TEXT);
  expect(opened).toEqual(['0-10']);
});

describe('a part', () => {
  const span = { from: 2, to: 7 };

  it.each<Life[1]>(['breaks', 'stalls', 'ends'])('is asked for on from where it %s, and no further', async (end) => {
    const { opened, body } = bodyThat([[2, end]], { span });
    expect(await read(body)).toBe('cdefg');
    expect(opened).toEqual(['2-7', '4-7', '6-7']);
  });

  it('ends where it should, though it goes on and on', async () => {
    let made = 0;
    const endless = () =>
      new Readable({
        highWaterMark: 1,
        read() {
          this.push(Buffer.from(TEXT[made++ % 10] ?? ''));
        },
      });
    const { body, streams } = bodyThat([[0, 'ends']], { span, sent: { from: 0, to: 1e9 }, streamOf: endless });
    expect(await read(body)).toBe('cdefg');
    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true]);
    // No more than a stream makes ahead.
    expect(made).toBeLessThan(20);
  });

  it('of everything is looked for from the beginning when the connection breaks', async () => {
    const lives: Life[] = [
      [1, 'breaks'],
      [4, 'breaks'],
      [6, 'breaks'],
      [10, 'ends'],
    ];
    const { opened, body } = bodyThat(lives, { span, sent: WHOLE });
    expect(await read(body)).toBe('cdefg');
    expect(opened).toEqual(['2-7', '2-7', '4-7', '6-7']);
  });

  it.each(['breaks', 'ends'] as const)('is given up where everything comes and it %s before', async (end) => {
    const { opened, body } = bodyThat([[2, end]], { span, sent: WHOLE });
    await assert.rejects(read(body), { kind: 'transient', code: 'bucket-unavailable' });
    expect(opened).toEqual(['2-7', '2-7', '2-7']);
  });

  it('without a byte waits for none', async () => {
    const nothing = { from: 7, to: 7 };
    const { body, streams } = bodyThat([[0, 'stalls']], { span: nothing, sent: WHOLE, limits: { stallMs: 1e6 } });
    expect(await read(body)).toBe('');
    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true]);
  });
});
