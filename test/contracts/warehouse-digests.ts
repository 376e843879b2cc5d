/** Checks that the same packages are the same table in this warehouse as in another, as `tidemill verify` holds them. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlTypes } from '@tidemill/kit';
import { edgeValues } from '@tidemill/kit/edge-values';
import { compareRows, type Difference } from '../../orchestrator/run/compare/join.ts';
import type { Table, Warehouse } from '../../orchestrator/warehouse/contract.ts';
import { memoryWarehouse } from './warehouse-memory.ts';
import { column, LATER, load, people, type Tested, type Values, type WarehouseCheck } from './warehouse-samples.ts';

const edges: Table = {
  ...people,
  name: 'edges',
  columns: [column('id', 'integer'), ...sqlTypes.map((type) => column(`of_${type}`, type, true))],
  indexes: [],
};

/** A row for every edge of every type, under ids that begin there. */
const rowsFrom = (first: number): Values[] =>
  edgeValues.flatMap(({ type, held }, index) =>
    typeof held === 'string' ? [{ id: String(first + index), [`of_${type}`]: held }] : [],
  );

/** Rows that come, that change, that stay and that come twice. */
async function fill(warehouse: Warehouse): Promise<void> {
  await warehouse.apply(load('p1', edges, rowsFrom(0)));
  await warehouse.apply(load('p2', edges, [...rowsFrom(1), ...rowsFrom(3)], { now: LATER }));
  const log: Table = { ...edges, name: 'edges_log', key: [], write: 'append' };
  await warehouse.apply(load('p3', log, rowsFrom(0)));
}

async function hasSameDigests(warehouse: Tested): Promise<void> {
  const memory = memoryWarehouse();
  for (const one of [memory, warehouse]) await fill(one);
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-digests-'));
  try {
    for (const table of [edges, { ...edges, name: 'edges_log', key: [] }]) {
      const differences: Difference['what'][] = [];
      const sides = { expected: memory.scan(table), found: warehouse.scan(table) };
      const { expected, found } = await compareRows(table, sides, folder, ({ what }) => differences.push(what));
      assert.deepEqual(differences, []);
      assert.deepEqual(found, expected);
      assert(found.rows > 0);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const digestChecks: readonly WarehouseCheck[] = [
  { promise: 'the same packages have the same digest as in another warehouse, to the cell', run: hasSameDigests },
];
