/** Warehouses that can do less than the DuckDB file. */
import { expect, it } from 'vitest';
import { query } from '../../orchestrator/app/query.ts';
import { openSession, type Session } from '../../orchestrator/app/session.ts';
import { tables } from '../../orchestrator/app/tables.ts';
import type { Warehouse } from '../../orchestrator/warehouse/contract.ts';
import { memoryWarehouse } from '../contracts/warehouse-memory.ts';
import { ADA, BOB, load, people } from '../contracts/warehouse-samples.ts';
import { hostWith } from './host.ts';

async function sessionOf(warehouses: Readonly<Record<string, Warehouse>>): Promise<Session> {
  const names = Object.keys(warehouses);
  const places = Object.fromEntries(names.map((name) => [name, `${name}.duckdb`]));
  const host = hostWith({ environments: { local: { warehouse: places } }, jobs: {} });
  const opened = new Map(Object.entries(warehouses).map(([name, warehouse]) => [name, async () => warehouse]));
  return { ...(await openSession(host, {})), warehouses: opened };
}

it('one that knows no SQL lists its tables, and a query says who can be asked', async () => {
  const files = memoryWarehouse();
  await files.apply(load('p1', people, [ADA, BOB]));
  const session = await sessionOf({ files, other: memoryWarehouse() });
  const found = await tables(session, { of: 'contract.people' });
  expect(found.tables).toMatchObject([{ table: 'contract.people', rows: 2, detail: { jobs: [], examples: [] } }]);
  await expect(query(session, { sql: 'SELECT 1' })).rejects.toMatchObject({
    ...{ kind: 'config', code: 'warehouse-without-sql' },
    hint: 'Name another one: --warehouse other.',
  });
});

it('one that answers all at once is asked like any other', async () => {
  const answering: Warehouse = {
    ...memoryWarehouse(),
    query: async (sql) => ({ columns: [sql], rows: [['1'], [null]] }),
  };
  const { portions, ...answer } = await query(await sessionOf({ main: answering }), { sql: 'SELECT 1' });
  expect(answer).toEqual({ warehouse: 'main', columns: ['SELECT 1'] });
  expect((await Array.fromAsync(portions)).flat()).toEqual([['1'], [null]]);
});
