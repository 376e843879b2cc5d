/** The property that a driver answers as the model does. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Load, MergeCounts, PackageRows, StagedRow, Table } from '../../orchestrator/warehouse/contract.ts';
import { isThorough } from './effort.ts';
import { model, type Rows, type StagedPackage } from './warehouse-model.ts';
import { batches, breaking, column, objectOf, type Tested, valuesIn } from './warehouse-samples.ts';

const SEQUENCES = isThorough ? 100 : 8;

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

const pack = fc.record({
  rows: fc.array(values, { maxLength: 12 }),
  // Every so many rows ask for a deletion, where the table's way of writing knows one.
  deletes: fc.constantFrom(1, 2, 3, 100),
  // The packages before it that make room for it, counted back; of a table that is only added to.
  replaces: fc.array(fc.nat(4), { maxLength: 2 }),
});
const loads = fc.array(
  fc.record({
    // Six, so that it chooses evenly among two ways and among three.
    way: fc.nat(5),
    // Of everything there is one.
    packages: fc.array(pack, { minLength: 1, maxLength: 5 }),
    // How many of the packages before it come once more with it, as after a crash.
    known: fc.constantFrom(0, 0, 1, 3),
    size: fc.integer({ min: 1, max: 5 }),
    // How many rows that it does not name may be deleted.
    most: fc.constantFrom(0, 2, 100),
  }),
  { minLength: 1, maxLength: 5 },
);

/** Packages in any order, together or not, and in any way of writing leave the rows, and give the counts, that the model does. */
export async function agreesWithOracle(warehouse: Tested, sequences = SEQUENCES): Promise<void> {
  let run = 0;
  const can = warehouse.capabilities;
  const ways = WAYS.filter(({ scope }) => can.deletes || scope === 'changes');
  const property = fc.asyncProperty(loads, async (sequence) => {
    run += 1;
    let memory: Rows = new Map();
    const loaded = new Map<string, MergeCounts>();
    for (const [index, { way, packages, known, size, most }] of sequence.entries()) {
      const says = ways[way % ways.length] ?? WAYS[0];
      const here: Table = { ...table, name: `model_${run}`, write: says.write };
      const before = [...loaded.keys()];
      const staged = (says.scope === 'everything' ? packages.slice(0, 1) : packages).map((one, number) =>
        stagedAs(`p${run}-${index}-${number}`, one, { says, can, before }),
      );
      const now = new Date(Date.UTC(2026, 0, 1 + index));
      const unnamed: Load['unnamed'] = ({ unnamed, of }) => (unnamed > most && of > 3 ? 'leave' : 'delete');
      const facts = { job: 'contract', table: here, scope: says.scope, now, unnamed };
      const [after, counts] = model(memory, facts, staged);
      const expectedOf = staged.map(({ id }, number) => ({ id, counts: counts[number] as MergeCounts }));
      const again = says.scope === 'everything' || known === 0 ? [] : before.slice(-known);
      const result = await warehouse.apply({
        ...facts,
        packages: [
          ...again.map((id) => unread(id)),
          ...staged.map((one) => ({ ...one, rows: batches(one.rows, size) })),
        ],
        beforeCommit: (found) => assert.deepEqual(found, expectedOf),
      });
      assert.deepEqual(result, {
        packages: [
          ...again.map((id) => ({ id, counts: loaded.get(id), alreadyLoaded: true })),
          ...expectedOf.map((one) => ({ ...one, alreadyLoaded: false })),
        ],
      });
      for (const { id, counts } of expectedOf) {
        const { inserted, updated, unchanged, duplicates, deletions } = counts;
        assert.equal(counts.rows, inserted + updated + unchanged + duplicates + deletions);
        loaded.set(id, counts);
      }
      assert.deepEqual(await contents(warehouse, here), expected(after));
      memory = after;
    }
  });
  await fc.assert(property, { seed: 20261121, numRuns: sequences });
}

interface Circumstances {
  readonly says: (typeof WAYS)[number];
  readonly can: Tested['capabilities'];
  /** Ids of the packages before it. */
  readonly before: readonly string[];
}

type Drawn = typeof pack extends fc.Arbitrary<infer T> ? T : never;

function stagedAs(id: string, { rows, deletes, replaces }: Drawn, { says, can, before }: Circumstances): StagedPackage {
  const isAppend = says.write === 'append';
  const room = can.deletes && isAppend ? replaces.flatMap((back) => before.at(-1 - back) ?? []) : [];
  return {
    id,
    rows: rows.map((row, line): StagedRow => {
      const isDeletion = can.deletes && !isAppend && line % deletes === deletes - 1;
      const from = { bronzeObjectPath: objectOf(id), bronzeLine: line + 1, sourceUrl: '' };
      return { values: row, ...from, ...(isDeletion ? { isDeletion } : {}) };
    }),
    rejected: 0,
    ...(room.length === 0 ? {} : { replaces: room.map(objectOf) }),
  };
}

/** A package that is loaded: its rows are not asked for. */
const unread = (id: string): PackageRows => ({ id, rows: breaking(table, [], new Error(`rows of ${id} were read`)) });

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
