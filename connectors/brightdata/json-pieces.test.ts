import { describe, expect, it } from 'vitest';
import { JsonPieces } from './json-pieces.ts';

/** A generator of numbers from 0 to 1 by its seed: https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function cut(bytes: Uint8Array, size: () => number): string[] {
  const pieces = new JsonPieces();
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = size();
    // As a socket does: the memory of a piece is used again.
    const piece = Uint8Array.from(bytes.subarray(at, at + length));
    records.push(...pieces.push(piece).map((record) => Uint8Array.from(record)));
    piece.fill(0x7d);
    at += length;
  }
  records.push(...pieces.end());
  return records.map((record) => Buffer.from(record).toString());
}

const textsOf = (text: string, size = 1): string[] => cut(Buffer.from(text), () => size);

const RECORDS = [
  { a: 'quotes " and \\ and \\" at the end\\' },
  { deep: [{ '}': '[[[' }, [[], {}]], n: -1.5e3 },
  'a text, with ] and }',
  12.25,
  null,
  [],
  {},
  { ü: '\u2028 😀' },
];

describe('records of a snapshot', () => {
  it.each([1, 2, 3, 7, 64])('come out as they were written, in pieces of %i bytes', (size) => {
    const texts = RECORDS.map((record) => JSON.stringify(record));
    expect(textsOf(`[${texts.join(',')}]`, size)).toEqual(texts);
    expect(textsOf(` \r\n[ ${texts.join(' ,\n\t')} ] \n`, size)).toEqual(texts);
    expect(textsOf(`${texts.join('\n')}\n`, size)).toEqual(texts);
    expect(textsOf(`\uFEFF[${texts.join(',')}]`, size)).toEqual(texts);
  });

  it.each(['[]', ' [ ] ', '\uFEFF[]'])('are none in %j', (text) => {
    expect(textsOf(text)).toEqual([]);
  });

  it('are cut wherever the pieces end', () => {
    const seed = 20_261_121;
    const random = randomOf(seed);
    const signs = ['{', '}', '[', ']', '"', '\\', ',', ':', ' ', '\n', 'ü', 'a', '😀'];
    for (let round = 0; round < 300; round += 1) {
      const text = () =>
        Array.from({ length: random() * 12 }, () => signs[Math.floor(random() * signs.length)]).join('');
      const records = Array.from({ length: random() * 6 }, () => ({ [text()]: [text(), { [text()]: text() }] }));
      const written = JSON.stringify(records, undefined, random() < 0.5 ? 2 : 0);
      const found = cut(Buffer.from(written), () => 1 + Math.floor(random() * 9));
      expect(
        found.map((record) => JSON.parse(record)),
        `seed ${seed}, round ${round}: ${written}`,
      ).toEqual(records);
    }
  });

  it.each(['', '[', '[{}', '[{},', '[{"a":"]', '["a\\"]', '{"a":1', '[{"a":[1]', '"a'])(
    'that end too early may come whole another time: %j',
    (text) => {
      const failure = expect.objectContaining({ kind: 'transient', code: 'brightdata-cut' });
      for (const size of [1, 64]) expect(() => textsOf(text, size)).toThrow(failure);
    },
  );

  it.each([']', '}', '[{}]]', '[{}]{}', '[{}}', '{}}'])(
    'are none in what closes or goes on as it must not: %j',
    (text) => {
      const failure = expect.objectContaining({ kind: 'source-changed', code: 'brightdata-snapshot' });
      for (const size of [1, 64]) expect(() => textsOf(text, size)).toThrow(failure);
    },
  );
});
