/** A project whose tables lie in its bucket. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { lakeIn } from '../contracts/lake-bucket.ts';
import { configOf, type Project, project } from './project.ts';

const BUCKET = '.tidemill/local/bucket';

const plays = (...ids: number[]) => ids.map((id) => ({ id, title: `song ${id}` }));

const config = (prints: readonly object[]): string => {
  const job = { columns: { id: 'integer', title: 'text' }, primary_key: ['id'], prints };
  return JSON.stringify({ ...JSON.parse(configOf({ plays: job })), environments: { local: { warehouse: 'lake' } } });
};

async function titlesIn(here: Project): Promise<string[]> {
  await using lake = lakeIn(openLocalBucket(here.path(BUCKET)));
  const { rows } = await lake.query('SELECT title, bronze_object_path FROM example.plays ORDER BY id');
  for (const [, from] of rows) expect(existsSync(here.path(BUCKET, String(from)))).toBe(true);
  return rows.map(([title]) => String(title));
}

it('a run loads its rows into tables in the bucket, and the next one goes on with them', async () => {
  const here = await project({ 'ingestion-config.yaml': config(plays(1, 2)) });
  const first = await here.run(['run', 'plays', '--json']);
  expect([first.exit, first.stderr]).toEqual([0, expect.not.stringContaining('rror')]);
  expect(first.json().results[0]).toMatchObject({ result: 'done' });
  here.write('ingestion-config.yaml', config([...plays(2, 3), { id: 1, title: 'another' }]));
  expect((await here.run(['run', 'plays'])).exit).toBe(0);
  expect(await titlesIn(here)).toEqual(['another', 'song 2', 'song 3']);
});

it('a query that looks around sees the tables, and none of the engine beside them', async () => {
  const here = await project({ 'ingestion-config.yaml': config(plays(1, 2)) });
  await here.run(['run', 'plays']);
  here.write('ingestion-config.yaml', config([{ id: 1, title: 'another' }]));
  await here.run(['run', 'plays']);
  expect((await here.run(['query', 'SHOW TABLES'])).stdout).toBe('name\r\n');
  const names = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema <> 'staging'";
  expect((await here.run(['query', names])).stdout).toBe('table_schema,table_name\r\nexample,plays\r\n');
  await using lake = lakeIn(openLocalBucket(here.path(BUCKET)));
  const titles = () => lake.query('SELECT title FROM example.plays ORDER BY id');
  for (const { rows } of await Promise.all([titles(), titles()])) expect(rows.flat()).toEqual(['another', 'song 2']);
});

it('--explore says where the tables are, and how to ask them', async () => {
  const here = await project({ 'ingestion-config.yaml': config(plays(1)) });
  const { exit, stdout } = await here.run(['run', 'plays', '--explore']);
  expect(exit).toBe(0);
  expect(stdout).toContain(`Warehouse   ${BUCKET}/silver`);
  expect(stdout).toContain("Ask it yourself: npx tidemill query 'SELECT …'; npx tidemill tables lists what there is.");
  expect(stdout).toContain('silver/views.sql');
});

it('a table that was moved away is made anew by a replay', async () => {
  const here = await project({ 'ingestion-config.yaml': config(plays(1, 2)) });
  await here.run(['run', 'plays']);
  const bucket = openLocalBucket(here.path(BUCKET));
  for await (const { key } of bucket.list('silver/example/plays/')) await bucket.remove(key);
  const { exit, stdout, stderr } = await here.run(['replay', 'plays']);
  expect([exit, stdout + stderr]).toEqual([0, expect.not.stringContaining('rror')]);
  expect(await titlesIn(here)).toEqual(['song 1', 'song 2']);
});
