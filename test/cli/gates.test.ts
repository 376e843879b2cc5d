import { describe, expect, it } from 'vitest';
import { configOf, type Project, project } from './project.ts';

const NOW = '2026-11-21T06:30:00Z';
const COLUMNS = { id: 'bigint', at: 'timestamptz', day: 'date' };
const row = (id: unknown, at: string) => ({ id, at, day: at.slice(0, 10) });
const jobOf = (expected: object, prints: readonly unknown[], fields: object = {}) => ({
  columns: COLUMNS,
  primary_key: ['id'],
  prints,
  expect: expected,
  ...fields,
});

const write = (here: Project, job: object): void =>
  here.write('ingestion-config.yaml', configOf({ job: job as Parameters<typeof configOf>[0][string] }));

async function projectOf(job: object): Promise<Project> {
  const here = await project({});
  write(here, job);
  return here;
}

const gatesOf = async (here: Project, now = NOW): Promise<[number, string[]]> => {
  const run = await here.run(['run', 'job', '--json'], { now });
  return [run.exit, run.json().results[0].gates];
};

describe('a success gate', () => {
  it('on rejects makes the run red though everything that fits is loaded', async () => {
    const prints = [row(1, NOW), row('my diary', NOW)];
    const here = await projectOf(jobOf({ max_reject_ratio: 0.4 }, prints, { max_reject_ratio: 1, min_rejects: 1 }));
    const run = await here.run(['run', 'job', '--json']);
    expect(run.exit).toBe(6);
    expect(run.json().results).toMatchObject([
      {
        result: 'done',
        totals: { inserted: 1, rejected: 1 },
        gates: [
          '1 of 2 records rejected, expected at most 40 %: id: expected bigint, a whole number or its text (1×); `npx tidemill quarantine job` shows them',
        ],
        trace: { log: expect.arrayContaining([expect.stringMatching(/^06:30:00 gate not met: 1 of 2/)]) },
      },
    ]);
    expect(run.stdout).not.toContain('diary');
  });

  it('on lateness asks slots of the schedule only, and leaves them settled', async () => {
    const here = await projectOf(jobOf({ max_lateness: '20m' }, [row(1, NOW)], { cron: '0 * * * *' }));
    await here.run(['tick']);
    const late = await here.run(['tick', '--json'], { now: '2026-11-21T07:30:00Z' });
    expect([late.exit, late.json().results[0].gates]).toEqual([
      6,
      ['started 30 min after its slot, expected at most 20 min'],
    ]);
    const { recent } = JSON.parse(here.read('.tidemill/local/bucket/_tidemill/state/job.json'));
    expect(recent).toMatchObject([{ slot: '2026-11-21T07:00:00.000Z', outcome: 'done' }]);
    expect((await here.run(['tick'], { now: '2026-11-21T07:40:00Z' })).stdout).toBe('Nothing is owed.\n');
    expect((await here.run(['tick'], { now: '2026-11-21T08:15:00Z' })).exit).toBe(0);
    expect(await gatesOf(here, '2026-11-21T08:55:00Z')).toEqual([0, []]);
  });

  it('on freshness looks at when a row came or last changed', async () => {
    const here = await projectOf(jobOf({ fresh_within: '1d' }, [row(1, NOW)]));
    expect(await gatesOf(here)).toEqual([0, []]);
    const sentence = 'the newest row by ingested_at is 25 h 00 min old, expected one within 24 h 00 min';
    expect(await gatesOf(here, '2026-11-22T07:30:00Z')).toEqual([6, [sentence]]);
    write(here, jobOf({ fresh_within: '1d' }, [row(1, '2026-11-22T00:00:00Z')]));
    expect(await gatesOf(here, '2026-11-22T07:30:00Z')).toEqual([0, []]);
  });

  it.each([
    ['at', 'the newest row by at is 6 h 30 min old, expected one within 6 h 00 min'],
    ['day', 'the newest row by day is 6 h 30 min old, expected one within 6 h 00 min'],
  ])('on freshness looks at the column %s of the newest row where it is named', async (column, sentence) => {
    const expected = { fresh_within: '6h', fresh_by: column };
    const rows = [row(1, '2026-11-21T00:00:00Z'), row(2, '2026-11-20T00:00:00Z')];
    const here = await projectOf(jobOf(expected, rows));
    expect(await gatesOf(here)).toEqual([6, [sentence]]);
    write(here, jobOf({ ...expected, fresh_within: '7h' }, rows));
    expect(await gatesOf(here)).toEqual([0, []]);
  });

  it('on freshness is not met by a table that is empty, or is not there', async () => {
    const here = await projectOf(jobOf({ fresh_within: 60 }, []));
    expect(await gatesOf(here)).toEqual([6, ['the table has no row with ingested_at, expected one within 1 h 00 min']]);
    write(here, jobOf({ fresh_within: 60, fresh_by: 'at' }, [{ id: 1 }]));
    expect(await gatesOf(here)).toEqual([6, ['the table has no row with at, expected one within 1 h 00 min']]);
  });

  it('on freshness by what is no time is refused before the source is read', async () => {
    const here = await projectOf(jobOf({ fresh_within: 60, fresh_by: 'id' }, [row(1, NOW)]));
    const run = await here.run(['run', 'job', '--json']);
    expect([run.exit, run.json().results[0]]).toMatchObject([
      2,
      {
        failure: { code: 'fresh-by-unknown', hint: expect.stringContaining('at, day, ingested_at') },
        totals: { records: 0 },
      },
    ]);
  });

  it('on freshness by what is no column of a connector is a fault of the configuration', async () => {
    const expected = { fresh_within: '40d', fresh_by: 'featured_at' };
    const jobs = { features: { service: 'web_features', data_type: 'features', expect: expected } };
    const here = await project({ 'ingestion-config.yaml': JSON.stringify({ services: { web_features: {} }, jobs }) });
    const run = await here.run(['validate']);
    expect([run.exit, run.stderr]).toEqual([2, expect.stringContaining('expect.fresh_by names featured_at')]);
  });

  it('makes the report red, which says that the data is loaded', async () => {
    const here = await projectOf(jobOf({ min_records: 2 }, [row(1, NOW)]));
    await here.run(['run', 'job', '--run-id', 'r1']);
    const { exit, runner } = await here.run(['report', '--run-id', 'r1'], { env: { GITHUB_ACTIONS: 'true' } });
    expect(exit).toBe(6);
    const { summary } = runner;
    expect(summary).toMatch(/^### ❌ 1 of 1 run failed or over a gate; 0 done\. 1 inserted/);
    expect(summary).toContain('What was read is loaded, but a gate is not met: 1 records, expected at least 2');
  });
});
