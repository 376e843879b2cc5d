/** States of which somebody restored an older version: the warehouse knows packages that they do not. */
import { readdirSync, rmSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { datedProject, query, stateText } from './dated.ts';
import type { Project } from './project.ts';

const state = (job: string): string => `.tidemill/local/bucket/_tidemill/state/${job}.json`;

let here: Project;
beforeEach(async () => {
  here = await datedProject({ log: {}, events: {} });
  await here.run(['run', 'log,events']);
});

const at = (hour: number) => ({ now: `2026-11-21T${hour}:30:00Z` });

/** How many rows there are, and how many events they tell of. */
async function rowsOf(table: string): Promise<readonly number[]> {
  const [counts] = await query(here, `SELECT count(*), count(DISTINCT id) FROM dated.${table}`);
  return (counts ?? []).map(Number);
}

/** The job has run once more since, and is back where it was before. Answers the newer state. */
async function restored(job: string): Promise<string> {
  const before = stateText(here, job);
  expect((await here.run(['run', job], at(10))).exit).toBe(0);
  expect(await rowsOf(job)).toEqual([35, 35]);
  const newest = stateText(here, job);
  here.write(state(job), before);
  return newest;
}

describe('a state that is older than the warehouse', () => {
  it('doubles no row of a table without a key: the load is refused until a replay has made the table anew', async () => {
    await restored('log');
    for (const hour of [12, 14]) {
      const refused = await here.run(['run', 'log', '--json'], at(hour));
      expect([refused.exit, refused.json().results[0].failure]).toMatchObject([
        2,
        { code: 'silver-ahead', hint: expect.stringContaining('`npx tidemill replay log`') },
      ]);
      expect(await rowsOf('log')).toEqual([35, 35]);
    }
    expect((await here.run(['replay', 'log', '--reason', 'restored'], at(14))).exit).toBe(0);
    expect(await rowsOf('log')).toEqual([39, 39]);
    expect((await here.run(['run', 'log'], at(16))).exit).toBe(0);
    expect(await rowsOf('log')).toEqual([41, 41]);
  });

  it('loads on behind the newest state when that is put back', async () => {
    const newest = await restored('log');
    expect((await here.run(['run', 'log'], at(12))).exit).toBe(2);
    here.write(state('log'), newest);
    expect((await here.run(['run', 'log'], at(12))).exit).toBe(0);
    expect(await rowsOf('log')).toEqual([37, 37]);
  });

  it('is told of where a key tells rows apart, and nothing else is wrong', async () => {
    await restored('events');
    const { exit, json } = await here.run(['run', 'events', '--json'], at(12));
    expect([exit, json().results[0].notices]).toEqual([
      0,
      [expect.stringMatching(/^the warehouse main has events\S+ of events, which its state does not know/)],
    ]);
    expect(await rowsOf('events')).toEqual([37, 37]);
  });

  it('is told of by a replay that cannot find what is to go', async () => {
    await restored('log');
    expect((await here.run(['run', 'log'], at(12))).exit).toBe(2);
    const folder = '.tidemill/local/bucket/bronze/dated/log';
    const [stranger] = await query(here, "SELECT max(package_id) FROM staging.ingestion_state WHERE job = 'log'");
    for (const day of readdirSync(here.path(folder))) {
      rmSync(here.path(folder, day, String(stranger?.[0])), { recursive: true, force: true });
    }
    const { exit, json } = await here.run(['replay', 'log', '--json'], at(14));
    expect([exit, json().results[0].notices]).toEqual([0, [expect.stringContaining('drop dated.log in main')]]);
  });
});
