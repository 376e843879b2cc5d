import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeJson } from './encode-json.ts';

const SEED = 20261129;

/** Names that an engine treats as something else than a name, and any others. */
const names = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'toJSON', '0', '9', '10', '-1', ''),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const documents = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, -0, 0, 1e21, 1e-7, 0.1, 'a', ''),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'grapheme', maxLength: 5 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(names, tie('value')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** The members by their names, whatever they are called, said the long way. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}

describe('the canonical text of JSON', () => {
  it('has the members of an object by their names, whatever these are', () => {
    fc.assert(
      fc.property(documents, (value) => {
        const text = encodeJson(value);
        // From 10^21 on a number is written with all its digits, which JSON does not do by itself.
        if (JSON.stringify(value).includes('e+'))
          expect(JSON.parse(String(text))).toEqual(JSON.parse(JSON.stringify(value)));
        else expect(text).toBe(JSON.stringify(sorted(value)));
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it('keeps a member that is called __proto__', () => {
    expect(encodeJson(JSON.parse('{"b":1,"__proto__":{"a":[{"__proto__":2}]}}'))).toBe(
      '{"__proto__":{"a":[{"__proto__":2}]},"b":1}',
    );
  });
});
