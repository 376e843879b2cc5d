import { expect, it } from 'vitest';
import type { Operation } from './operations.ts';
import { COMMIT_LIMITS, mutationsFor, portionsOf } from './portions.ts';

const write = (place: number, ...values: unknown[]): Operation => ({
  phase: 'rows',
  place,
  deletes: [],
  write: values,
});
const gone = (...deletes: string[]): Operation => ({ phase: 'rows', place: 0, deletes });

/** How many operations each commit has. */
async function cut(
  operations: readonly Operation[],
  columns: number,
  indexes: readonly number[],
  limits = COMMIT_LIMITS,
) {
  const portions = await Array.fromAsync(portionsOf(operations, { columns, indexes }, limits));
  expect(portions.map(({ isLast }) => isLast)).toEqual(portions.map((_, at) => at === portions.length - 1));
  return portions.map((portion) => portion.operations.length);
}

const some = (count: number, one: Operation): Operation[] => Array.from({ length: count }, () => one);

it('a commit has as many rows as their columns and entries of indexes allow, and their deletions', async () => {
  const few = { mutations: 20, bytes: 1_000_000 };
  expect(await cut([], 5, [], few)).toEqual([0]);
  expect(await cut(some(9, write(0, 'x')), 5, [], few)).toEqual([4, 4, 1]);
  // One index of two columns, one of three: 5 + 3 + 4.
  expect(await cut(some(3, write(0, 'x')), 5, [2, 3], few)).toEqual([1, 1, 1]);
  expect(await cut(some(41, gone('x')), 5, [], few)).toEqual([20, 20, 1]);
  expect(await cut(some(14, gone('x')), 5, [2, 3], few)).toEqual([6, 6, 2]);
  // Nobody can cut one that is too large; it is alone.
  expect(await cut([write(0, 'x'), gone(...Array(30).fill('y')), write(1, 'x')], 5, [], few)).toEqual([1, 1, 1]);
});

it('a commit has as many bytes as a request may have, counted as they are sent', async () => {
  const narrow = { mutations: 80_000, bytes: 1_000 };
  expect(await cut(some(4, write(0, 'x'.repeat(400))), 1, [], narrow)).toEqual([2, 2]);
  expect(await cut(some(4, write(0, '€'.repeat(400))), 1, [], narrow)).toEqual([1, 1, 1, 1]);
});

it('rows that go are named before those that come', () => {
  const mutations = mutationsFor('shop.orders', ['a', 'b'], [write(0, '1', null), gone('2', '3'), write(2, '3', 'x')]);
  expect(mutations).toEqual([
    { delete: { table: 'shop.orders', keySet: { keys: [['2'], ['3']] } } },
    {
      insertOrUpdate: {
        table: 'shop.orders',
        columns: ['a', 'b'],
        values: [
          ['1', null],
          ['3', 'x'],
        ],
      },
    },
  ]);
  expect(mutationsFor('shop.orders', ['a'], [])).toEqual([]);
});
