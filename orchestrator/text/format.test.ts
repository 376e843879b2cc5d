import fc from 'fast-check';
import { expect, it } from 'vitest';
import { count, wrapped } from './format.ts';

it('writes whole numbers as the runtime does', () => {
  const number = fc.oneof(fc.integer({ min: -2000, max: 2000 }), fc.maxSafeInteger());
  fc.assert(
    fc.property(number, (value) => {
      expect(count(value)).toBe(value.toLocaleString('en-US'));
    }),
    { seed: 20261121 },
  );
});

it('wraps a paragraph, and breaks nothing that is to be copied', () => {
  expect(wrapped('1. one two three `npm run it` four', 12, 3)).toEqual([
    ...['1. one two', '   three', '   `npm run it`', '   four'],
  ]);
  expect(wrapped("from {{ ref('a b') }}.", 10, 0)).toEqual(['from', "{{ ref('a b') }}."]);
  expect(wrapped('', 10, 2)).toEqual([]);
});
