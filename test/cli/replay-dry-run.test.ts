/** `tidemill replay --dry-run`: what today's code would make of the raw data, and nothing is changed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JobDryRun } from '../../orchestrator/app/dry-run.ts';
import { datedProject, stateText, WAREHOUSE } from './dated.ts';
import { configOf, type Project, project } from './project.ts';

const LATER = { now: '2026-11-21T09:30:00Z' };
const ORDERS = Array.from({ length: 20 }, (_, id) => ({ id, total: id + 0.5, note: `secret-${id}`, was: id * 2 }));
const COLUMNS = { id: 'integer', total: 'numeric', note: 'text' };

const configured = (fields: object, prints: readonly unknown[] = ORDERS): string =>
  configOf({ orders: { columns: COLUMNS, primary_key: ['id'], prints, ...fields } });

async function loaded(fields: object = {}): Promise<Project> {
  const here = await project({ 'ingestion-config.yaml': configured(fields) });
  expect((await here.run(['run', 'orders'])).exit).toBe(0);
  return here;
}

async function dryRun(here: Project, ...args: string[]) {
  const run = await here.run(['replay', ...args, '--dry-run', '--json'], LATER);
  expect([run.exit, run.stderr]).toEqual([0, '']);
  return run.json().dry_run as readonly JobDryRun[];
}

const rowsOf = ({ added, changed, removed, kept }: JobDryRun) =>
  [added, changed, removed, kept].map(({ rows }) => rows);

describe('a dry run of a replay', () => {
  it('says that nothing would change where nothing would, for each warehouse', async () => {
    const both = { warehouse: { main: WAREHOUSE, archive: 'archive.duckdb' } };
    const here = await datedProject({ log: {}, register: {} }, {}, both);
    await here.run(['run', '*']);
    const found = await dryRun(here, '*');
    expect(found.map(({ job, warehouse }) => [job, warehouse])).toEqual([
      ['log', 'main'],
      ['log', 'archive'],
      ['register', 'main'],
      ['register', 'archive'],
    ]);
    for (const one of found) expect(rowsOf(one)).toEqual([0, 0, 0, 0]);
  });

  it('says how many rows of which columns a change of the code would change, and the replay then does', async () => {
    const here = await loaded();
    const columns = { ...COLUMNS, total: { type: 'numeric', from: 'was' } };
    here.write('ingestion-config.yaml', configured({ columns }));
    const [one] = await dryRun(here, 'orders');
    expect(one && rowsOf(one)).toEqual([0, 20, 0, 0]);
    expect(one?.columns).toEqual([{ name: 'total', rows: 20 }]);
    const replay = await here.run(['replay', 'orders', '--json'], LATER);
    expect(replay.json().results[0].totals).toMatchObject({ updated: 20, inserted: 0, deleted: 0 });
    expect(rowsOf((await dryRun(here, 'orders'))[0] as JobDryRun)).toEqual([0, 0, 0, 0]);
  });

  it('tells a new key as rows that come, and those before as rows that stay, or go with a package of everything', async () => {
    const columns = { ...COLUMNS, id: { type: 'integer', from: 'was' } };
    const here = await loaded();
    here.write('ingestion-config.yaml', configured({ columns }));
    // Of 0 to 19 doubled, those up to 18 are known.
    expect(rowsOf((await dryRun(here, 'orders'))[0] as JobDryRun)).toEqual([10, 9, 0, 10]);
    const whole = await loaded({ scope: 'everything', max_delete_ratio: 1 });
    whole.write('ingestion-config.yaml', configured({ scope: 'everything', max_delete_ratio: 1, columns }));
    expect(rowsOf((await dryRun(whole, 'orders'))[0] as JobDryRun)).toEqual([10, 9, 10, 0]);
    const replay = await whole.run(['replay', 'orders', '--json'], LATER);
    expect(replay.json().results[0].totals).toMatchObject({ inserted: 10, updated: 9, deleted: 10 });
    const guarded = await loaded({ scope: 'everything' });
    const strict = { scope: 'everything', max_delete_ratio: 0, max_delete_rows: 0 };
    guarded.write('ingestion-config.yaml', configured({ ...strict, columns }));
    expect(rowsOf((await dryRun(guarded, 'orders'))[0] as JobDryRun)).toEqual([10, 9, 0, 10]);
  });

  it('takes rows of a table without a key for those of their lines: one that is rejected now would go', async () => {
    const here = await loaded({ primary_key: [], write: 'append' });
    const columns = { ...COLUMNS, total: 'text' };
    here.write('ingestion-config.yaml', configured({ primary_key: [], write: 'append', columns }));
    const [one] = await dryRun(here, 'orders');
    expect(one && [rowsOf(one), one.records, one.rejected]).toEqual([[0, 0, 20, 0], 20, 20]);
  });

  it('changes nothing: neither the state, nor the bucket, nor the warehouse', async () => {
    const here = await loaded();
    here.write('ingestion-config.yaml', configured({ columns: { ...COLUMNS, note: 'integer' } }));
    const filesOf = (folder: string) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.startsWith('warehouse.duckdb'))
        .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name)).toString('base64')]);
    const before = [stateText(here, 'orders'), filesOf(here.path('.tidemill'))];
    await dryRun(here, 'orders');
    expect([stateText(here, 'orders'), filesOf(here.path('.tidemill'))]).toEqual(before);
    here.write('ingestion-config.yaml', configured({}));
    expect((await here.run(['verify', 'orders'])).exit).toBe(0);
  });

  it('names the warehouse in the summary where there are several, and what each refuses', async () => {
    const here = await datedProject({ log: {} }, {}, { warehouse: { main: WAREHOUSE, archive: 'archive.duckdb' } });
    await here.run(['run', 'log']);
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: 'summary' };
    const { summary } = (await here.run(['replay', 'log', '--dry-run'], { env })).runner;
    expect(summary).toMatch(/\| log into main \|.*\n\| log into archive \|/);
    const one = await loaded();
    one.write('ingestion-config.yaml', configured({ columns: { ...COLUMNS, total: 'double' } }));
    const refused = (await one.run(['replay', 'orders', '--dry-run'], { env })).runner.summary;
    expect(refused).toMatch(
      /\n\n- orders into main: column total is DECIMAL.* declared as double now: loads are refused/,
    );
  });

  it('shows three examples with their values on a terminal, and on GitHub a table of numbers in the summary', async () => {
    const here = await loaded();
    here.write(
      'ingestion-config.yaml',
      configured({ columns: { ...COLUMNS, total: { type: 'numeric', from: 'was' } } }),
    );
    const seen = await here.run(['replay', 'orders', '--dry-run'], { person: {} });
    expect(seen.stdout).toContain('20 rows would change\n');
    expect(seen.stdout.match(/^ {2}id \d+, total [\d.]+ → \d+$/gm)).toHaveLength(3);
    expect(seen.stdout).not.toContain('secret-');
    const github = await here.run(['replay', 'orders', '--dry-run', '--show-values'], {
      env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: 'summary' },
      person: {},
    });
    expect(github.stdout).not.toContain('→');
    expect(github.runner.summary).toContain('| orders | 20 | 0 | 20 | 0 | 0 | total (20) | 0 |');
  });

  it('is of all packages: one of a part is refused', async () => {
    const here = await loaded();
    const run = await here.run(['replay', 'orders', '--dry-run', '--quarantined', '--json']);
    expect([run.exit, run.json().error.code]).toEqual([2, 'dry-run-part']);
  });
});
