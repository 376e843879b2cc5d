/** A repository of one's own that was made with the packages before these, and is brought to these. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { asText, layEarlier, PROJECT, ROWS } from '../fixtures/earlier.ts';
import { emptyFolder } from './folder.ts';

const { version } = JSON.parse(readFileSync(new URL('../../orchestrator/package.json', import.meta.url), 'utf8'));
const INGESTION = '.github/workflows/data-ingestion-orchestrator.yaml';

it('npm update and tidemill generate are all of it: state, bronze and tables go on', async () => {
  const here = emptyFolder();
  for (const [file, text] of Object.entries(PROJECT)) here.write(file, text);
  here.write('package.json', '{ "private": true, "type": "module" }');
  const before = ['tidemill', '@tidemill/warehouse-duckdb', '@tidemill/site'].map((name) => `${name}@previous`);
  await here.done(['npm', 'install', ...before]);
  const tidemill = (...args: string[]) => here.done(['npx', 'tidemill', ...args]);
  expect(await tidemill('--version')).toContain(`${version}-previous.0`);
  await tidemill('generate');
  expect(here.read(INGESTION)).toContain(`TIDEMILL_WORKFLOWS_MADE_BY: '${version}-previous.0'`);
  layEarlier('state-1', here.folder);
  await tidemill('tick', '--now', '2026-11-20T08:18:00Z');
  const rowsOf = async (sql: string): Promise<string[]> =>
    JSON.parse(await tidemill('query', sql, '--json')).rows.map(asText);
  for (const { sql, rows } of Object.values(ROWS)) expect(await rowsOf(sql)).toEqual(rows);

  await here.done(['npm', 'update']);
  expect((await tidemill('--version')).trim()).toBe(version);
  const all = JSON.parse(await here.done(['npm', 'ls', '--all', '--json']));
  expect(JSON.stringify(all)).not.toContain('previous.0"');
  const stale = await here.run(['npx', 'tidemill', 'generate', '--check']);
  expect([stale.code, stale.stdout]).toEqual([1, expect.stringContaining(INGESTION)]);
  await tidemill('generate');
  expect(here.read(INGESTION)).toContain(`TIDEMILL_WORKFLOWS_MADE_BY: '${version}'`);

  here.write('orders.ndjson', '{"id":5,"total":3,"placed_at":"2026-11-20T08:40:00Z"}\n');
  const ran = JSON.parse(await tidemill('tick', '--now', '2026-11-20T09:18:00Z', '--json'));
  expect(ran.results.map(({ result }: { result: string }) => result)).toEqual(['done', 'done']);
  expect(await rowsOf(ROWS.orders.sql)).toEqual([...ROWS.orders.rows, '5 3']);
  expect(await rowsOf(ROWS.notes.sql)).toEqual(ROWS.notes.rows);
  await tidemill('verify', 'orders', 'notes', '--now', '2026-11-20T09:18:00Z');
});
