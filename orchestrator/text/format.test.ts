import fc from 'fast-check';
import { expect, it } from 'vitest';
import { count } from './format.ts';

it('writes whole numbers as the runtime does', () => {
  const number = fc.oneof(fc.integer({ min: -2000, max: 2000 }), fc.maxSafeInteger());
  fc.assert(
    fc.property(number, (value) => {
      expect(count(value)).toBe(value.toLocaleString('en-US'));
    }),
    { seed: 20261121 },
  );
});
