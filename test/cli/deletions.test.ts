/** Runs that say everything there is, and less than before: what they may delete without a person. */
import { describe, expect, it } from 'vitest';
import { configOf, type Outcome, type Project, project } from './project.ts';
import { query } from './silver.ts';

const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, index) => ({ id: index + from }));

const write = (here: Project, prints: readonly unknown[], fields: object = {}): void =>
  here.write(
    'ingestion-config.yaml',
    configOf({ job: { columns: { id: 'bigint' }, primary_key: ['id'], scope: 'everything', prints, ...fields } }),
  );

/** A table of so many rows. */
async function tableOf(rows: number, fields: object = {}): Promise<Project> {
  const here = await project({});
  write(here, numbers(rows), fields);
  expect((await here.run(['run', 'job'])).exit).toBe(0);
  return here;
}

const rowsIn = async (here: Project): Promise<number> =>
  Number((await query(here, 'SELECT count(*) FROM example.job'))[0]?.[0]);

const gatesOf = (run: Outcome): string[] => run.json().results[0].gates;

describe('a run of everything that would delete most of the table', () => {
  it('loads what came, deletes nothing and is red, each time, until a person says so', async () => {
    const here = await tableOf(50);
    write(here, numbers(10, 45));
    for (const _ of ['a first', 'and a second time']) {
      const red = await here.run(['run', 'job', '--json']);
      expect([red.exit, gatesOf(red)]).toEqual([
        6,
        [
          expect.stringMatching(
            /^4[04] of 5[04] rows .* were left\. If .*: `npx tidemill run job --accept-deletes`, or /,
          ),
        ],
      ]);
      expect(await rowsIn(here)).toBe(54);
    }
    const accepted = await here.run(['run', 'job', '--accept-deletes', '--json']);
    expect([accepted.exit, gatesOf(accepted), await rowsIn(here)]).toEqual([0, [], 10]);
    const after = await here.run(['run', 'job', '--json']);
    expect([after.exit, await rowsIn(here)]).toEqual([0, 10]);
  });

  it.each([
    ['twenty rows, though they are all there are', 20, 0, {}, 0],
    ['one row more than that', 21, 0, {}, 21],
    ['half of a table', 60, 30, {}, 30],
    ['one row more than half', 60, 29, {}, 60],
    ['as much as the job allows', 60, 0, { max_delete_ratio: 1 }, 0],
    ['more than the job allows', 60, 59, { max_delete_ratio: 0, max_delete_rows: 0 }, 60],
    ['as many rows as the job allows', 60, 0, { max_delete_rows: 60 }, 0],
  ])('goes by its limits: %s', async (_, before, then, fields, left) => {
    const here = await tableOf(before);
    write(here, numbers(then), fields);
    const run = await here.run(['run', 'job']);
    expect([await rowsIn(here), run.exit]).toEqual([left, left === then ? 0 : 6]);
  });

  it('leaves the rows as well when it is loaded again, which is no reason to be red', async () => {
    const here = await tableOf(50);
    write(here, []);
    expect((await here.run(['run', 'job'])).exit).toBe(6);
    const again = await here.run(['replay', 'job']);
    expect([again.exit, again.stdout]).toEqual([0, expect.stringContaining('50 of 50 rows')]);
    expect(await rowsIn(here)).toBe(50);
  });
});

describe('min_records', () => {
  it('is looked at before anything is deleted', async () => {
    const here = await tableOf(6);
    write(here, numbers(2), { expect: { min_records: 5 } });
    const red = await here.run(['run', 'job', '--json']);
    expect([red.exit, gatesOf(red)]).toEqual([
      6,
      ['2 records, expected at least 5', expect.stringMatching(/^4 of 6 rows .* were left/)],
    ]);
    expect(await rowsIn(here)).toBe(6);
  });
});
