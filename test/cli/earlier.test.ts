/** What earlier versions of Tidemill left in a bucket and a warehouse is read, and gone on with. */
import { readdirSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { readHistory } from '../../orchestrator/site/read.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { asText, EARLIER, layEarlier, PROJECT, ROWS } from '../fixtures/earlier.ts';
import { datedProject, readsOf } from './dated.ts';
import { type Project, project } from './project.ts';

const NEXT = { now: '2026-11-20T08:18:00Z' };

describe.each(EARLIER)('%s', (name) => {
  let here: Project;
  beforeEach(async () => {
    here = await project(PROJECT);
    layEarlier(name, here.folder);
  });

  const json = async (...args: string[]) => {
    const ran = await here.run([...args, '--json'], NEXT);
    expect([ran.exit, ran.stderr]).toEqual([0, expect.not.stringContaining('who must act')]);
    return ran.json();
  };
  const rowsOf = async ({ sql }: { readonly sql: string }): Promise<string[]> =>
    (await json('query', sql)).rows.map(asText);

  it('its jobs go on where they stood: each slot once, no row twice, and what waited is loaded', async () => {
    const before = await json('status');
    expect(before.jobs.map(({ job }: { job: string }) => job)).toEqual(['orders', 'notes']);
    await here.run(['tick'], NEXT);
    for (const table of Object.values(ROWS)) expect(await rowsOf(table)).toEqual(table.rows);
    const plan = await json('plan');
    expect(plan.runs).toEqual([]);
  });

  it('its bronze is what its tables are made of', async () => {
    await here.run(['tick'], NEXT);
    for (const job of ['orders', 'notes']) {
      const verified = await here.run(['verify', job, '--json'], NEXT);
      expect([job, verified.exit]).toEqual([job, 0]);
    }
    await json('replay', 'orders', 'notes');
    for (const table of Object.values(ROWS)) expect(await rowsOf(table)).toEqual(table.rows);
  });

  it('its quarantine is shown', async () => {
    const shown = await here.run(['quarantine', 'notes', '--json'], NEXT);
    expect(shown.stdout).toContain('three');
  });

  it('its runs are in the history, and none is unreadable', async () => {
    const runs = readdirSync(here.path('.tidemill/local/bucket/_tidemill/runs')).sort();
    expect(runs).toHaveLength(4);
    for (const run of runs.filter((id) => !id.endsWith('-1'))) {
      const report = await here.run(['report', '--run-id', run, '--json'], NEXT);
      expect(report.json().results).toHaveLength(2);
    }
    const bucket = openLocalBucket(here.path('.tidemill/local/bucket'));
    const history = await readHistory(bucket, { now: new Date(NEXT.now), days: 1 });
    expect(history.unreadable).toBe(0);
    expect(history.lastPlan?.toISOString()).toMatch(/^2026-11-20T07:17:00/);
    expect(history.runs.map(({ job, slot, records }) => `${job} ${slot.slice(11, 16)} ${records}`).sort()).toEqual([
      ...['notes 06:00 1', 'notes 07:00 3', 'orders 06:00 2', 'orders 07:00 2'],
    ]);
  });
});

it('state-3: a listing that was broken off goes on where it was', async () => {
  const here = await datedProject({ catalogue: { cron: '0 */4 * * *', retry_attempts: 0, max_attempts: 10 } });
  layEarlier('state-3', here.folder);
  const { results } = (await here.run(['tick', '--json'], { now: '2026-11-21T09:05:00Z' })).json();
  expect(results).toMatchObject([{ result: 'done', totals: { records: 20, inserted: 20 } }]);
  expect(results[0].notices).toEqual(['goes on with its listing, of which 10 records are kept already']);
  expect(readsOf(here)).toEqual(['page 6', 'page 7', 'page 8', 'page 9', 'page 10']);
});
