import { expect, test } from 'vitest';
import { asTidemillError, TidemillError } from './errors.ts';

const thrownBy = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

test.each([
  ['a text that is no JSON', thrownBy(() => JSON.parse('dear diary'))],
  ['a text that is no number', thrownBy(() => BigInt('dear diary'))],
  ['a text', 'dear diary'],
])('what nobody classified is a bug that never quotes %s', (_, thrown) => {
  const error = asTidemillError(thrown);
  expect(error).toMatchObject({ kind: 'bug', code: 'unexpected', cause: thrown });
  expect(error.message).not.toContain('diary');
});

test('what is wrong with the code is said, and what was classified stays as it is', () => {
  expect(asTidemillError(new TypeError('x is not a function')).message).toBe('TypeError: x is not a function');
  const known = new TidemillError('auth', 'refused', 'no');
  expect(asTidemillError(known)).toBe(known);
});
