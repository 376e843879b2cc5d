import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { changeState, datedProject, query, readsOf, stateOf, WAREHOUSE } from './dated.ts';
import type { Project } from './project.ts';

const TABLES = ['events', 'log', 'firsts', 'register'] as const;
type Rows = readonly (readonly string[])[];

/** Everything but the time of loading. */
const tableOf = (here: Project, table: string): Promise<Rows> =>
  query(here, `SELECT id, "at", said, bronze_object_path, bronze_line FROM dated.${table} ORDER BY ALL`);

/** Jobs that ran three times, the last two a few hours later: rows of `events` changed, others came, some went. */
async function loadedProject(tables: readonly string[] = TABLES): Promise<Project> {
  const here = await datedProject(Object.fromEntries(tables.map((table) => [table, {}])));
  const jobs = tables.join(',');
  await here.run(['run', jobs]);
  await here.run(['run', jobs], { now: '2026-11-21T10:30:00Z' });
  for (const table of tables.filter((name) => ['events', 'firsts'].includes(name)))
    await here.run(['rewind', table, '--to', '2026-11-21T00:00:00Z', '--reason', 'x']);
  await here.run(['run', jobs], { now: '2026-11-21T12:30:00Z' });
  return here;
}

async function tablesOf(here: Project): Promise<Rows[]> {
  const tables: Rows[] = [];
  for (const table of TABLES) tables.push(await tableOf(here, table));
  return tables;
}

describe('tidemill replay', () => {
  it('makes the same tables from bronze as before, once more and again, without asking the source', async () => {
    const here = await loadedProject();
    const [before, reads] = [await tablesOf(here), readsOf(here)];
    expect(before.map(({ length }) => length)).toEqual([37, 37, 37, 12]);
    const first = await here.run(['replay', TABLES.join(','), '--reason', 'to be sure', '--json']);
    expect([first.exit, await tablesOf(here)]).toEqual([0, before]);
    rmSync(here.path(WAREHOUSE));
    for (const _ of [1, 2]) {
      const again = await here.run(['replay', '*', '--json']);
      expect([again.exit, await tablesOf(here)]).toEqual([0, before]);
    }
    expect(readsOf(here)).toEqual(reads);
    for (const table of TABLES) {
      const { claim, targets, history } = stateOf(here, table);
      expect([claim, targets]).toEqual([undefined, { main: { pending: [] } }]);
      expect(history?.at(-3)).toMatchObject({ operation: 'replay', why: 'to be sure', who: 'tester' });
    }
    expect(listsIn(here)).toEqual([]);
  });

  it('makes the same table from manifests that were written before they had a scope', async () => {
    const here = await loadedProject(['register']);
    const before = await tableOf(here, 'register');
    const bucket = '.tidemill/local/bucket/';
    const files = readdirSync(here.path(bucket), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('manifest.json'))) {
      const { scope, ...older } = JSON.parse(here.read(bucket + file));
      expect(scope).toBe('everything');
      here.write(bucket + file, JSON.stringify(older));
    }
    rmSync(here.path(WAREHOUSE));
    const run = await here.run(['replay', 'register', '--json']);
    expect(run.json().results).toMatchObject([{ result: 'done', totals: { records: before.length } }]);
    expect(await tableOf(here, 'register')).toEqual(before);
  });

  it('loads only what was finished since an instant', async () => {
    const here = await loadedProject(['log']);
    const run = await here.run(['replay', 'log', '--from', '2026-11-21T10:00:00Z', '--json']);
    expect(run.json().results).toMatchObject([{ result: 'done', totals: { records: 6, deleted: 6, inserted: 6 } }]);
    expect(await tableOf(here, 'log')).toHaveLength(37);
  });

  it.each(TABLES)('takes its turn with packages of %s that were not loaded yet', async (table) => {
    const here = await datedProject({ [table]: {} });
    await here.run(['run', table]);
    await here.run(['run', table], { now: '2026-11-21T09:30:00Z' });
    const expected = (await tableOf(here, table)).map((row) => row.slice(0, 3));
    const other = await datedProject({ [table]: {} });
    other.write(WAREHOUSE, 'not a database, but long enough to be looked at '.repeat(500));
    await other.run(['run', table]);
    await other.run(['run', table], { now: '2026-11-21T09:30:00Z' });
    expect(stateOf(other, table).targets['main']?.pending.length).toBeGreaterThan(1);
    rmSync(other.path(WAREHOUSE));
    const replay = await other.run(['replay', table, '--from', '2026-11-21T09:00:00Z']);
    expect(replay.exit).toBe(0);
    expect((await tableOf(other, table)).map((row) => row.slice(0, 3))).toEqual(expected);
    expect(stateOf(other, table).targets).toEqual({ main: { pending: [] } });
  });

  it('loads what is there when a manifest is gone, and says from where on', async () => {
    const here = await loadedProject(['log']);
    const { head = '' } = stateOf(here, 'log');
    const { previous } = JSON.parse(here.read(`.tidemill/local/bucket/${head}`));
    rmSync(here.path('.tidemill/local/bucket', previous));
    const run = await here.run(['replay', 'log']);
    expect([run.exit, run.stdout]).toEqual([0, expect.stringContaining(`nothing before ${previous}`)]);
    expect(await tableOf(here, 'log')).toHaveLength(37);
  });

  it('goes on over a package that bronze cannot give, names it, and keeps no later run from its work', async () => {
    const { here, restore } = await projectWithoutPart();
    const later = { now: '2026-11-21T09:30:00Z' };
    const run = await here.run(['run', 'log', '--json'], later);
    const gate = expect.stringMatching(
      /^1 package not loaded: \S+ is gone; when that is mended, `npx tidemill replay log`/,
    );
    expect([run.exit, run.json().results[0]]).toMatchObject([6, { result: 'done', gates: [gate] }]);
    expect((await here.run(['status', 'log'])).stdout).toContain('left out:');
    expect(await tableOf(here, 'log')).toHaveLength(31 - 12 + 3);
    restore();
    expect((await here.run(['replay', 'log'], later)).exit).toBe(0);
    expect(await tableOf(here, 'log')).toHaveLength(31 + 3);
    expect((await here.run(['run', 'log'], later)).exit).toBe(0);
  });

  it('is not asked for what a person goes on without', async () => {
    const { here, head } = await projectWithoutPart();
    const abandoned = await here.run(['replay', 'log', '--abandon', '--reason', 'a part is gone']);
    expect(abandoned.stdout).toBe(`log: goes on without ${head}\n`);
    expect(stateOf(here, 'log').history?.at(-1)?.why).toBe(`abandoned: a part is gone; without ${head}`);
    expect((await here.run(['run', 'log'], { now: '2026-11-21T09:30:00Z' })).exit).toBe(0);
    expect((await here.run(['replay', 'log', '--abandon'])).stdout).toBe('log: no replay is open\n');
  });

  it('that cannot be finished is given up, and the job goes on', async () => {
    const here = await datedProject({ log: {} });
    await here.run(['run', 'log']);
    const replay = { id: 'gone', list: '_tidemill/replays/log/gone.json', done: 2, total: 3 };
    changeState(here, 'log', { targets: { main: { pending: [], replay } } });
    expect((await here.run(['run', 'log'], { now: '2026-11-21T09:30:00Z' })).exit).toBe(2);
    const abandoned = await here.run(['replay', 'log', '--abandon', '--reason', 'its list is gone']);
    expect(abandoned.stdout).toBe('log: replay given up after 2 of 3 packages; what it has loaded stays\n');
    expect(stateOf(here, 'log').history?.at(-1)).toMatchObject({ why: 'abandoned: its list is gone' });
    expect((await here.run(['run', 'log'], { now: '2026-11-21T09:30:00Z' })).exit).toBe(0);
  });

  it('refuses a job that has no package', async () => {
    const here = await datedProject({ log: {} });
    const run = await here.run(['replay', 'log', '--json']);
    expect([run.exit, run.json().error.code]).toEqual([2, 'replay-nothing']);
  });
});

function listsIn(here: Project): string[] {
  const files = readdirSync(here.path('.tidemill/local/bucket'), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => /replays\/.*\.json$/.test(file));
}

/** A warehouse that is new, and the middle one of three packages lacks a part: the replay into it was red. */
async function projectWithoutPart() {
  const here = await datedProject({ log: {} });
  await here.run(['run', 'log']);
  rmSync(here.path(WAREHOUSE));
  const newest = JSON.parse(here.read(`.tidemill/local/bucket/${stateOf(here, 'log').head}`));
  const head: string = newest.previous;
  const part = here.path('.tidemill/local/bucket', head.replace('manifest.json', 'part-00001.ndjson.gz'));
  const bytes = readFileSync(part);
  rmSync(part);
  const replay = await here.run(['replay', 'log', '--json']);
  expect([replay.exit, replay.json().results[0].failure.code]).toEqual([2, 'bronze-missing']);
  return { here, head, restore: () => writeFileSync(part, bytes) };
}
