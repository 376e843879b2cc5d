import { describe, expect, it } from 'vitest';
import { changeState, claimUntil, datedProject, stateOf } from './dated.ts';
import { configOf, type Project, project } from './project.ts';

const hourly = { cron: '0 * * * *', breaker_failures: 2, breaker_minutes: 60, prints: [{ a: 1 }] };

const hourlyProject = async (): Promise<Project> => {
  const here = await project({ 'ingestion-config.yaml': configOf({ hourly, other: hourly }) });
  await here.run(['tick']);
  return here;
};

const statusOf = async (here: Project, now: string) =>
  (await here.run(['status', 'hourly', '--json'], { now })).json().jobs[0];

describe('tidemill status', () => {
  it('counts every slot that is owed, with the lateness of the oldest, the newest and the one that runs', async () => {
    const here = await hourlyProject();
    expect(await statusOf(here, '2026-11-21T11:15:00Z')).toMatchObject({
      owed: ['2026-11-21T11:00:00.000Z'],
      owed_slots: 5,
      oldest_owed: { slot: '2026-11-21T07:00:00.000Z', lateness_seconds: 15_300 },
      newest_owed: { slot: '2026-11-21T11:00:00.000Z', lateness_seconds: 900 },
      lateness_seconds: 900,
    });
    const text = (await here.run(['status'], { now: '2026-11-21T11:15:00Z' })).stdout;
    expect(text).toMatch(/^hourly +run +5, oldest 4 h 15 min late +11-21 12:00$/m);
  });

  it('tells a run that is at it from one that died', async () => {
    const here = await hourlyProject();
    changeState(here, 'hourly', { claim: claimUntil('2026-11-21T06:33:00.000Z') });
    const said = async (now: string) => (await here.run(['status', 'hourly'], { now })).stdout;
    expect(await said('2026-11-21T06:32:00Z')).toContain('is at it, until 2026-11-21 06:33 UTC at the latest');
    const after = await said('2026-11-21T06:34:00Z');
    expect(after).toMatch(/run \S+ died on the way: the next run goes on/);
    expect(after).not.toContain('is at it');
  });

  it('says that a job is paused where its next slot would stand', async () => {
    const here = await hourlyProject();
    await here.run(['pause', 'hourly', '--reason', 'x']);
    expect((await here.run(['status'])).stdout).toMatch(/^hourly +paused +paused$/m);
  });

  it('shows the other jobs when the schedule of one cannot be read', async () => {
    const here = await hourlyProject();
    const now = '2026-11-21T06:40:00Z';
    const { schedule } = stateOf(here, 'hourly');
    const nonsense = { cron: 'nonsense', timezone: 'UTC', effective_from: schedule?.effective_from ?? '' };
    changeState(here, 'hourly', { schedule: nonsense, claim: claimUntil('2026-11-21T06:45:00.000Z') });
    for (const args of [['status'], ['plan'], ['tick']]) expect((await here.run(args, { now })).exit).toBe(0);
    const { stdout } = await here.run(['status'], { now });
    expect(stdout).toMatch(/^other +not due/m);
    expect(stdout).toContain('hourly: schedule unreadable: "nonsense" in UTC was registered');
    // Once the claim is over, the plan registers the schedule of the configuration.
    await here.run(['plan', '--record'], { now: '2026-11-21T06:50:00Z' });
    expect(stateOf(here, 'hourly').schedule?.cron).toBe('0 * * * *');
  });

  it('keeps no control characters of a reason, and shows none', async () => {
    const here = await hourlyProject();
    await here.run(['pause', 'hourly', '--reason', '\u001b[2Jgone\nfor ever\u202e']);
    expect(stateOf(here, 'hourly').paused?.reason).toBe('[2Jgone for ever');
    changeState(here, 'hourly', { paused: { at: '2026-11-21T06:30:00.000Z', reason: 'a\u001b[2J\nb' } });
    for (const args of [['status'], ['status', 'hourly'], ['plan'], ['run', 'hourly'], ['resume', 'hourly']]) {
      const { stdout, stderr } = await here.run(args);
      expect(`${args} ${stdout}${stderr}`.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });

  it('tells the breaker closed, open and probing', async () => {
    const here = await hourlyProject();
    const at = '2026-11-21T07:05:00.000Z';
    const breakerAt = async (failures: number, now: string) => {
      changeState(here, 'hourly', { breaker: { failures, since: at, last_failure_at: at } });
      const { breaker, owed_slots } = await statusOf(here, now);
      return { ...breaker, owed_slots };
    };
    expect(await breakerAt(1, '2026-11-21T07:30:00Z')).toEqual({
      state: 'closed',
      failures: 1,
      since: at,
      owed_slots: 1,
    });
    const probe_at = '2026-11-21T08:05:00.000Z';
    const open = { failures: 2, since: at, probe_at };
    expect(await breakerAt(2, '2026-11-21T08:04:00Z')).toEqual({ state: 'open', ...open, owed_slots: 2 });
    expect(await breakerAt(2, '2026-11-21T08:05:00Z')).toEqual({ state: 'probing', ...open, owed_slots: 2 });
  });

  it('has everything of the state with --json, and only the jobs that were asked for', async () => {
    const here = await hourlyProject();
    await here.run(['pause', 'hourly', '--reason', 'x']);
    const now = '2026-11-21T06:40:00.000Z';
    const facts = {
      claim: claimUntil('2026-11-21T06:45:00.000Z'),
      backfill: { id: 'b', from: now, to: now, through: now },
    };
    const replay = { id: 'r', list: 'l', done: 1, total: 2 };
    changeState(here, 'hourly', { ...facts, targets: { main: { pending: [{ id: 'p', manifest: 'm' }], replay } } });
    const { history = [] } = stateOf(here, 'hourly');
    expect(await statusOf(here, now)).toMatchObject({
      ...facts,
      replay,
      packages_to_load: 1,
      paused: { reason: 'x' },
      history,
    });
    const text = (await here.run(['status', 'hourly'], { now })).stdout;
    expect(text).toMatch(/tester +pause +x/);
    expect(text).not.toContain('other');
    expect((await here.run(['status', 'h*', 'other', '--json'], { now })).json().jobs).toHaveLength(2);
    const unknown = await here.run(['status', 'hurly'], { now });
    expect([unknown.exit, unknown.stderr]).toEqual([2, expect.stringContaining('hourly')]);
  });

  it('shows the cursor, as rewind takes it', async () => {
    const here = await datedProject({ opaque: {} });
    await here.run(['run', 'opaque']);
    const cursor = JSON.stringify((await here.run(['status', '--json'])).json().jobs[0].cursor);
    expect((await here.run(['status', 'opaque'])).stdout).toContain(`${cursor} (version 1)`);
    expect((await here.run(['rewind', 'opaque', '--to', cursor, '--reason', 'x'])).exit).toBe(0);
  });
});
