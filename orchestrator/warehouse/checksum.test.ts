import fc from 'fast-check';
import { expect, it } from 'vitest';
import { column, expectedChecksum } from '../../test/contracts/warehouse-samples.ts';
import { checksumOf } from './checksum.ts';

it('the checksum of a row is the documented one, whatever the texts and the order of columns', () => {
  const names = ['id', 'Name', 'town', 'a_b', 'Z', 'tür'];
  const text = fc.option(fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(fc.shuffledSubarray(names), fc.array(text, { minLength: 6, maxLength: 6 }), (order, values) => {
      const row = Object.fromEntries(order.map((name, at) => [name, values[at] ?? null]));
      expect(checksumOf(order.map((name) => column(name, 'text')))(values)).toBe(expectedChecksum(row));
    }),
  );
});
