/** Jobs with `changes: true`: their files, one after the other, are the way from the first table to the last, whatever was cut short. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Edition } from '../../../test/fixtures/connectors/edition.ts';
import { all, filesOf, follow, kindsOf, run, tableOf, withPlace } from '../../../test/oracles/changes.ts';

const SEED = 20261129;

it('tells each change once, whichever operation a run dies before', async () => {
  const editions = [1, 2, 3].map((value) =>
    all([
      { id: 'a', value },
      { id: String(value), value },
    ]),
  );
  const [first, second, third] = editions as [Edition, Edition, Edition];
  let operations = Number.POSITIVE_INFINITY;
  for (let diesAt = 1; diesAt <= operations; diesAt += 1) {
    await withPlace(async (place) => {
      await run(place, first);
      const before = await tableOf(place);
      const killed = await run(place, second, { diesAt });
      if (killed.result === 'done') operations = killed.operations;
      expect((await run(place, third)).result).toBe('done');
      const rows = (await filesOf(place)).reduce((table, { changes }) => follow(table, changes), before);
      expect([...rows].sort()).toEqual([...(await tableOf(place))].sort());
    });
  }
  expect(operations).toBeGreaterThan(20);
});

it('leaves a file as it is that another version has written, and tells what stands in it', async () => {
  let isDone = false;
  for (let diesAt = 1; !isDone && diesAt < 60; diesAt += 1) {
    await withPlace(async (place) => {
      await run(place, all([{ id: 'a', value: 1 }]));
      await run(place, all([{ id: 'a', value: 2 }]), { diesAt });
      const [file] = await filesOf(place);
      if (file === undefined) return;
      isDone = true;
      const other = { change: 'inserted', key: { id: 'x' }, after: { id: 'x', value: null } };
      await place.bucket.write(file.key, gzipSync(`${JSON.stringify(other)}\n`), { contentType: 'application/gzip' });
      const { changed } = await run(place, all([{ id: 'a', value: 3 }]));
      const files = await filesOf(place);
      expect(files.map(({ changes }) => kindsOf(changes))).toEqual([['inserted x'], ['updated a']]);
      expect(changed?.[file.key]).toMatchObject({ inserted: 1, updated: 0 });
    });
  }
  expect(isDone).toBe(true);
});

const record = fc.oneof(
  { weight: 6, arbitrary: fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), gone: fc.constant(true) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      now: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ id: 7 }) },
);
const steps = fc.array(
  fc.record({
    edition: fc.record({ everything: fc.boolean(), records: fc.array(record, { maxLength: 6 }) }),
    deaths: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 2 }),
  }),
  { minLength: 2, maxLength: 5 },
);

it('tells each change once, wherever runs die', async () => {
  const property = fc.asyncProperty(steps, (sequence) =>
    withPlace(async (place) => {
      await run(place, all([{ id: 'a', value: 0 }]));
      const first = await tableOf(place);
      for (const { edition, deaths } of sequence) {
        for (const diesAt of deaths) await run(place, edition, { diesAt });
        expect((await run(place, edition)).result).toBe('done');
      }
      const files = await filesOf(place);
      const last = files.reduce((rows, { changes }) => follow(rows, changes), first);
      expect([...last].sort()).toEqual([...(await tableOf(place))].sort());
    }),
  );
  await fc.assert(property, { numRuns: 60, seed: SEED });
});
