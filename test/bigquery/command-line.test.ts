import { expect, it } from 'vitest';
import { configOf, project } from '../cli/project.ts';
import { clock, EMULATOR, newDataset } from './dataset.ts';

it('from a command to a query: what is printed is loaded, listed by the name that queries use, and found by it', async () => {
  const items = {
    columns: { id: 'integer', more: 'jsonb' },
    primary_key: ['id'],
    prints: [{ id: 1, more: { a: [1.5] } }, { id: 2 }],
  };
  const warehouse = await newDataset();
  const config = { ...JSON.parse(configOf({ items })), environments: { local: { warehouse } } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
  const run = (...args: string[]) => here.run(args, { env: { BIGQUERY_EMULATOR_HOST: EMULATOR }, clock });
  expect((await run('run', 'items')).exit).toBe(0);
  const listed = (await run('tables', 'example.items', '--json')).json();
  expect(listed).toMatchObject({ url: warehouse, tables: [{ table: 'example__items', rows: 2 }] });
  const [table] = listed.tables;
  expect(table.detail).toMatchObject({ key: ['id'], jobs: ['items'] });
  for (const { sql } of table.detail.examples) expect((await run('query', sql)).exit, sql).toBe(0);
  const { stdout } = await run('query', 'SELECT id, more FROM example__items ORDER BY id');
  expect(stdout.split('\r\n').slice(1, 3)).toEqual(['1,"{""a"":[1.5]}"', '2,']);
});
