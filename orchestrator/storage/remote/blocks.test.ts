import assert from 'node:assert/strict';
import { expect, it } from 'vitest';
import type { StoredObject } from '../contract.ts';
import { type BlockSession, type Sender, sendInBlocks } from './blocks.ts';

const OBJECT: StoredObject = { key: 'key', version: '1', bytes: 0, updatedAt: new Date(0) };

/** Writes down what it is given; `refuses` is where the precondition does not hold. */
function recorder(refuses?: 'open' | 'finish'): { sender: Sender; calls: string[] } {
  const calls: string[] = [];
  const note = (what: string, bytes: Uint8Array) => void calls.push(`${what} ${Buffer.from(bytes)}`);
  const session: BlockSession = {
    append: async (block) => note('append', block),
    finish: async (last) => {
      note('finish', last);
      return refuses === 'finish' ? undefined : OBJECT;
    },
    cancel: async () => void calls.push('cancel'),
  };
  const sender: Sender = {
    whole: async (bytes) => {
      note('whole', bytes);
      return OBJECT;
    },
    open: async () => (refuses === 'open' ? undefined : session),
  };
  return { sender, calls };
}

async function* chunks(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

it.each<[string, string[], string[]]>([
  ['nothing', [], ['whole ']],
  ['empty chunks', ['', ''], ['whole ']],
  ['less than a block', ['a', 'b'], ['whole ab']],
  ['exactly a block', ['abcd'], ['whole abcd']],
  ['a block and a byte', ['abc', 'de'], ['append abcd', 'finish e']],
  ['exactly two blocks', ['abcdefgh'], ['append abcd', 'finish efgh']],
  ['one chunk of many blocks', ['abcdefghij'], ['append abcd', 'append efgh', 'finish ij']],
])('sends %s', async (_, texts, expected) => {
  const streamed = recorder();
  expect(await sendInBlocks(chunks(...texts), 4, streamed.sender)).toBe(OBJECT);
  expect(streamed.calls).toEqual(expected);
  const atOnce = recorder();
  await sendInBlocks(Buffer.from(texts.join('')), 4, atOnce.sender);
  expect(atOnce.calls).toEqual(expected);
});

it('ends the source when the precondition does not hold at the first block', async () => {
  const { sender, calls } = recorder('open');
  const source = chunks('abcd', 'efgh');
  expect(await sendInBlocks(source, 4, sender)).toBeUndefined();
  expect(await source.next()).toEqual({ done: true, value: undefined });
  expect(calls).toEqual([]);
});

it('cancels when the precondition does not hold at the last block', async () => {
  const { sender, calls } = recorder('finish');
  expect(await sendInBlocks(chunks('abcdef'), 4, sender)).toBeUndefined();
  expect(calls).toEqual(['append abcd', 'finish ef', 'cancel']);
});

it('cancels when the source breaks, and passes its error on', async () => {
  const { sender, calls } = recorder();
  async function* broken() {
    yield* chunks('abcde');
    throw new RangeError('broken');
  }
  await assert.rejects(sendInBlocks(broken(), 4, sender), RangeError);
  expect(calls).toEqual(['append abcd', 'cancel']);
});

it('keeps every byte in its place while a block grows', async () => {
  const body = Buffer.from(Array.from({ length: 500_000 }, (_, index) => index % 251));
  const sent: Buffer[] = [];
  const note = async (bytes: Uint8Array) => {
    sent.push(Buffer.from(bytes));
    return OBJECT;
  };
  const session = {
    append: async (bytes: Uint8Array) => void note(bytes),
    finish: note,
    cancel: async () => undefined,
  };
  async function* pieces() {
    for (let from = 0, length = 1; from < body.length; from += length, length = 2 * length + 1)
      yield body.subarray(from, from + length);
  }
  await sendInBlocks(pieces(), 200_000, { whole: note, open: async () => session });
  expect(sent.map(({ length }) => length)).toEqual([200_000, 200_000, 100_000]);
  expect(Buffer.concat(sent).equals(body)).toBe(true);
});
