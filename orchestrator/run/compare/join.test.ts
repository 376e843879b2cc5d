/** Random packages in two warehouses of different makes are the same table; and whatever is changed in one of them is found. */
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SqlType, sqlTypes } from '@tidemill/kit';
import { edgeValues } from '@tidemill/kit/edge-values';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memoryWarehouse } from '../../../test/contracts/warehouse-memory.ts';
import { column, load, type Values } from '../../../test/contracts/warehouse-samples.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import type { SilverRow, Table } from '../../warehouse/contract.ts';
import { openDuckDb } from '../../warehouse/duckdb/driver.ts';
import { compareRows, type Difference } from './join.ts';

const table: Table = {
  schema: 'contract',
  name: 'wide',
  description: '',
  columns: [column('id', 'integer'), ...sqlTypes.map((type) => column(`of_${type}`, type, true))],
  key: ['id'],
  indexes: [],
  write: 'upsert',
};

/** Canonical texts of a type that every warehouse holds; none of a megabyte. */
const heldBy = (type: SqlType): string[] =>
  edgeValues.flatMap(({ type: of, held }) =>
    of === type && typeof held === 'string' && held.length < 1000 ? held : [],
  );

const row = fc.record({
  id: fc.integer({ min: 0, max: 30 }).map(String),
  ...Object.fromEntries(sqlTypes.map((type) => [`of_${type}`, fc.constantFrom(null, ...heldBy(type))])),
}) as fc.Arbitrary<Values>;
const packages = fc.array(fc.array(row, { maxLength: 20 }), { minLength: 1, maxLength: 4 });

async function* oneByOne(rows: readonly SilverRow[]): AsyncIterable<readonly SilverRow[]> {
  for (const one of rows) yield [one];
}

async function compared(here: Table, expected: AsyncIterable<readonly SilverRow[]>, found: readonly SilverRow[]) {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-compare-'));
  const differences: Difference[] = [];
  const totals = await compareRows(here, { expected, found: oneByOne(found) }, folder, (one) => differences.push(one));
  expect(await readdir(folder)).toEqual([]);
  return { ...totals, differences };
}

it.each<Partial<Table>>([{ write: 'upsert' }, { write: 'append' }, { write: 'append', key: [] }])(
  'two warehouses that were given the same packages are equal, and one cell that was changed is found: %o',
  async (way) => {
    const duck = openDuckDb({
      file: join(await mkdtemp(join(tmpdir(), 'tidemill-compare-')), 'w.duckdb'),
      clock: fakeClock(),
    });
    let run = 0;
    const property = fc.asyncProperty(packages, fc.nat(), fc.nat(), async (sequence, ofRow, ofColumn) => {
      run += 1;
      const here: Table = { ...table, ...way, name: `wide_${run}` };
      const memory = memoryWarehouse();
      for (const [index, rows] of sequence.entries()) {
        for (const warehouse of [memory, duck]) await warehouse.apply(load(`p${run}-${index}`, here, rows));
      }
      const rows = (await Array.fromAsync(memory.scan(here))).flat();
      const { expected, found, differences } = await compared(here, duck.scan(here), rows);
      expect(differences).toEqual([]);
      expect(expected).toEqual(found);
      expect(found.rows).toBe(rows.length);
      if (rows.length === 0) return;
      const at = ofRow % rows.length;
      const changed = 1 + (ofColumn % (here.columns.length - 1));
      const other = await compared(
        here,
        duck.scan(here),
        rows.with(at, tampered(rows[at] as SilverRow, changed, here)),
      );
      expect(other.differences).toMatchObject([{ what: 'changed', columns: [changed], found: { isSound: false } }]);
      expect(other.found.digest).not.toBe(other.expected.digest);
      const fewer = await compared(here, duck.scan(here), rows.toSpliced(at, 1));
      expect(fewer.differences).toMatchObject([{ what: 'missing', expected: { isSound: true } }]);
    });
    try {
      await fc.assert(property, { seed: 20261121, numRuns: 12 });
    } finally {
      await duck.close();
    }
  },
);

/** The row with another value of the type in one column. */
function tampered(row: SilverRow, at: number, { columns }: Table): SilverRow {
  const [other = null] = heldBy(columns[at]?.type ?? 'text').filter((text) => text !== row.values[at]);
  return { ...row, values: row.values.with(at, other) };
}

it('finds a row that is there twice, and two rows of one record whichever comes first', async () => {
  const here: Table = { ...table, columns: [column('id', 'integer')], key: [], write: 'append' };
  const memory = memoryWarehouse();
  await memory.apply(load('p1', here, [{ id: '1' }, { id: '2' }]));
  const rows = (await Array.fromAsync(memory.scan(here))).flat().map((one) => ({ ...one, bronzeLine: 1 }));
  const both = await compared(here, oneByOne(rows), rows.toReversed());
  expect([both.differences, both.found.keys, both.found.rows]).toEqual([[], 1, 2]);
  const twice = await compared(here, oneByOne(rows), [...rows, ...rows.slice(1)]);
  expect(twice.differences).toMatchObject([{ what: 'extra', found: { line: 1 } }]);
});
