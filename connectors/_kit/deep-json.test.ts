import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Decimal } from './decimal.ts';
import { deepJson } from './deep-json.ts';
import { parseExact, stringifyExact } from './json.ts';

it('prints what the platform prints', () => {
  const leaf = fc.oneof(
    fc.constantFrom(undefined, null, true, -0, Number.NaN, new Date(0), new Decimal('1e400'), () => 1),
    fc.string({ unit: 'binary' }),
    fc.double(),
  );
  const { any } = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('any')), fc.dictionary(fc.string(), tie('any'))),
  }));
  fc.assert(
    fc.property(any, (value) => {
      expect(deepJson(value, JSON.stringify)).toBe(JSON.stringify(value));
    }),
    { seed: 20261129, numRuns: 500 },
  );
});

it.each(['1', '"a"', '9007199254740993'])('no record is too deep to be printed: %s', (core) => {
  let value = parseExact(core);
  for (let level = 0; level < 20_000; level += 1) value = level % 2 === 0 ? [value] : { a: value, b: undefined };
  expect(stringifyExact(value)).toBe(`${'{"a":['.repeat(10_000)}${core}${']}'.repeat(10_000)}`);
});
