import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { configOf, type Project, project } from './project.ts';

const COLUMNS = { id: 'integer', name: 'text', note: 'text' };
const rows = Array.from({ length: 250 }, (_, id) => ({ id, name: id === 1 ? 'a, "b"' : '', note: null }));

describe('tidemill query', () => {
  let here: Project;

  beforeAll(async () => {
    const items = { columns: COLUMNS, primary_key: ['id'], prints: rows };
    here = await project({ 'ingestion-config.yaml': configOf({ items }) });
    expect((await here.run(['run', 'items'])).exit).toBe(0);
  });

  const person = {};

  it('shows a table on a terminal, of which it says how much it is', async () => {
    const some = await here.run(['query', 'SELECT id, name, note FROM example.items ORDER BY id LIMIT 2'], { person });
    expect([some.exit, some.stdout.split('\n')]).toEqual([
      0,
      ['id  name    note', '──  ──────  ────', ' 0          NULL', ' 1  a, "b"  NULL', '', '2 rows', ''],
    ]);
    const many = (await here.run(['query', 'SELECT id FROM example.items'], { person })).stdout.split('\n');
    expect(many.slice(102)).toEqual([
      '',
      'The first 100 rows; there are more: --all shows them, --output FILE keeps them.',
      '',
    ]);
    const all = (await here.run(['query', 'SELECT id FROM example.items', '--all'], { person })).stdout;
    expect(all.split('\n').slice(252)).toEqual(['', '250 rows', '']);
  });

  it('cuts a table to the terminal, and says which columns have no room', async () => {
    const columns = Array.from({ length: 40 }, (_, at) => `repeat('x', 30) AS column_${at}`);
    const { stdout } = await here.run(['query', `SELECT ${columns.join(', ')}`], { person });
    const lines = stdout.split('\n');
    expect(Math.max(...lines.slice(0, 3).map(({ length }) => length))).toBeLessThanOrEqual(200);
    expect(lines[4]).toMatch(/^No room here for column_20, .*column_39: --output FILE has every column\.$/);
  });

  it('writes CSV with every row elsewhere, in which NULL is another thing than the empty text', async () => {
    const { stdout } = await here.run(['query', 'SELECT id, name, note FROM example.items ORDER BY id']);
    const lines = stdout.split('\r\n');
    expect([lines.length, ...lines.slice(0, 3)]).toEqual([252, 'id,name,note', '0,"",', '1,"a, ""b""",']);
  });

  it('writes NDJSON and JSON', async () => {
    const sql = 'SELECT id, name, note FROM example.items ORDER BY id LIMIT 2';
    expect((await here.run(['query', sql, '--format', 'ndjson'])).stdout).toBe(
      '{"id":"0","name":"","note":null}\n{"id":"1","name":"a, \\"b\\"","note":null}\n',
    );
    const document = {
      columns: ['id', 'name', 'note'],
      rows: [
        ['0', '', null],
        ['1', 'a, "b"', null],
      ],
    };
    for (const option of [['--json'], ['--format', 'json']]) {
      expect((await here.run(['query', sql, ...option])).json()).toEqual(document);
    }
    expect((await here.run(['query', 'SELECT id FROM example.items WHERE id < 0', '--json'])).json().rows).toEqual([]);
    const twice = await here.run(['query', 'SELECT 1 AS a, 2 AS a', '--format', 'ndjson']);
    expect([twice.exit, twice.stderr]).toEqual([2, expect.stringContaining('are called "a"')]);
  });

  it('keeps all rows in a file whose ending says the format, and leaves none half written', async () => {
    const kept = await here.run(['query', 'SELECT id FROM example.items ORDER BY id', '--output', 'out/ids.jsonl']);
    expect([kept.exit, kept.stdout, kept.stderr]).toEqual([0, '', '250 rows in out/ids.jsonl\n']);
    expect(here.read('out/ids.jsonl').split('\n').slice(248)).toEqual(['{"id":"248"}', '{"id":"249"}', '']);
    // Only at the last row does it fail.
    const late = "SELECT CASE WHEN id < 249999 THEN '1' ELSE 'x' END::INTEGER FROM range(250000) AS many(id)";
    const failed = await here.run(['query', late, '--output', 'out/ids.jsonl']);
    expect(failed.exit).toBe(2);
    expect([here.read('out/ids.jsonl').length, existsSync(here.path('out/ids.jsonl.part'))]).toEqual([3_140, false]);
    mkdirSync(here.path('folder'));
    const refused = await here.run(['query', 'SELECT 1', '--output', 'folder', '--json']);
    expect([refused.exit, refused.json().error.code]).toEqual([2, 'output-file']);
  });

  it('refuses a file whose ending is of a format that it does not write, unless the format is said', async () => {
    for (const file of ['ids.parquet', 'ids.csv.gz', 'ids.txt']) {
      const document = await here.run(['query', 'SELECT 1', '--output', file, '--json']);
      // The answer to --json is JSON whatever the file is called.
      expect([document.exit, here.read(file)]).toEqual([0, expect.stringContaining('"rows"')]);
      rmSync(here.path(file));
      const typed = await here.run(['query', 'SELECT 1', '--output', file]);
      expect([typed.exit, typed.stderr]).toEqual([2, expect.stringMatching(/\(query-ending;/)]);
      expect(existsSync(here.path(file))).toBe(false);
      expect((await here.run(['query', 'SELECT 1', '--output', file, '--format', 'csv'])).exit).toBe(0);
    }
    expect((await here.run(['query', 'SELECT 1 AS n', '--output', 'bare'])).exit).toBe(0);
    expect(here.read('bare')).toBe('n\r\n1\r\n');
  });

  it('takes the statement from a file or the standard input, and wants exactly one', async () => {
    here.write('q.sql', '-- how many\nSELECT count(*) AS n FROM example.items;\n');
    expect((await here.run(['query', '--file', 'q.sql'])).stdout).toBe('n\r\n250\r\n');
    expect((await here.run(['query', '-'], { input: 'SELECT 1 AS n' })).stdout).toBe('n\r\n1\r\n');
    for (const words of [[], ['SELECT 1', '--file', 'q.sql'], ['--file', 'none.sql'], ['SELECT 1; SELECT 2'], ['']]) {
      expect((await here.run(['query', ...words])).exit).toBe(2);
    }
    for (const nothing of ['', ' \n', ';', '-- no more', '/* nor * here */ ;', '--'.repeat(50)]) {
      const { exit, stderr } = await here.run(['query', '-'], { input: nothing });
      expect([nothing, exit, stderr]).toEqual([nothing, 2, expect.stringContaining('There are no statements')]);
    }
  });

  it('shows where a statement is wrong, and which table may be meant', async () => {
    const wrong = await here.run(['query', 'SELECT id,\n  nam FROM example.items']);
    expect(wrong.stderr).toContain('LINE 2:   nam FROM example.items\n          ^\n');
    expect([wrong.exit, (await here.run(['query', 'SELEC 1'])).stderr]).toEqual([2, expect.stringContaining('^')]);
    for (const table of ['example.item', 'exmple.items', 'itms', '"example"."item"', 'items']) {
      const { exit, stderr } = await here.run([
        'query',
        `WITH own AS (SELECT 1) SELECT 1 FROM own JOIN ${table} ON true`,
      ]);
      expect([table, exit, stderr]).toEqual([table, 2, expect.stringContaining('Did you mean example.items?')]);
    }
    expect((await here.run(['query', 'SELECT 1 FROM orders.lines'])).stderr).not.toContain('Did you mean');
  });

  it('changes nothing', async () => {
    const { exit, json } = await here.run(['query', 'DELETE FROM example.items', '--json']);
    expect([exit, json().error.code]).toEqual([2, 'query-refused']);
    expect((await here.run(['query', 'SELECT count(*) FROM example.items'])).stdout).toContain('250');
  });

  it('does not put values into the log of a run on GitHub', async () => {
    const env = { GITHUB_ACTIONS: 'true' };
    const refused = await here.run(['query', 'SELECT id FROM example.items'], { env });
    expect([refused.exit, refused.stdout, refused.stderr]).toEqual([2, '', expect.stringContaining('query-into-log')]);
    const kept = await here.run(['query', 'SELECT id FROM example.items', '--output', 'x.csv'], { env });
    expect([kept.exit, kept.stdout]).toEqual([0, '']);
  });

  it('ends when it is stopped, and leaves no part of a file', async () => {
    const part = here.path('endless.csv.part');
    const stopping = new AbortController();
    const sql = 'SELECT id FROM range(1000000000000) AS many(id)';
    const asked = here.run(['query', sql, '--output', 'endless.csv'], { interrupted: stopping.signal });
    await expect.poll(() => existsSync(part)).toBe(true);
    stopping.abort();
    expect((await asked).exit).toBe(130);
    await expect.poll(() => existsSync(part)).toBe(false);
    expect(existsSync(here.path('endless.csv'))).toBe(false);
    expect((await here.run(['query', 'SELECT 1'], { interrupted: stopping.signal })).exit).toBe(130);
  });
});

describe('tidemill query, of several warehouses', () => {
  it('asks the first, or the one that is named', async () => {
    const config = JSON.parse(
      configOf({ items: { columns: { id: 'integer' }, prints: [{ id: 7 }], warehouses: ['b'] } }),
    );
    const environments = { local: { warehouse: { a: 'a.duckdb', b: 'b.duckdb' } } };
    const here = await project({ 'ingestion-config.yaml': JSON.stringify({ environments, ...config }) });
    await here.run(['run', 'items']);
    const sql = 'SELECT id FROM example.items';
    expect((await here.run(['query', sql])).exit).toBe(2);
    expect((await here.run(['query', sql, '--warehouse', 'b'])).stdout).toBe('id\r\n7\r\n');
    const unknown = await here.run(['query', sql, '--warehouse', 'c', '--json']);
    expect(unknown.json().error.code).toBe('unknown-warehouse');
  });
});
