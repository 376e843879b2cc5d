/** The property that a driver answers as the model does. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Load, Table } from '../../orchestrator/warehouse/contract.ts';
import { isThorough } from './effort.ts';
import { model, type Rows } from './warehouse-model.ts';
import { batches, column, objectOf, type Tested, valuesIn } from './warehouse-samples.ts';

const table: Table = {
  schema: 'contract',
  name: 'model',
  description: '',
  columns: [column('id', 'integer'), column('part', 'text'), column('value', 'text', true)],
  key: ['id', 'part'],
  indexes: [],
  write: 'upsert',
};

// Few keys and values, so that packages meet the same rows again and again.
const values = fc.tuple(
  fc.constantFrom('-1', '0', '7'),
  fc.constantFrom('', 'a', "b'"),
  fc.constantFrom(null, '', 'x', 'y'),
);
const WAYS = [
  { write: 'upsert', scope: 'changes' },
  { write: 'append', scope: 'changes' },
  { write: 'upsert', scope: 'everything' },
] as const;
const packages = fc.array(
  fc.record({
    // Six, so that it chooses evenly among two ways and among three.
    way: fc.nat(5),
    rows: fc.array(values, { maxLength: 12 }),
    // Every so many rows ask for a deletion, where the table's way of writing knows one.
    deletes: fc.constantFrom(2, 3, 100),
    size: fc.integer({ min: 1, max: 5 }),
    // How many rows that it does not name may be deleted.
    most: fc.constantFrom(0, 2, 100),
  }),
  { minLength: 1, maxLength: 5 },
);

/** Packages in any order and any way of writing leave the rows, and give the counts, that the model does. */
export async function agreesWithOracle(warehouse: Tested): Promise<void> {
  let run = 0;
  const can = warehouse.capabilities;
  const ways = WAYS.filter(({ scope }) => can.deletes || scope === 'changes');
  const property = fc.asyncProperty(packages, async (sequence) => {
    run += 1;
    let memory: Rows = new Map();
    for (const [index, { way, rows, size, deletes, most }] of sequence.entries()) {
      const packageId = `p${run}-${index}`;
      const says = ways[way % ways.length] ?? WAYS[0];
      const here: Table = { ...table, name: `model_${run}`, write: says.write };
      const staged = rows.map((row, line) => ({
        values: row,
        bronzeObjectPath: objectOf(packageId),
        bronzeLine: line + 1,
        sourceUrl: '',
        ...(can.deletes && says.write === 'upsert' && line % deletes === 1 ? { isDeletion: true as const } : {}),
      }));
      const now = new Date(Date.UTC(2026, 0, 1 + index));
      const unnamed: Load['unnamed'] = ({ unnamed, of }) => (unnamed > most && of > 3 ? 'leave' : 'delete');
      const facts = { packageId, job: 'contract', table: here, scope: says.scope, now, unnamed };
      const [after, counts] = model(memory, facts, staged, 0);
      const beforeCommit: Load['beforeCommit'] = (found) => assert.deepEqual(found, counts);
      const merged = await warehouse.apply({ ...facts, rows: batches(staged, size), beforeCommit });
      assert.deepEqual(merged, { counts, alreadyLoaded: false });
      const { inserted, updated, unchanged, duplicates, deletions } = counts;
      assert.equal(counts.rows, inserted + updated + unchanged + duplicates + deletions);
      assert.deepEqual(await contents(warehouse, here), expected(after));
      memory = after;
    }
  });
  await fc.assert(property, { seed: 20261121, numRuns: isThorough ? 100 : 8 });
}

const contents = async (warehouse: Tested, here: Table): Promise<string[]> =>
  (await valuesIn(warehouse, here, 'id', 'part', 'value', 'bronze_object_path', 'bronze_line', 'ingested_at'))
    .map((row) => JSON.stringify(row))
    .sort();

const expected = (memory: Rows): string[] =>
  [...memory.values()]
    .map(({ row, now }) => {
      const written = now.toISOString().replace('.000Z', 'Z');
      return JSON.stringify([...row.values, row.bronzeObjectPath, String(row.bronzeLine), written]);
    })
    .sort();
