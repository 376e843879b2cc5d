/** Environments with two warehouses, as people meet them: one that is down, one that is new, one that goes. */
import { mkdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { changeState, datedProject, query, readsOf, stateOf, WAREHOUSE } from './dated.ts';
import type { Project } from './project.ts';

const ARCHIVE = 'archive.duckdb';
const BOTH = { warehouse: { main: WAREHOUSE, archive: ARCHIVE } };
const LATER = { now: '2026-11-21T09:30:00Z' };

const projectOf = (jobs: Readonly<Record<string, object>>, local: object = BOTH): Promise<Project> =>
  datedProject(jobs, {}, local);

/** The same project with other warehouses. */
function configure(here: Project, local: object): void {
  const config = JSON.parse(here.read('ingestion-config.yaml'));
  here.write('ingestion-config.yaml', JSON.stringify({ ...config, environments: { ...config.environments, local } }));
}

/** The rows of `main` and of `archive`. */
async function rowsIn(here: Project, table: string): Promise<number[]> {
  const count = `SELECT count(*) FROM dated.${table}`;
  return [Number((await query(here, count))[0]), Number((await query(here, count, ARCHIVE))[0])];
}

describe('a warehouse that is down', () => {
  it('makes the run red by its name; the other has the rows, and the next run loads what is missing, once', async () => {
    const here = await projectOf({ log: {}, register: {} });
    mkdirSync(here.path(ARCHIVE));
    const red = await here.run(['run', 'log,register']);
    expect(red.exit).toBe(2);
    expect(red.stdout).toContain('into archive: ');
    expect(Number((await query(here, 'SELECT count(*) FROM dated.log'))[0])).toBe(31);
    const status = (await here.run(['status'])).stdout;
    expect(status).toContain('log: 3 packages to load into archive');
    expect(status).not.toContain('to load into main');
    rmSync(here.path(ARCHIVE), { recursive: true });
    const next = await here.run(['run', 'log,register', '--json'], LATER);
    expect([next.exit, next.json().results]).toEqual([
      0,
      [
        expect.objectContaining({
          totals: expect.objectContaining({ records: 34, rows: 3 }),
          targets: {
            main: expect.objectContaining({ inserted: 3 }),
            archive: expect.objectContaining({ inserted: 34 }),
          },
        }),
        expect.objectContaining({ result: 'done' }),
      ],
    ]);
    expect([await rowsIn(here, 'log'), await rowsIn(here, 'register')]).toEqual([
      [34, 34],
      [12, 12],
    ]);
  });

  it('is a check of its own for the doctor', async () => {
    const here = await projectOf({ log: {} });
    mkdirSync(here.path(ARCHIVE));
    const { exit, stdout } = await here.run(['doctor']);
    expect([exit, stdout]).toEqual([2, expect.stringMatching(/ok +warehouse main(.|\n)*MISS +warehouse archive/)]);
  });
});

describe('a warehouse that is new', () => {
  it('gets what is committed from then on, and the rest by a replay into it alone, which doctor and status ask for', async () => {
    const here = await projectOf({ log: {}, events: {} }, {});
    await here.run(['run', 'log,events']);
    configure(here, BOTH);
    const asks =
      "never loaded. If it is new, or was lost or moved: `npx tidemill replay 'log,events' --warehouse archive`";
    expect((await here.run(['doctor'])).stdout).toContain(asks);
    const first = await here.run(['run', 'log,events'], LATER);
    expect([first.exit, first.stdout]).toEqual([0, expect.stringContaining('the warehouse archive is new')]);
    expect(await rowsIn(here, 'log')).toEqual([34, 3]);
    expect((await here.run(['doctor'])).stdout).toContain(asks);
    const [one] = (await here.run(['status', 'log', '--json'])).json().jobs;
    expect(one).toMatchObject({ packages_to_load: 0, warehouses: { archive: { begins_after: expect.any(String) } } });
    expect((await here.run(['status'])).stdout).toContain(
      'log: archive lacks what came before it: `npx tidemill replay log',
    );
    const reads = readsOf(here);
    const replay = await here.run(['replay', '*', '--warehouse', 'archive', '--json']);
    expect(replay.json().results).toMatchObject([
      { job: 'log', result: 'done', totals: { inserted: 34, deleted: 3 } },
      { job: 'events', result: 'done' },
    ]);
    expect([await rowsIn(here, 'log'), await rowsIn(here, 'events'), readsOf(here)]).toEqual([
      [34, 34],
      [34, 34],
      reads,
    ]);
    expect((await here.run(['doctor'])).stdout).not.toContain('never loaded');
    expect((await here.run(['status'])).stdout).not.toContain('lacks');
  });

  it('has no business with the others: one that is down makes a replay into another neither red nor slow', async () => {
    const here = await projectOf({ log: {} });
    await here.run(['run', 'log']);
    rmSync(here.path(WAREHOUSE));
    mkdirSync(here.path(WAREHOUSE));
    const replay = await here.run(['replay', 'log', '--warehouse', 'archive', '--json']);
    expect([replay.exit, replay.json().results]).toMatchObject([0, [{ result: 'done', totals: { rows: 31 } }]]);
    expect((await here.run(['replay', 'log'])).exit).toBe(2);
  });

  it('is refused under a name that there is not, with the nearest, and for a job that does not load into it', async () => {
    const here = await projectOf({ log: { warehouses: ['main'] } });
    await here.run(['run', 'log']);
    expect(stateOf(here, 'log').targets).toEqual({ main: { pending: [] } });
    const misspelled = await here.run(['replay', 'log', '--warehouse', 'archiv', '--json']);
    expect([misspelled.exit, misspelled.json().error]).toMatchObject([
      2,
      { code: 'unknown-warehouse', hint: 'Did you mean "archive"?' },
    ]);
    const other = await here.run(['replay', 'log', '--warehouse', 'archive', '--json']);
    expect([other.exit, other.json().error.code]).toEqual([2, 'not-into-warehouse']);
    const abandoned = await here.run(['replay', 'log', '--abandon', '--warehouse', 'archive', '--json']);
    expect([abandoned.exit, abandoned.json().error.code]).toEqual([2, 'not-into-warehouse']);
  });
});

describe('a replay into two', () => {
  it('is given up for one of them and goes on for the other', async () => {
    const here = await projectOf({ log: {} });
    await here.run(['run', 'log']);
    const replay = { id: 'gone', list: '_tidemill/replays/log/gone.json', done: 2, total: 3 };
    const open = { pending: [], replay };
    changeState(here, 'log', { targets: { main: open, archive: open } });
    expect((await here.run(['run', 'log'])).exit).toBe(2);
    expect((await here.run(['status'])).stdout).toMatch(/replay into main: 2 of 3(.|\n)*replay into archive: 2 of 3/);
    const abandoned = await here.run(['replay', 'log', '--abandon', '--warehouse', 'archive']);
    expect(abandoned.stdout).toBe(
      'log: replay into archive given up after 2 of 3 packages; what it has loaded stays\n',
    );
    expect(stateOf(here, 'log').targets).toMatchObject({ main: { replay: { done: 2 } }, archive: { pending: [] } });
    const rest = await here.run(['replay', 'log', '--abandon']);
    expect(rest.stdout).toBe('log: replay into main given up after 2 of 3 packages; what it has loaded stays\n');
  });
});

describe('a warehouse that goes', () => {
  it('is told with what it never got, in the run and in the history, and nothing waits for it', async () => {
    const here = await projectOf({ log: {} });
    mkdirSync(here.path(ARCHIVE));
    await here.run(['run', 'log']);
    configure(here, {});
    const next = await here.run(['run', 'log'], LATER);
    expect([next.exit, next.stdout]).toEqual([0, expect.stringContaining('not loaded into archive')]);
    const { targets, history } = stateOf(here, 'log');
    expect([targets, history?.at(-1)]).toMatchObject([{ main: { pending: [] } }, { operation: 'retarget' }]);
  });

  it('under another name keeps what waited for it', async () => {
    const here = await projectOf({ log: {} });
    mkdirSync(here.path(ARCHIVE));
    await here.run(['run', 'log']);
    rmSync(here.path(ARCHIVE), { recursive: true });
    configure(here, { warehouse: { main: WAREHOUSE, cold: ARCHIVE } });
    expect((await here.run(['run', 'log'], LATER)).exit).toBe(0);
    expect(await rowsIn(here, 'log')).toEqual([34, 34]);
  });
});

it('two jobs that replace one table are no rivals where they load it into different warehouses', async () => {
  const both = { data_type: 'register', environment: 'local' };
  const rivals = await projectOf({ one: both, other: both });
  expect((await rivals.run(['validate'])).stderr).toContain('each would delete the rows of the other');
  const own = (name: string) => ({ ...both, warehouses: [name] });
  const { exit, stderr } = await (await projectOf({ one: own('main'), other: own('archive') })).run(['validate']);
  expect([exit, stderr]).toEqual([0, '']);
});

describe('a state of version 1', () => {
  /** As the version before wrote it, with packages that are still to be loaded. */
  async function ofVersion1(here: Project): Promise<void> {
    here.write(WAREHOUSE, 'not a database, but long enough to be looked at '.repeat(500));
    await here.run(['run', 'log']);
    rmSync(here.path(WAREHOUSE));
    const { targets, ...state } = stateOf(here, 'log');
    const file = '.tidemill/local/bucket/_tidemill/state/log.json';
    here.write(file, JSON.stringify({ ...state, version: 1, packages: targets['main']?.pending }));
  }

  it.each([
    ['the one', {}, { main: { pending: [] } }],
    ['the one of two that is called main', BOTH, { main: { pending: [] }, archive: { pending: [] } }],
    ['the one, whatever it is called', { warehouse: { duck: WAREHOUSE } }, { duck: { pending: [] } }],
  ])('is loaded into %s', async (_, local, targets) => {
    const here = await projectOf({ log: {} }, {});
    await ofVersion1(here);
    expect((await here.run(['status'])).stdout).toContain('log: 3 packages to load into silver');
    configure(here, local);
    const run = await here.run(['run', 'log', '--json'], LATER);
    expect(run.json().results).toMatchObject([{ result: 'done', totals: { records: 34, inserted: 34 } }]);
    expect(stateOf(here, 'log')).toMatchObject({ version: 2, targets });
    expect(Object.keys(stateOf(here, 'log'))).not.toContain('packages');
  });
});
