import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { fakeClock } from '../fakes/clock.ts';
import { changeState, claimUntil, datedProject, query, readsOf, stateOf, stateText, WAREHOUSE } from './dated.ts';
import { configOf, type Project, project } from './project.ts';
import { runOnce } from './world.ts';

const DAILY = { cron: '0 0 * * *' };
const from = (day: string, to: string): string[] => [
  '--from',
  `2026-11-${day}T00:00:00Z`,
  '--to',
  `2026-11-${to}T00:00:00Z`,
];

const hoursOf = async (here: Project, table: string): Promise<string[]> =>
  (await query(here, `SELECT id FROM dated.${table} ORDER BY id, bronze_object_path`)).map(([id = '']) => id);

const hours = (first: number, count: number): string[] => Array.from({ length: count }, (_, at) => String(first + at));

/** A clock that stands still, except for the waits of a backfill, which take no time. */
function patientClock(start: string) {
  const clock = fakeClock(start);
  const forever = (signal?: AbortSignal) =>
    new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  return {
    slept: clock.slept,
    now: clock.now,
    sleep: (milliseconds: number, signal?: AbortSignal): Promise<void> =>
      milliseconds < 60_000 ? clock.sleep(milliseconds, signal) : forever(signal),
  };
}

describe('tidemill backfill', () => {
  it('reads the past slice by slice, oldest first, and leaves the live cursor where it is', async () => {
    const here = await datedProject({ events: DAILY });
    await here.run(['run', 'events']);
    const { cursor, head } = stateOf(here, 'events');
    const run = await here.run(['backfill', 'events', ...from('03', '05'), '--reason', 'wanted', '--json']);
    expect(run.exit).toBe(0);
    const { results, backfill } = run.json();
    expect(backfill).toMatchObject({ slices: 2, finished: true, through: '2026-11-05T00:00:00.000Z' });
    expect(results).toMatchObject([
      {
        result: 'done',
        slot: expect.stringMatching(/^manual-backfill-.+-20261104T000000Z$/),
        interval: { start: '2026-11-03T00:00:00.000Z', end: '2026-11-04T00:00:00.000Z' },
        totals: { records: 24, inserted: 24 },
      },
      { result: 'done', interval: { start: '2026-11-04T00:00:00.000Z' }, totals: { records: 24, inserted: 24 } },
    ]);
    expect(readsOf(here).slice(1)).toEqual([
      '2026-11-03T00:00:00.000Z 2026-11-04T00:00:00.000Z',
      '2026-11-04T00:00:00.000Z 2026-11-05T00:00:00.000Z',
    ]);
    const state = stateOf(here, 'events');
    expect(state).toMatchObject({ cursor, history: [{ operation: 'backfill', why: 'wanted', who: 'tester' }] });
    expect([state.backfill, state.claim, state.targets]).toEqual([undefined, undefined, { main: { pending: [] } }]);
    expect(state.head).not.toBe(head);
    expect(await hoursOf(here, 'events')).toEqual([...hours(48, 48), ...hours(19 * 24, 31)]);
  });

  it('cuts slices at the slots of the job, and at the days of UTC for one without', async () => {
    const zoned = { cron: '0 6,18 * * *', timezone: 'Europe/Berlin', prints: [] };
    const here = await project({ 'ingestion-config.yaml': configOf({ zoned, plain: { prints: [] } }) });
    const slices = async (job: string, since: string, to: string): Promise<string[]> => {
      const run = await here.run(['backfill', job, '--from', since, '--to', to, '--dry-run', '--json']);
      return run.json().slices.map((slice: { from: string; to: string }) => `${slice.from} ${slice.to}`);
    };
    expect(await slices('zoned', '2026-10-24T20:00:00Z', '2026-10-25T17:00:00Z')).toEqual([
      '2026-10-24T20:00:00.000Z 2026-10-25T05:00:00.000Z',
      '2026-10-25T05:00:00.000Z 2026-10-25T17:00:00.000Z',
    ]);
    expect(await slices('plain', '2026-11-01T05:00:00Z', '2026-11-02T00:00:01Z')).toEqual([
      '2026-11-01T05:00:00.000Z 2026-11-02T00:00:00.000Z',
      '2026-11-02T00:00:00.000Z 2026-11-02T00:00:01.000Z',
    ]);
    expect(() => stateOf(here, 'zoned')).toThrow('ENOENT');
  });

  it('hands a command the interval of each slice', async () => {
    const command = 'echo "{\\"start\\":\\"$TIDEMILL_INTERVAL_START\\",\\"end\\":\\"$TIDEMILL_INTERVAL_END\\"}"';
    const here = await project({ 'ingestion-config.yaml': configOf({ told: { command } }) });
    expect((await here.run(['backfill', 'told', ...from('03', '05')])).exit).toBe(0);
    const rows = (await query(here, 'SELECT record FROM example.told')).map(([record = '']) => JSON.parse(record));
    expect(rows).toHaveLength(2);
    expect(rows).toContainEqual({ start: '2026-11-03T00:00:00.000Z', end: '2026-11-04T00:00:00.000Z' });
  });

  it('stops at the first slice that fails, with its exit code, and goes on there: no row is lost or doubled', async () => {
    // It fails on the 5th, as long as it is broken.
    const command = 'test -e broken && case "$TIDEMILL_INTERVAL_START" in *-05T*) exit 77;; esac; echo "{}"';
    const here = await project({ 'ingestion-config.yaml': configOf({ told: { command } }) });
    here.write('broken', '');
    const failed = await here.run(['backfill', 'told', ...from('03', '08')]);
    expect(failed.exit).toBe(3);
    expect(failed.stdout).toContain('[3/5] 2026-11-05 00:00 UTC → 2026-11-06 00:00 UTC  failed');
    expect(failed.stdout).toContain('`npx tidemill backfill told` goes on from there');
    expect(stateOf(here, 'told').backfill).toMatchObject({ through: '2026-11-05T00:00:00.000Z' });
    rmSync(here.path('broken'));
    const resumed = await here.run(['backfill', 'told']);
    expect(resumed.stdout).toMatch(/^\[3\/5] .*\n\[4\/5] .*\n\[5\/5] .*\n\ntold: the backfill is done\n$/);
    expect(await query(here, 'SELECT count(*) FROM example.told')).toEqual([['5']]);
    const again = await here.run(['backfill', 'told', '--json']);
    expect(again.json().error.code).toBe('backfill-none');
  });

  it('does not say that it is done when its last slice was read and not loaded', async () => {
    const here = await datedProject({ events: DAILY });
    await here.run(['tick']);
    here.write(WAREHOUSE, 'no database');
    const failed = await here.run(['backfill', 'events', ...from('03', '04'), '--json']);
    expect([failed.exit, failed.json().backfill.finished]).toEqual([2, false]);
    rmSync(here.path(WAREHOUSE));
    await here.run(['run', 'events']);
    here.write(WAREHOUSE, 'no database');
    const again = await here.run(['backfill', 'events', ...from('04', '05')]);
    expect(again.stdout).toContain('events: read to its end, and the last slice is not loaded: the next run loads it');
    rmSync(here.path(WAREHOUSE));
    await here.run(['run', 'events']);
    expect(await hoursOf(here, 'events')).toEqual(hours(72, 24));
  });

  it('goes on within a slice from its own cursor, for a stream that only adds rows', async () => {
    const here = await datedProject({ log: DAILY });
    const through = '2026-11-03T00:00:00.000Z';
    await here.run(['tick']);
    // As a run that was killed after the first commit of the slice leaves it.
    const cursor = { version: 1, value: { after: '2026-11-03T12:00:00.000Z' } };
    changeState(here, 'log', { backfill: { id: 'x', from: through, to: '2026-11-04T00:00:00.000Z', through, cursor } });
    expect((await here.run(['backfill', 'log', ...from('03', '04')])).exit).toBe(0);
    expect(await hoursOf(here, 'log')).toEqual(hours(60, 12));
    expect(stateOf(here, 'log').cursor).toBeUndefined();
  });

  it('does not mix with the live runs: they read from their own cursor while a backfill is open', async () => {
    const here = await datedProject({ log: DAILY });
    await here.run(['run', 'log']);
    here.write('broken', '');
    expect((await here.run(['backfill', 'log', ...from('03', '05')])).exit).not.toBe(0);
    rmSync(here.path('broken'));
    await here.run(['run', 'log'], { now: '2026-11-21T08:30:00Z' });
    expect((await here.run(['backfill', 'log'])).exit).toBe(0);
    await here.run(['run', 'log'], { now: '2026-11-21T09:30:00Z' });
    expect(await hoursOf(here, 'log')).toEqual([...hours(48, 48), ...hours(19 * 24, 34)]);
  });

  it('refuses another range while one is open, naming both, until it is abandoned', async () => {
    const here = await datedProject({ events: DAILY });
    await here.run(['tick']);
    here.write('broken', '');
    await here.run(['backfill', 'events', ...from('03', '05')]);
    rmSync(here.path('broken'));
    const refused = await here.run(['backfill', 'events', ...from('03', '06')]);
    expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining('--abandon')]);
    expect(refused.stderr).toContain('from 2026-11-03T00:00:00.000Z to 2026-11-05T00:00:00.000Z');
    expect(refused.stderr).toContain('from 2026-11-03T00:00:00.000Z to 2026-11-06T00:00:00.000Z');
    const abandoned = await here.run(['backfill', 'events', '--abandon', '--reason', 'too much']);
    expect(abandoned.stdout).toContain('given up at 2026-11-03 00:00 UTC');
    expect(stateOf(here, 'events').history?.at(-1)).toMatchObject({
      operation: 'backfill',
      why: 'abandoned: too much',
    });
    expect((await here.run(['backfill', 'events', ...from('03', '06')])).exit).toBe(0);
  });

  it('waits for a live run of the job, and takes its turn', async () => {
    const here = await datedProject({ events: DAILY });
    await here.run(['tick']);
    changeState(here, 'events', { claim: claimUntil('2026-11-21T06:31:00.000Z') });
    const clock = patientClock('2026-11-21T06:30:00Z');
    const run = await here.run(['backfill', 'events', ...from('03', '04')], { clock });
    // Others wait, too: for those who are told of events.
    const looks = clock.slept.filter((milliseconds) => milliseconds === 15_000);
    expect([run.exit, looks]).toEqual([0, [15_000, 15_000, 15_000, 15_000]]);
    expect(await hoursOf(here, 'events')).toEqual(hours(48, 24));
  });

  it('leaves a slice alone that another process has read meanwhile', async () => {
    const here = await datedProject({ log: DAILY });
    await here.run(['tick']);
    const open = { id: 'x', from: '2026-11-03T00:00:00.000Z', to: '2026-11-06T00:00:00.000Z' };
    changeState(here, 'log', { backfill: { ...open, through: '2026-11-04T00:00:00.000Z' } });
    const before = stateText(here, 'log');
    const stale = await runOnce({
      job: { id: 'log', service: 'dated', data_type: 'log' },
      mode: 'backfill',
      interval: { start: new Date('2026-11-03T00:00:00Z'), end: new Date('2026-11-04T00:00:00Z') },
      bucket: openLocalBucket(here.path('.tidemill/local/bucket')),
      warehouse: undefined as never,
      now: '2026-11-21T06:30:00Z',
      cwd: here.folder,
    });
    expect(stale).toMatchObject({ result: 'covered', reason: 'the backfill has moved on' });
    expect([readsOf(here), stateText(here, 'log')]).toEqual([[], before]);
  });

  it('stops resumably when the run does not end', async () => {
    const here = await datedProject({ events: DAILY });
    await here.run(['tick']);
    changeState(here, 'events', { claim: claimUntil('2026-11-21T23:00:00.000Z') });
    const clock = patientClock('2026-11-21T06:30:00Z');
    const run = await here.run(['backfill', 'events', ...from('03', '04')], { clock });
    expect([run.exit, run.stdout]).toEqual([4, expect.stringContaining('`npx tidemill backfill events` goes on')]);
    expect(run.stdout).toContain('run elsewhere is at it');
    expect(readsOf(here)).toEqual([]);
    changeState(here, 'events', { claim: claimUntil('2026-11-21T06:00:00.000Z') });
    expect((await here.run(['backfill', 'events'])).exit).toBe(0);
  });

  it('is stopped by hand between slices, and goes on later', async () => {
    const here = await datedProject({ events: DAILY });
    const run = await here.run(['backfill', 'events', ...from('03', '04')], { interrupted: AbortSignal.abort() });
    expect([run.exit, run.stdout]).toEqual([130, expect.stringContaining('goes on from there')]);
    expect((await here.run(['backfill', 'events'])).exit).toBe(0);
    expect(await hoursOf(here, 'events')).toEqual(hours(48, 24));
  });

  it.each([
    ['opaque', from('03', '05'), 'backfill-no-past'],
    ['register', from('03', '05'), 'backfill-replace'],
    ['events', from('05', '05'), 'backfill-range'],
    ['events', from('05', '29'), 'backfill-range'],
    ['events', ['--from', '2026-11-03T00:00:00Z'], 'backfill-range'],
    ['events', ['--from', '1999-01-01T00:00:00Z', '--to', '2026-01-01T00:00:00Z'], 'backfill-range'],
    ['events', ['--from', 'yesterday', '--to', '2026-11-05T00:00:00Z'], 'instant-invalid'],
    ['events', [], 'backfill-none'],
    ['elsewhere', from('03', '05'), 'other-environment'],
  ])('refuses %s %j with %s, and reads nothing', async (job, args, code) => {
    const events = { cron: '* * * * *' };
    const here = await datedProject({
      events,
      opaque: {},
      register: {},
      elsewhere: { data_type: 'log', environment: 'prd' },
    });
    const run = await here.run(['backfill', job, ...args, '--json']);
    expect([run.exit, run.json().error.code]).toEqual([2, code]);
    expect(readsOf(here)).toEqual([]);
    expect(() => stateText(here, job)).toThrow('ENOENT');
  });
});
