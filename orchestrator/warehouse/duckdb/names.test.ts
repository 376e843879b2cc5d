import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it, onTestFinished } from 'vitest';
import { duckDbWords } from '../../../test/contracts/sql-words.ts';
import { ADA, column, load, people } from '../../../test/contracts/warehouse-samples.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import type { SqlWarehouse, Table } from '../contract.ts';
import { openDuckDb } from './driver.ts';

const freshFile = async (): Promise<string> =>
  join(await mkdtemp(join(tmpdir(), 'tidemill-names-')), 'warehouse.duckdb');

function opened(file: string): SqlWarehouse {
  const warehouse = openDuckDb({ file, clock: fakeClock() });
  onTestFinished(() => warehouse.close());
  return warehouse;
}

it('the words that every warehouse is tried with are those of this version of DuckDB', async () => {
  const { rows } = await opened(await freshFile()).query(
    "SELECT DISTINCT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function') ORDER BY ALL",
  );
  expect(duckDbWords.toSorted()).toEqual(rows.flat());
});

it('a table that has a column rowid from before is refused: whose row would be deleted?', async () => {
  const file = await freshFile();
  const warehouse = opened(file);
  await warehouse.apply(load('p1', people, [ADA]));
  await warehouse.close();
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run('ALTER TABLE contract.people ADD COLUMN rowid INTEGER');
  connection.closeSync();
  instance.closeSync();
  const wider: Table = { ...people, columns: [...people.columns, column('age', 'integer', true)] };
  const again = opened(file);
  await expect(again.apply(load('p2', wider, [ADA]))).rejects.toMatchObject({
    kind: 'config',
    code: 'column-name-taken',
    message: expect.stringContaining('contract.people.rowid'),
    hint: expect.stringContaining('RENAME COLUMN rowid TO'),
  });
  expect((await again.query('SELECT name FROM contract.people')).rows).toEqual([['Ada']]);
});
