/** Values without comfortable ranges, from the lines of a program to a query: held exactly, or rejected by name; never stuck. */
import { type SqlType, sqlTypes } from '@tidemill/kit';
import { edgeValues } from '@tidemill/kit/edge-values';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyWritten } from '../arbitraries/written.ts';
import { reservedWords } from '../contracts/sql-words.ts';
import { query } from './dated.ts';
import { configOf, type Project, project } from './project.ts';

/** A value, as JSON, for the column of a type. */
interface Cell {
  readonly type: SqlType;
  readonly written: string;
}

const COLUMNS = Object.fromEntries(sqlTypes.map((type) => [`a_${type}`, type]));

/** A job whose program prints a record for each cell, with its place as the id. */
async function printing(cells: readonly Cell[]): Promise<Project> {
  const script = "process.stdout.write(require('node:fs').readFileSync('lines.ndjson'))";
  const job = {
    columns: { id: 'integer', ...COLUMNS },
    primary_key: ['id'],
    command: [process.execPath, '--eval', script],
    max_reject_ratio: 1,
  };
  const lines = cells.map(({ type, written }, id) => `{"id":${id},"a_${type}":${written}}\n`);
  return project({ 'ingestion-config.yaml': configOf({ odd: job }), 'lines.ndjson': lines.join('') });
}

async function totalsOf(here: Project, ...args: string[]): Promise<Record<string, number>> {
  const { json } = await here.run([...args, '--json']);
  const [result] = json().results;
  expect(result).toMatchObject({ result: 'done' });
  return result.totals;
}

/** Loads the cells, once more from bronze, and once more from the source; answers the ids that were held, and each value. */
async function loaded(cells: readonly Cell[]): Promise<Map<number, string>> {
  const here = await printing(cells);
  const totals = await totalsOf(here, 'run', 'odd');
  const { inserted = 0, rejected = 0 } = totals;
  expect(totals).toMatchObject({ records: cells.length, inserted: cells.length - rejected });
  expect(await totalsOf(here, 'replay', 'odd')).toMatchObject({ rejected, unchanged: inserted });
  expect(await totalsOf(here, 'run', 'odd', '--full-refresh')).toMatchObject({ rejected, unchanged: inserted });
  const values = sqlTypes.map((type) => `CAST(a_${type} AS VARCHAR)`);
  const rows = await query(here, `SELECT id, coalesce(${values.join(', ')}) FROM example.odd`);
  expect(rows).toHaveLength(inserted);
  return new Map(rows.map(([id, value = '']) => [Number(id), value]));
}

it('values at the edges of every type are held, or rejected, as documented', async () => {
  const found = await loaded(edgeValues);
  const told = edgeValues.map(({ type, what, written }, id) => `${type} ${what ?? written}: ${found.has(id)}`);
  expect(told).toEqual(
    edgeValues.map(({ type, what, written, held }) => `${type} ${what ?? written}: ${held !== undefined}`),
  );
});

it('a reject names its column and what that holds, and the value nowhere', async () => {
  const secrets = ['"my secret\\u0000"', '["my secret\\ud800"]', '"my secret"'];
  const types: readonly SqlType[] = ['text', 'jsonb', 'timestamptz'];
  const here = await printing(secrets.map((written, index) => ({ written, type: types[index] as SqlType })));
  const { stdout, stderr } = await here.run(['run', 'odd', '--json']);
  expect(JSON.parse(stdout).results[0].rejects.toSorted()).toEqual([
    'a_jsonb: expected jsonb without NUL and lone surrogates, at most 500 deep (1×)',
    'a_text: expected text without NUL and lone surrogates (1×)',
    'a_timestamptz: expected timestamptz, as 2026-01-31T06:00:00Z or with an offset (1×)',
  ]);
  expect(stdout + stderr).not.toContain('my secret');
});

it('whatever a source writes is held exactly or rejected, and keeps no other record back', async () => {
  const cells = fc.sample(fc.record({ type: fc.constantFrom(...sqlTypes), written: anyWritten }), {
    seed: 20261129,
    numRuns: 1_500,
  });
  const found = await loaded(cells);
  expect(found.size).toBeGreaterThan(200);
  for (const [id, { type, written }] of cells.entries()) {
    const value = found.get(id);
    if (type !== 'text' || value === undefined || written === 'null') continue;
    expect(value).toBe(JSON.parse(written));
  }
});

it('every reserved word of SQL can be the name of a column', async () => {
  const record = Object.fromEntries(reservedWords.map((word) => [word, `the ${word}`]));
  const job = {
    columns: Object.fromEntries(reservedWords.map((word) => [word, 'text'])),
    primary_key: ['select', 'order'],
    command: [process.execPath, '--eval', `console.log(JSON.stringify(${JSON.stringify(record)}))`],
  };
  const here = await project({ 'ingestion-config.yaml': configOf({ words: job }) });
  expect((await here.run(['validate'])).exit).toBe(0);
  expect(await totalsOf(here, 'run', 'words')).toMatchObject({ inserted: 1 });
  expect(await totalsOf(here, 'run', 'words')).toMatchObject({ unchanged: 1 });
  const columns = reservedWords.map((word) => `"${word}"`);
  expect(await query(here, `SELECT ${columns.join(', ')} FROM example.words`)).toEqual([Object.values(record)]);
});

it('random amounts of two decimals reach numeric as they were written', async () => {
  const amounts = fc.sample(fc.integer({ min: 0, max: 99_999_999_999 }), { seed: 20261129, numRuns: 1_000 });
  const written = amounts.map((cents) => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`);
  const found = await loaded(written.map((text) => ({ type: 'numeric', written: text })));
  expect([...found.values()].map((text) => text.replace(/0{7}$/, ''))).toEqual(written);
});
