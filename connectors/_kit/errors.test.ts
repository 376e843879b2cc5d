import { describe, expect, test } from 'vitest';
import { Decimal } from './decimal.ts';
import { asTidemillError, TidemillError } from './errors.ts';
import { decimal } from './rows.ts';

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

describe('a connector from elsewhere with a kit of its own', () => {
  test('throws errors that are known here', async () => {
    const other = await copyOf<typeof import('./errors.ts')>('./errors.ts');
    expect(other.TidemillError).not.toBe(TidemillError);
    const error = new other.TidemillError('quota', 'busy', 'wait', { retryAfterSeconds: 7 });
    expect(error).toBeInstanceOf(TidemillError);
    expect(asTidemillError(error)).toBe(error);
    expect(other.asTidemillError(new TidemillError('auth', 'refused', 'no')).code).toBe('refused');
    class Narrower extends TidemillError {}
    expect(error).not.toBeInstanceOf(Narrower);
    expect(new Narrower('auth', 'refused', 'no')).toBeInstanceOf(Narrower);
  });

  test('of another time, whose errors blame somebody whom nobody knows here, has a bug', async () => {
    const other = await copyOf<typeof import('./errors.ts')>('./errors.ts');
    const error = new other.TidemillError('weather' as 'quota', 'rain', 'it rains');
    expect(error).not.toBeInstanceOf(TidemillError);
    expect(asTidemillError(error)).toMatchObject({ kind: 'bug', cause: error });
  });

  test('takes and gives exact numbers', async () => {
    const other = await copyOf<typeof import('./decimal.ts')>('./decimal.ts');
    const [ours, theirs] = [new Decimal('0.1234567890123456789'), new other.Decimal('0.1234567890123456789')];
    expect([theirs instanceof Decimal, ours instanceof other.Decimal]).toEqual([true, true]);
    expect(decimal().parse(theirs)).toBe(theirs);
  });
});

/** Nothing but an error or a number is one. */
test.each([undefined, null, 'text', 5, {}, new Error('x'), Object.create(null)])('%s is neither', (value) => {
  expect([value instanceof TidemillError, value instanceof Decimal]).toEqual([false, false]);
});

/** Another instance of a module, as a second installation of the kit is. */
const copyOf = <Module>(file: string): Promise<Module> => import(/* @vite-ignore */ `${file}?copy`) as Promise<Module>;
