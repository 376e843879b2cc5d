/** Jobs with `changes: true` that load two warehouses, whatever becomes of these, of what may be deleted, and of the runs. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memoryWarehouse } from '../../../test/contracts/warehouse-memory.ts';
import { all, filesOf, follow, run, tableOf, withPlace } from '../../../test/oracles/changes.ts';

const SEED = 2;

const id = fc.constantFrom('a', 'b', 'c', 'd');
const record = fc.oneof(
  { weight: 6, arbitrary: fc.record({ id, value: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ id, gone: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ id, now: fc.uniqueArray(id, { minLength: 1, maxLength: 2 }) }) },
  { weight: 1, arbitrary: fc.constant({ id: 7 }) },
);
const steps = fc.array(
  fc.record({
    edition: fc.record({ everything: fc.boolean(), records: fc.array(record, { maxLength: 6 }) }),
    deaths: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 2 }),
    isAway: fc.boolean(),
    mode: fc.constantFrom('incremental' as const, 'replay' as const, 'full' as const),
    changes: fc.boolean(),
    /** Rows that may go. */
    most: fc.constantFrom(0, 1, 1000),
  }),
  { minLength: 2, maxLength: 8 },
);

it('tells each change once', async () => {
  const property = fc.asyncProperty(steps, (sequence) =>
    withPlace(async (place) => {
      const second = memoryWarehouse();
      const away = () => Promise.reject(new Error('it is away'));
      const there = { others: { archive: async () => second } };
      const rows = all(['a', 'b'].map((id) => ({ id, value: 1 })));
      await run(place, rows, there);
      const first = await tableOf(place);
      for (const { edition, deaths, isAway, mode, changes, most } of sequence) {
        const more = { mode, ...(isAway ? { others: { archive: away } } : there) };
        const job = { changes, max_delete_rows: most, max_delete_ratio: most === 1000 ? 1 : 0.01 };
        for (const diesAt of deaths) await run(place, edition, { ...more, diesAt }, job);
        await run(place, edition, more, job);
      }
      const anything = { max_delete_rows: 1000, max_delete_ratio: 1 };
      // What the second one has to load first may be doubted there, and what comes next settles that.
      for (const _ of [1, 2]) expect((await run(place, rows, there, anything)).result).toBe('done');
      const files = await filesOf(place);
      const last = files.reduce((table, { changes }) => follow(table, changes), first);
      expect([...last].sort()).toEqual([...(await tableOf(place))].sort());
    }),
  );
  await fc.assert(property, { numRuns: 40, seed: SEED });
});
