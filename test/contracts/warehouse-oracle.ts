/** A warehouse in a few lines of JavaScript, and the property that a driver answers as it does. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Load, MergeCounts, StagedRow, Table } from '../../orchestrator/warehouse/contract.ts';
import { batches, column, objectOf, type Tested, valuesIn } from './warehouse-samples.ts';

/** What is remembered of a row: its values, where it came from, when it was last written. */
interface Kept {
  readonly row: StagedRow;
  readonly now: Date;
}

type Memory = ReadonlyMap<string, Kept>;

const keyOf = (table: Table, row: StagedRow): string =>
  JSON.stringify(table.key.map((name) => row.values[table.columns.findIndex((candidate) => candidate.name === name)]));

const isSame = (one: StagedRow, other: StagedRow): boolean =>
  JSON.stringify(one.values) === JSON.stringify(other.values);

/** The table after the package, and the counts. */
function oracle(
  before: Memory,
  { table, scope, now }: Pick<Load, 'table' | 'scope' | 'now'>,
  rows: readonly StagedRow[],
): [Memory, MergeCounts] {
  const latest = new Map(rows.map((row) => [keyOf(table, row), row]));
  const isGone = (key: string): boolean => scope === 'everything' && !latest.has(key);
  const asked = [...latest].filter(([, { isDeletion }]) => isDeletion === true).map(([key]) => key);
  const after = new Map([...before].filter(([key]) => !isGone(key) && !asked.includes(key)));
  const counts = { inserted: 0, updated: 0, unchanged: 0 };
  for (const [key, row] of latest) {
    if (row.isDeletion === true) continue;
    const old = before.get(key);
    if (old !== undefined && (table.write === 'append' || isSame(old.row, row))) {
      counts.unchanged += 1;
      continue;
    }
    counts[old === undefined ? 'inserted' : 'updated'] += 1;
    after.set(key, { row, now });
  }
  const deleted = [...before.keys()].filter((key) => isGone(key) || asked.includes(key)).length;
  const duplicates = rows.length - latest.size;
  return [after, { rows: rows.length, ...counts, duplicates, deleted, deletions: asked.length }];
}

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
    says: fc.constantFrom(...WAYS),
    rows: fc.array(values, { maxLength: 12 }),
    // Every so many rows ask for a deletion, where the table's way of writing knows one.
    deletes: fc.constantFrom(2, 3, 100),
    size: fc.integer({ min: 1, max: 5 }),
  }),
  { minLength: 1, maxLength: 5 },
);

/** Packages in any order and any write mode leave the rows, and give the counts, that the oracle does. */
export async function agreesWithOracle(warehouse: Tested): Promise<void> {
  let run = 0;
  const property = fc.asyncProperty(packages, async (sequence) => {
    run += 1;
    let memory: Memory = new Map();
    for (const [index, { says, rows, size, deletes }] of sequence.entries()) {
      const packageId = `p${run}-${index}`;
      const here: Table = { ...table, name: `model_${run}`, write: says.write };
      const staged = rows.map((row, line) => ({
        values: row,
        bronzeObjectPath: objectOf(packageId),
        bronzeLine: line + 1,
        sourceUrl: '',
        ...(says.write === 'upsert' && line % deletes === 1 ? { isDeletion: true as const } : {}),
      }));
      const now = new Date(Date.UTC(2026, 0, 1 + index));
      const facts = { packageId, job: 'contract', table: here, scope: says.scope, now };
      const [after, counts] = oracle(memory, facts, staged);
      const beforeCommit: Load['beforeCommit'] = (found) => assert.deepEqual(found, counts);
      const merged = await warehouse.apply({ ...facts, rows: batches(staged, size), beforeCommit });
      assert.deepEqual(merged, { counts, alreadyLoaded: false });
      const { inserted, updated, unchanged, duplicates, deletions } = counts;
      assert.equal(counts.rows, inserted + updated + unchanged + duplicates + deletions);
      assert.deepEqual(await contents(warehouse, here), expected(after));
      memory = after;
    }
  });
  await fc.assert(property, { seed: 20261121, numRuns: 25 });
}

const contents = async (warehouse: Tested, here: Table): Promise<string[]> =>
  (await valuesIn(warehouse, here, 'id', 'part', 'value', 'bronze_object_path', 'bronze_line', 'ingested_at'))
    .map((row) => JSON.stringify(row))
    .sort();

const expected = (memory: Memory): string[] =>
  [...memory.values()]
    .map(({ row, now }) => {
      const written = now.toISOString().replace('.000Z', 'Z');
      return JSON.stringify([...row.values, row.bronzeObjectPath, String(row.bronzeLine), written]);
    })
    .sort();
