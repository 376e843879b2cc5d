import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonFault } from './json-fault.ts';

it.each([
  ['{"a": NaN}', 'character 7: NaN and infinity are no numbers in JSON'],
  ['[-Infinity]', 'character 2: NaN and infinity are no numbers in JSON'],
  ["{'a': 1}", 'character 2: a single quote'],
  ['{"a": None}', 'character 7: a word of Python'],
  ['{"a": undefined}', 'character 7: a word of JavaScript'],
  ['\ufeff{}', 'character 1: a byte order mark'],
  ['{"a":1', 'its end, character 7: is it cut off?'],
  ['{"a":"x', 'its end, character 8: is it cut off?'],
  ['{"a":1}{"b":2}', 'character 8'],
  ['{"a":1,}', 'character 8'],
  ['[1 2]', 'character 4'],
  ['[01]', 'character 2'],
  ['Traceback (most recent call last):', 'character 1'],
])('%s stops being JSON at %s', (text, told) => {
  expect(() => JSON.parse(text)).toThrow(SyntaxError);
  expect(jsonFault(text)).toBe(told);
});

it('looks no further than a person would, however long the text is', () => {
  const long = 'x'.repeat(30_000_000);
  expect(jsonFault(`{"a":"${long}",}`)).toBe('a place behind character 1000000');
  expect(jsonFault(`[${' '.repeat(30_000_000)}NaN]`)).toBe('a place behind character 1000000');
  expect(jsonFault(`{a:"${long}"}`)).toBe('character 2');
});

it('finds the place that the engine finds, wherever a sound text is damaged', () => {
  const damaged = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('#', '\u0001', ']', '}', ',', ':', '"', ''))
    .map(([text, place, sign]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + (sign === '' ? '' : sign + text.slice(at));
    });
  fc.assert(
    fc.property(damaged, (text) => {
      const found = Number(/character (\d+)/.exec(jsonFault(text))?.[1]) - 1;
      // The engine says where, in some of its messages.
      const said = saidBy(() => JSON.parse(text));
      fc.pre(said !== undefined);
      const place = /at position (\d+)/.exec(said ?? '')?.[1];
      // It means a sign within a word, a number or an escape, which begins at ours.
      if (place !== undefined) expect(text.slice(found, Number(place))).toMatch(/^[\w.+\\-]*$/);
      else expect(found).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 500 },
  );
});

function saidBy(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
