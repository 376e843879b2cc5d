import { readFileSync, rmSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PackageWriter } from '../../orchestrator/run/bronze/package.ts';
import { claimSlot } from '../../orchestrator/state/claiming.ts';
import type { JobState } from '../../orchestrator/state/job-state.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { fakeClock } from '../fakes/clock.ts';
import { changeState, datedProject, stateOf, stateText } from './dated.ts';
import type { Project } from './project.ts';

const BUCKET = '.tidemill/local/bucket';
const NOW = '2026-11-21T06:30:00Z';
/** Longer than a lease after the objects of a test are written. */
const LATER = '2026-11-21T06:50:00Z';

const bucketOf = (here: Project) => openLocalBucket(here.path(BUCKET));

async function keysOf(here: Project, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of bucketOf(here).list(prefix)) keys.push(key);
  return keys.filter((key) => !key.startsWith('_tidemill/runs/'));
}

/** Makes everything in the bucket as old as it would be by the clock of the tests. */
async function writtenAt(here: Project, at: string, prefix = ''): Promise<void> {
  for (const key of await keysOf(here, prefix)) utimesSync(here.path(BUCKET, key), new Date(at), new Date(at));
}

interface Left {
  readonly run?: string;
  readonly job?: string;
  /** Without it the run died before the manifest. */
  readonly finishedAt?: string;
  readonly previous?: string;
}

/** What a run that died leaves: a package that no state names. Answers its folder. */
async function leave(here: Project, { run = 'dead', job = 'log', finishedAt, previous }: Left): Promise<string> {
  const id = `${job}.20261121T060000Z.${run}-0001`;
  const folder = `bronze/dated/${job}/dt=2026-11-21/${id}`;
  const bucket = bucketOf(here);
  const writer = new PackageWriter(bucket, folder, {
    package: id,
    environment: 'local',
    job,
    service: 'dated',
    data_type: job,
    slot: '2026-11-21T06:00:00.000Z',
    interval: { start: '2026-11-21T05:00:00.000Z', end: '2026-11-21T06:00:00.000Z' },
    run,
    attempt: 1,
    method: 'api_json',
    connector: { package: 'dated', version: '1' },
    started_at: '2026-11-21T06:00:00.000Z',
  });
  await writer.addRecords({ records: [{ id: 1 }], url: 'https://dated.example' });
  await writer.close({ cursorAfter: undefined, scope: 'changes', previous, finishedAt: new Date(finishedAt ?? NOW) });
  if (finishedAt === undefined) await bucket.remove(`${folder}/manifest.json`);
  return folder;
}

async function gc(here: Project, args: readonly string[] = [], now = LATER) {
  const run = await here.run(['gc', '--json', ...args], { now });
  const { orphans, kept, removed } = run.json();
  const names = (of: { name: string }[]): string[] => of.map(({ name }) => name);
  return { exit: run.exit, orphans: names(orphans).sort(), kept: kept as { name: string; why: string }[], removed };
}

const nameOf = (folder: string): string => folder.replace(/^bronze\//, '').replace(/\/dt=[^/]+/, '');

async function ranProject(): Promise<Project> {
  const here = await datedProject({ log: {} });
  await here.run(['run', 'log'], { now: '2026-11-21T05:30:00Z' });
  await here.run(['run', 'log'], { now: '2026-11-21T06:10:00Z' });
  return here;
}

describe('tidemill gc', () => {
  it('lists what runs that died have left, removes it with --yes, and nothing else', async () => {
    const here = await ranProject();
    const { head } = stateOf(here, 'log');
    const committed = await keysOf(here);
    const folders = [
      await leave(here, { run: 'dead-1' }),
      await leave(here, { run: 'dead-2', finishedAt: NOW, previous: head ?? '' }),
    ];
    const bucket = bucketOf(here);
    const options = { contentType: 'text/plain' };
    await bucket.write('quarantine/dated/log/log.20261121T060000Z.dead-2-0001.ndjson.gz', Buffer.from('x'), options);
    await bucket.write('_tidemill/replays/log/over.json', Buffer.from('{}'), options);
    await bucket.write('bronze/README.txt', Buffer.from('mine'), options);
    await writtenAt(here, NOW);
    const all = await keysOf(here);
    const seen = await gc(here);
    expect(seen).toMatchObject({ exit: 0, kept: [], removed: false });
    expect(seen.orphans).toEqual(['_tidemill/replays/log/over.json', ...folders.map(nameOf)]);
    expect(await keysOf(here)).toEqual(all);
    const text = (await here.run(['gc'], { now: LATER })).stdout;
    expect(text).toContain('3 leftovers, 5 objects');
    expect(text).toContain('`npx tidemill gc --yes` removes it');
    expect(await gc(here, ['--yes'])).toMatchObject({ exit: 0, orphans: seen.orphans, removed: true });
    expect(await keysOf(here)).toEqual([...committed, 'bronze/README.txt'].sort());
    expect((await gc(here)).orphans).toEqual([]);
  });

  it('keeps what is young, and everything of a job whose run is at work', async () => {
    const here = await ranProject();
    const folder = await leave(here, {});
    await writtenAt(here, NOW, folder);
    const why = async (now: string) => (await gc(here, ['--yes'], now)).kept;
    expect(await why('2026-11-21T06:34:00Z')).toMatchObject([{ why: expect.stringContaining('just being written') }]);
    const clock = { ...fakeClock(LATER), sleep: () => new Promise<void>(() => undefined) };
    await claimSlot({
      bucket: bucketOf(here),
      job: 'log',
      slot: 'manual-x',
      targets: ['main'],
      about: { inEnvironment: '', replayed: [] },
      run: 'x',
      clock,
    });
    expect(await why(LATER)).toMatchObject([{ name: nameOf(folder), why: 'a run of its job is at work' }]);
    expect(await keysOf(here, folder)).toHaveLength(1);
  });

  it('ends the claim of a run that outlived its lease, so that it cannot commit what is removed', async () => {
    const here = await ranProject();
    const clock = { ...fakeClock(NOW), sleep: () => new Promise<void>(() => undefined) };
    const ledger = await claimSlot({
      bucket: bucketOf(here),
      job: 'log',
      slot: 'manual-x',
      targets: ['main'],
      about: { inEnvironment: '', replayed: [] },
      run: 'dead',
      clock,
    });
    if ('covered' in ledger) throw new Error(ledger.covered);
    const folder = await leave(here, { finishedAt: NOW, previous: stateOf(here, 'log').head ?? '' });
    await writtenAt(here, NOW, folder);
    expect((await gc(here)).orphans).toEqual([nameOf(folder)]);
    expect(stateOf(here, 'log').claim).toBeDefined();
    await gc(here, ['--yes']);
    expect(await keysOf(here, folder)).toEqual([]);
    const after = stateText(here, 'log');
    const manifest = `${folder}/manifest.json`;
    await expect(
      ledger.commit({ package: { id: 'x', manifest, previous: ledger.state.head }, isLast: true }),
    ).rejects.toMatchObject({
      code: 'lease-lost',
    });
    expect(stateText(here, 'log')).toBe(after);
    expect(stateOf(here, 'log')).toMatchObject({ attempt: { slot: 'manual-x', count: 1 }, breaker: { failures: 1 } });
  });

  it('reports and keeps what belongs to a job without a state, or with one that cannot be read', async () => {
    const here = await ranProject();
    const head = stateOf(here, 'log').head ?? '';
    const folders = [
      await leave(here, { job: 'log', run: 'whole', finishedAt: NOW, previous: head }),
      await leave(here, { job: 'log', run: 'half' }),
      await leave(here, { job: 'gone' }),
      await leave(here, { job: 'bad', finishedAt: NOW, previous: head }),
    ];
    here.write(`${BUCKET}/_tidemill/state/bad.json`, '{"version":1,');
    await writtenAt(here, NOW);
    const { exit, orphans, kept } = await gc(here, ['--yes']);
    expect([exit, orphans]).toEqual([2, [nameOf(folders[1] ?? '')]]);
    expect(Object.fromEntries(kept.map(({ name, why }) => [name.split('/')[1], why]))).toEqual({
      log: 'a state cannot be read, and may be of the same job under another id',
      gone: 'no state names its job',
      bad: 'the state of its job cannot be read',
    });
    expect(here.read(`${BUCKET}/_tidemill/state/bad.json`)).toBe('{"version":1,');
  });

  it.each([
    ['that can be no key', '../../x'],
    ['that names a folder', 'bronze/dated'],
    ['that names nothing', 'nonsense'],
  ])('holds a job back whose state has a head %s, and clears up after the others', async (_, head) => {
    const here = await datedProject({ log: {}, events: {} });
    await here.run(['run', 'log,events'], { now: '2026-11-21T05:30:00Z' });
    const left = [await leave(here, { job: 'events', run: 'half' }), await leave(here, { job: 'log', run: 'half' })];
    changeState(here, 'log', { head });
    await writtenAt(here, NOW);
    const before = (await keysOf(here)).filter((key) => key.startsWith('bronze/dated/log/'));
    const { orphans } = await gc(here, ['--yes']);
    expect(orphans).toEqual([nameOf(left[0] ?? '')]);
    expect((await keysOf(here)).filter((key) => key.startsWith('bronze/dated/log/'))).toEqual(before);
  });

  it.each([
    ['gone', (path: string) => rmSync(path)],
    ['damaged', (path: string) => utimesSync(path, new Date(NOW), new Date(NOW))],
  ])('touches nothing behind a manifest that is %s', async (how, harm) => {
    const here = await ranProject();
    const { head = '' } = stateOf(here, 'log');
    const { previous } = JSON.parse(here.read(`${BUCKET}/${head}`));
    const before = JSON.parse(here.read(`${BUCKET}/${previous}`)).previous;
    if (how === 'damaged') here.write(`${BUCKET}/${previous}`, '{');
    harm(here.path(BUCKET, previous));
    await writtenAt(here, NOW);
    const all = await keysOf(here);
    const { orphans, kept } = await gc(here, ['--yes']);
    expect(orphans).toEqual([]);
    expect(kept.map(({ name }) => name)).toContain(nameOf(before.replace('/manifest.json', '')));
    expect(kept.every(({ why }) => why.includes('gone or damaged'))).toBe(true);
    expect(await keysOf(here)).toEqual(all);
    // What came long after the break is nobody's.
    const folder = await leave(here, { run: 'late', finishedAt: '2026-11-24T06:00:00Z', previous: head });
    await writtenAt(here, '2026-11-24T06:00:00Z', folder);
    // Whoever damaged it did so lately.
    await writtenAt(here, '2026-11-24T06:00:00Z', previous.replace('manifest.json', ''));
    expect((await gc(here, ['--yes'], '2026-11-25T06:00:00Z')).orphans).toEqual([nameOf(folder)]);
  });

  it('keeps what was committed before there were chains, and what a forgotten state had committed', async () => {
    const here = await ranProject();
    await writtenAt(here, NOW);
    const all = await keysOf(here);
    const { head: _, ...chainless }: JobState = stateOf(here, 'log');
    here.write(`${BUCKET}/_tidemill/state/log.json`, JSON.stringify(chainless));
    const kept = (await gc(here, ['--yes'])).kept;
    expect([...new Set(kept.map(({ why }) => why))]).toEqual(['its job has committed nothing that names it']);
    // Somebody removed the state, and the job starts a chain of its own.
    rmSync(here.path(`${BUCKET}/_tidemill/state/log.json`));
    await here.run(['run', 'log'], { now: '2026-11-21T06:40:00Z' });
    await writtenAt(here, NOW);
    const again = await gc(here, ['--yes']);
    expect([again.orphans, new Set(again.kept.map(({ why }) => why))]).toEqual([
      [],
      new Set(['it is older than the first package its job can name']),
    ]);
    expect(await keysOf(here)).toEqual(expect.arrayContaining(all));
  });

  it('reaches the packages of a renamed job through its new id', async () => {
    const here = await ranProject();
    const state = stateOf(here, 'log');
    here.write(`${BUCKET}/_tidemill/state/renamed.json`, JSON.stringify({ ...state, job: 'renamed' }));
    changeState(here, 'log', { moved_to: 'renamed' });
    await here.run(['reset', 'log', '--yes']);
    const folder = await leave(here, {});
    await writtenAt(here, NOW);
    const before = await keysOf(here);
    expect((await gc(here, ['--yes'])).orphans).toEqual([nameOf(folder)]);
    expect(await keysOf(here)).toHaveLength(before.length - 1);
    expect(readFileSync(here.path(BUCKET, state.head ?? ''), 'utf8')).toContain('"version"');
  });

  it('leaves a job alone that has committed something while gc was looking', async () => {
    const here = await ranProject();
    const folder = await leave(here, {});
    await writtenAt(here, NOW);
    // The clock is asked for the first time when the states have been read.
    let isFirst = true;
    const now = (): Date => {
      if (isFirst) changeState(here, 'log', { head: `${folder}/manifest.json` });
      isFirst = false;
      return new Date(LATER);
    };
    const run = await here.run(['gc', '--yes', '--json'], { clock: { now, sleep: async () => undefined } });
    expect(run.json()).toMatchObject({ orphans: [], kept: [{ why: expect.stringContaining('changed meanwhile') }] });
    expect(await keysOf(here, folder)).toHaveLength(1);
  });
});

it('rows on their way into a warehouse go once no run of their job is at work', async () => {
  const here = await ranProject();
  const folders = ['log/died', 'log/alive', 'gone/died'].map((name) => `silver/_staged/${name}`);
  const [died = '', alive = '', unknown = ''] = folders;
  for (const folder of folders) {
    for (const part of ['part-00001', 'part-00002']) {
      await bucketOf(here).write(`${folder}/${part}.ndjson.gz`, Buffer.from('x'), { contentType: 'application/gzip' });
    }
  }
  await writtenAt(here, NOW);
  await writtenAt(here, LATER, alive);
  const { orphans, kept } = await gc(here, ['--yes']);
  expect(orphans).toEqual([died]);
  expect(kept.map(({ name, why }) => [name, why])).toEqual([
    [unknown, 'no state names its job'],
    [alive, 'it may be just being written'],
  ]);
  expect(await keysOf(here, 'silver/_staged/log/died')).toEqual([]);
  expect(await keysOf(here, alive)).toHaveLength(2);
});

it('events go once no state names where they were put aside', async () => {
  const here = await ranProject();
  const [inUse, left, unknown] = ['log/in-use', 'log/left', 'gone/left'].map((name) => `_tidemill/outbox/${name}`);
  for (const folder of [inUse, left, unknown]) {
    const key = `${folder}/000000000001-000000000002-0123456789abcdef.ndjson`;
    await bucketOf(here).write(key, Buffer.from('{}\n'), { contentType: 'application/x-ndjson' });
  }
  await writtenAt(here, NOW);
  const newest = `${inUse}/000000000001-000000000002-0123456789abcdef.ndjson`;
  const aside = { folder: String(inUse), newest, through: 2 };
  changeState(here, 'log', { outbox: { next: 3, entries: [], sinks: { ear: { sent: 0 } }, aside } });
  const { orphans, kept } = await gc(here, ['--yes']);
  expect(orphans).toEqual([left]);
  expect(kept).toMatchObject([{ name: unknown, why: 'no state names its job' }]);
  expect(await keysOf(here, `${inUse}/`)).toHaveLength(1);
  expect(await keysOf(here, `${left}/`)).toEqual([]);
});

it('events of a job that was renamed go once its new id says that they may, and not on the way there', async () => {
  const here = await ranProject();
  const folder = '_tidemill/outbox/log/waits';
  const newest = `${folder}/000000000001-000000000002-0123456789abcdef.ndjson`;
  await bucketOf(here).write(newest, Buffer.from('{}\n'), { contentType: 'application/x-ndjson' });
  await writtenAt(here, NOW);
  const outbox = { next: 3, entries: [], sinks: { ear: { sent: 0 } }, aside: { folder, newest, through: 2 } };
  changeState(here, 'log', { moved_to: 'diary', outbox });
  const there = async (): Promise<number> => {
    await gc(here, ['--yes']);
    return (await keysOf(here, `${folder}/`)).length;
  };
  expect(await there(), 'the new id has no state yet').toBe(1);
  const state = { ...stateOf(here, 'log'), job: 'diary', moved_to: undefined };
  const put = async (more: object): Promise<void> => {
    const text = JSON.stringify({ ...state, ...more });
    await bucketOf(here).write('_tidemill/state/diary.json', Buffer.from(text), { contentType: 'application/json' });
  };
  await put({ moved_to: 'log' });
  expect(await there(), 'it is on its way back').toBe(1);
  await put({});
  expect(await there(), 'the new id waits for them').toBe(1);
  await put({ outbox: { ...outbox, aside: undefined } });
  expect(await there()).toBe(0);
});
