import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from './glob.ts';
import { nearest } from './nearest.ts';

describe('nearest', () => {
  const NAMES = ['web_features', 'mdn_bcd', 'dev', 'prd'];

  it.each([
    ['web_featurs', 'web_features'],
    ['WEB_FEATURES', 'web_features'],
    ['webfeature', 'web_features'],
    ['mdn-bcd', 'mdn_bcd'],
    ['dve', 'dev'],
    ['prod', 'prd'],
    ['spotify', undefined],
    ['x', undefined],
    ['', undefined],
  ])('%j is most like %j', (name, expected) => expect(nearest(name, NAMES)).toBe(expected));

  it('takes the first of equals, and nothing from nothing', () => {
    expect(nearest('aac', ['aab', 'aad'])).toBe('aab');
    expect(nearest('a', [])).toBeUndefined();
  });
});

describe('matchesGlob', () => {
  it('agrees with a regular expression', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 });
    fc.assert(
      fc.property(pattern, text, (glob, name) => {
        const source = glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesGlob(glob, name)).toBe(new RegExp(`^${source}$`).test(name));
      }),
      { seed: 20261121, numRuns: 3000 },
    );
  });

  it('answers at once where a regular expression would not', () => {
    expect(matchesGlob(`${'*a'.repeat(50)}*b`, 'a'.repeat(100))).toBe(false);
  });
});
