import { beforeAll, describe, expect, it } from 'vitest';
import { configOf, type Project, project } from './project.ts';

const columns = { id: 'integer', name: { type: 'text', from: 'called' } };

describe('tidemill tables', () => {
  let here: Project;

  beforeAll(async () => {
    const items = { columns, primary_key: ['id'], prints: [{ id: 1 }, { id: 2 }] };
    here = await project({ 'ingestion-config.yaml': configOf({ items, logs: { prints: [{ a: 1 }] }, idle: {} }) });
    const none = await here.run(['tables']);
    expect([none.exit, none.stdout]).toEqual([0, expect.stringMatching(/^No tables yet in main of local, .*\n$/)]);
    expect((await here.run(['run', 'items,logs'])).exit).toBe(0);
  });

  it('lists them with their rows and the time of the last change', async () => {
    const { exit, stdout } = await here.run(['tables']);
    expect([exit, stdout.split('\n').slice(0, 6)]).toEqual([
      0,
      [
        'table          rows  last change',
        '─────────────  ────  ────────────────────',
        'example.items     2  2026-11-21 06:30 UTC',
        'example.logs      1  2026-11-21 06:30 UTC',
        '',
        `2 tables in main of local, ${here.path('.tidemill/local/warehouse.duckdb')}`,
      ],
    ]);
    expect((await here.run(['tables', 'example', '--json'])).json()).toMatchObject({
      environment: 'local',
      warehouse: 'main',
      tables: [
        { table: 'example.items', rows: 2, newest_ingested_at: '2026-11-21T06:30:00.000Z' },
        { table: 'example.logs', rows: 1 },
      ],
    });
  });

  it('tells of one its columns, its key, its jobs, and three queries that run', async () => {
    const [table] = (await here.run(['tables', 'example.items', '--json'])).json().tables;
    const { columns: told, key, jobs, examples } = table.detail;
    expect([key, jobs, told[0], told[1]]).toEqual([
      ['id'],
      ['items'],
      { name: 'id', type: 'INTEGER', nullable: false, description: expect.any(String) },
      { name: 'name', type: 'VARCHAR', nullable: true, description: expect.any(String) },
    ]);
    expect(examples).toHaveLength(3);
    for (const { sql } of examples) expect((await here.run(['query', sql])).exit).toBe(0);
    const { stdout } = await here.run(['tables', 'example.items']);
    for (const line of ['key          id', 'loaded by    items', 'rows         2 rows', 'FROM example.items']) {
      expect(stdout).toContain(line);
    }
    expect((await here.run(['tables', 'example.logs'])).stdout).toContain('key          none');
  });

  it('says of a table that is not there what may be meant, or which job makes it', async () => {
    const hintOf = async (of: string) => (await here.run(['tables', of, '--json'])).json().error;
    expect(await hintOf('example.item')).toMatchObject({
      code: 'unknown-table',
      hint: 'Did you mean "example.items"?',
    });
    expect((await hintOf('exmple')).hint).toBe('Did you mean "example"?');
    expect((await hintOf('example.idle')).hint).toBe('Nothing of it was loaded yet: `npx tidemill run idle`.');
    expect((await here.run(['tables', 'example.item'])).exit).toBe(2);
  });
});
