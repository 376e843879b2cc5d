import { describe, expect, it } from 'vitest';
import { claimSlot } from '../../orchestrator/state/claiming.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { fakeClock } from '../fakes/clock.ts';
import { changeState, claimUntil, datedProject, readsOf, stateOf, stateText } from './dated.ts';
import { configOf, type Project, project } from './project.ts';
import { on, quartersProject } from './quarters.ts';

const hourly = { cron: '0 * * * *', prints: [{ a: 1 }] };
const NOW = '2026-11-21T06:30:00.000Z';

const hourlyProject = (...ids: string[]): Promise<Project> =>
  project({ 'ingestion-config.yaml': configOf(Object.fromEntries(ids.map((id) => [id, hourly]))) });

describe('tidemill pause and resume', () => {
  it('keeps a job from running by its schedule, and writes who, when and why into its history', async () => {
    const here = await hourlyProject('a', 'b');
    await here.run(['tick']);
    const paused = await here.run(['pause', 'a', '--reason', ' the API is rebuilt ']);
    expect([paused.exit, paused.stdout]).toEqual([0, 'a: paused: the API is rebuilt\n']);
    expect(stateOf(here, 'a')).toMatchObject({
      paused: { at: NOW, reason: 'the API is rebuilt' },
      history: [{ at: NOW, who: 'tester', operation: 'pause', why: 'the API is rebuilt' }],
    });
    const tick = await here.run(['tick', '--json'], { now: '2026-11-21T07:05:00Z' });
    expect(tick.json().results.map(({ job }: { job: string }) => job)).toEqual(['b']);
    const resumed = await here.run(['resume', 'a'], { now: '2026-11-21T07:10:00Z' });
    expect(resumed.stdout).toBe('a: resumed; next slot 2026-11-21 08:00 UTC\n');
    const { history, recent } = stateOf(here, 'a');
    expect(history).toMatchObject([{}, { operation: 'resume', why: 'no reason given' }]);
    expect(recent).toMatchObject([{ outcome: 'skipped', reason: expect.stringContaining('the API is rebuilt') }]);
    const next = await here.run(['tick', '--json'], { now: '2026-11-21T08:05:00Z' });
    expect(next.json().results).toHaveLength(2);
  });

  it('says so, and changes nothing, when a job is paused or resumed already', async () => {
    const here = await hourlyProject('a');
    await here.run(['pause', 'a', '--reason', 'first']);
    const before = stateText(here, 'a');
    const again = await here.run(['pause', 'a', '--reason', 'second', '--json']);
    expect([again.exit, again.json().jobs]).toEqual([
      0,
      [{ job: 'a', changed: false, says: 'was paused already, since 2026-11-21 06:30 UTC: first' }],
    ]);
    expect(stateText(here, 'a')).toBe(before);
    await here.run(['resume', 'a']);
    expect((await here.run(['resume', 'a'])).stdout).toBe('a: was not paused\n');
  });

  it('lets a run that is at it come to its end', async () => {
    const here = await hourlyProject('a');
    const ledger = await legIn(here, 'a');
    expect((await here.run(['pause', 'a'])).stdout).toContain('run leg ends in order');
    await ledger.settle([{ slot: 'manual-leg', outcome: 'done', at: NOW }]);
    expect(stateOf(here, 'a')).toMatchObject({ paused: {}, recent: [{ outcome: 'done' }] });
  });

  it('takes globs, and does what it can though one state is damaged', async () => {
    const here = await hourlyProject('a1', 'a2', 'b');
    await here.run(['tick']);
    here.write('.tidemill/local/bucket/_tidemill/state/a1.json', '{"version":1,');
    const run = await here.run(['pause', 'a*', '--json']);
    expect(run.exit).toBe(2);
    expect(run.json().jobs).toMatchObject([
      { job: 'a1', changed: false, code: 'state-damaged' },
      { job: 'a2', changed: true },
    ]);
    expect(stateText(here, 'a1')).toBe('{"version":1,');
    expect(stateOf(here, 'b').paused).toBeUndefined();
  });
});

/** A leg of the job that has claimed it and goes on. */
async function legIn(here: Project, job: string) {
  const bucket = openLocalBucket(here.path('.tidemill/local/bucket'));
  const clock = { ...fakeClock(NOW), sleep: () => new Promise<void>(() => undefined) };
  const ledger = await claimSlot({
    bucket,
    job,
    slot: 'manual-leg',
    targets: ['main'],
    about: { inEnvironment: '', replayed: [] },
    run: 'leg',
    clock,
  });
  if ('covered' in ledger) throw new Error(ledger.covered);
  return ledger;
}

describe('every command that changes a state', () => {
  const commands: readonly (readonly string[])[] = [
    ['pause', 'hourly'],
    ['resume', 'hourly'],
    ['reset', 'hourly', '--yes'],
    ['backfill', 'hourly', '--from', '2026-11-20T00:00:00Z', '--to', '2026-11-20T02:00:00Z'],
    ['backfill', 'hourly', '--abandon'],
    ['replay', 'hourly'],
    ['replay', 'hourly', '--abandon'],
    ['unlock', 'hourly'],
  ];

  it.each(commands)('%s %s %s refuses a damaged or newer state and leaves it as it is', async (...args) => {
    const here = await hourlyProject('hourly');
    await here.run(['tick']);
    for (const [text, code] of [
      ['{"version":1', 'state-damaged'],
      ['{"version":99}', 'state-newer'],
    ] as const) {
      here.write('.tidemill/local/bucket/_tidemill/state/hourly.json', text);
      const run = await here.run([...args, '--json']);
      expect([run.exit, run.json().error.code]).toEqual([2, code]);
      expect(stateText(here, 'hourly')).toBe(text);
    }
  });

  it.each(commands)('%s %s %s names near jobs for one that is not there', async (command, _, ...rest) => {
    const here = await hourlyProject('hourly');
    const run = await here.run([command ?? '', 'houry', ...rest]);
    expect([run.exit, run.stderr]).toEqual([2, expect.stringContaining('hourly')]);
  });

  const withoutEnds = commands.filter(
    (args) => !['reset', 'unlock'].includes(args[0] ?? '') && !args.includes('--abandon'),
  );

  it.each(withoutEnds)('%s %s %s refuses a job that was renamed', async (...args) => {
    const here = await hourlyProject('hourly');
    await here.run(['tick']);
    changeState(here, 'hourly', { moved_to: 'other', head: 'bronze/x' });
    const before = stateText(here, 'hourly');
    const run = await here.run([...args, '--json']);
    expect([run.exit, run.json().error.code]).toEqual([2, 'job-renamed']);
    expect(stateText(here, 'hourly')).toBe(before);
  });

  it('keeps the last fifty entries of the history', async () => {
    const here = await hourlyProject('hourly');
    await here.run(['tick']);
    const entry = { at: NOW, who: 'x', operation: 'pause', why: 'x' } as const;
    changeState(here, 'hourly', { history: Array.from({ length: 50 }, () => entry) });
    await here.run(['pause', 'hourly', '--reason', 'y'.repeat(1000)]);
    const { history = [] } = stateOf(here, 'hourly');
    expect([history.length, history.at(-1)?.why]).toEqual([50, 'y'.repeat(300)]);
  });
});

describe('tidemill reset', () => {
  it('forgets the cursor and keeps it in the history: the next run reads from the start, and nothing is doubled', async () => {
    const here = await datedProject({ events: {} });
    await here.run(['run', 'events']);
    const { cursor, head } = stateOf(here, 'events');
    changeState(here, 'events', {
      breaker: { failures: 9, since: NOW, last_failure_at: NOW },
      backfill: { id: 'x', from: NOW, to: NOW, through: NOW, cursor: { version: 1, value: {} } },
    });
    const reset = await here.run(['reset', 'events', '--yes', '--reason', 'new ids']);
    expect([reset.exit, reset.stdout]).toEqual([0, expect.stringContaining('reads from the start')]);
    const state = stateOf(here, 'events');
    expect(state).toMatchObject({ head, backfill: { id: 'x' }, history: [{ cursor_before: cursor, why: 'new ids' }] });
    expect([state.cursor, state.breaker, state.extracted, state.backfill?.cursor]).toEqual(Array(4).fill(undefined));
    const again = await here.run(['run', 'events', '--json']);
    expect(again.json().results[0].totals).toMatchObject({ records: 31, updated: 0, unchanged: 31 });
    expect(readsOf(here)).toEqual(Array(2).fill('2026-11-20T00:00:00.000Z 2026-11-21T06:30:00.000Z'));
  });

  it('says of a command without a cursor from where the next run reads, and that is what it reads', async () => {
    const here = await quartersProject();
    await here.run(['tick'], { now: on(20, '11:05') });
    const { stdout } = await here.run(['reset', 'quarters', '--yes'], { now: on(20, '11:10') });
    expect(stdout).toBe('quarters: there was no cursor to forget: the next run reads on from 2026-11-20 11:00 UTC\n');
    const { results } = (await here.run(['tick', '--json'], { now: on(20, '12:05') })).json();
    expect(results).toMatchObject([{ interval: { start: '2026-11-20T11:00:00.000Z' } }]);
  });

  it('says, and asks, where a table has no key: it has twice what is read again', async () => {
    const command = 'echo "{}"; echo 7 > "$TIDEMILL_CURSOR_FILE"';
    const here = await project({ 'ingestion-config.yaml': configOf({ hourly: { command } }) });
    await here.run(['run', 'hourly']);
    const twice = expect.stringMatching(/what is read again will be there twice/i);
    const rewound = await here.run(['rewind', 'hourly', '--to', '"3"', '--reason', 'x']);
    expect([rewound.exit, rewound.stdout]).toEqual([0, twice]);
    expect((await here.run(['reset', 'hourly'])).stderr).toEqual(twice);
    expect((await here.run(['reset', 'hourly', '--yes'])).stdout).toEqual(twice);
  });

  it('frees an id whose state has moved on: what it knew lives on there', async () => {
    const here = await hourlyProject('hourly');
    await here.run(['run', 'hourly']);
    changeState(here, 'hourly', { moved_to: 'other' });
    await here.run(['reset', 'hourly', '--yes']);
    const history = [{ at: NOW, who: 'tester', operation: 'reset', why: 'no reason given' }];
    const revision = expect.any(Number);
    expect(stateOf(here, 'hourly')).toEqual({ version: 2, job: 'hourly', revision, recent: [], targets: {}, history });
  });

  it('asks, and changes nothing without a yes', async () => {
    const here = await datedProject({ events: {} });
    await here.run(['run', 'events']);
    const before = stateText(here, 'events');
    const alone = await here.run(['reset', 'events']);
    expect([alone.exit, alone.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    const no = await here.run(['reset', 'events'], { answer: 'no' });
    expect([no.exit, no.stderr]).toEqual([130, 'Nothing was changed.\n']);
    expect(stateText(here, 'events')).toBe(before);
    expect((await here.run(['reset', 'events'], { answer: 'yes' })).exit).toBe(0);
    expect(stateOf(here, 'events').cursor).toBeUndefined();
  });

  it('refuses while a run is at it and says until when; the claim of a dead one goes with it', async () => {
    const here = await datedProject({ events: {} });
    await here.run(['run', 'events']);
    changeState(here, 'events', { claim: claimUntil('2026-11-21T06:33:00.000Z') });
    const before = stateText(here, 'events');
    const run = await here.run(['reset', 'events', '--yes']);
    expect([run.exit, run.stderr]).toEqual([4, expect.stringMatching(/until 2026-11-21T06:33.*\n.*tidemill unlock/)]);
    expect(stateText(here, 'events')).toBe(before);
    expect((await here.run(['reset', 'events', '--yes'], { now: '2026-11-21T06:34:00Z' })).exit).toBe(0);
    expect(stateOf(here, 'events').claim).toBeUndefined();
  });
});

describe('a cursor that goes back', () => {
  it.each([
    ['reset', '--yes'],
    ['rewind', '--to', '2026-11-20T00:00:00Z', '--reason', 'a look'],
  ])('by %s is told to whoever has a table without a key: its rows will be there twice', async (operation, ...args) => {
    const here = await datedProject({ log: {}, events: {} });
    await here.run(['run', 'log,events']);
    const said = async (job: string) => (await here.run([operation, job, ...args])).stdout;
    expect(await said('log')).toContain('no key: what is read again will be there twice');
    expect(await said('events')).not.toContain('twice');
  });
});

describe('tidemill rewind', () => {
  const AT = '2026-11-20T06:30:00Z';

  it.each([
    ['an instant', AT],
    ['a cursor', `{"after":"${AT}"}`],
  ])('puts the cursor at %s: the next run reads from there', async (_, to) => {
    const here = await datedProject({ events: {} });
    await here.run(['run', 'events']);
    const { cursor } = stateOf(here, 'events');
    const run = await here.run(['rewind', 'events', '--to', to, '--reason', 'yesterday was wrong']);
    expect([run.exit, run.stdout]).toEqual([0, expect.stringContaining('2026-11-20T06:30:00')]);
    expect(stateOf(here, 'events').history).toMatchObject([
      { operation: 'rewind', who: 'tester', why: 'yesterday was wrong', cursor_before: cursor },
    ]);
    const { totals } = (await here.run(['run', 'events', '--json'])).json().results[0];
    expect(totals).toMatchObject({ records: 24, inserted: 0, unchanged: 24 });
  });

  it('moves a cursor of a source that cannot be asked for a time only to a cursor', async () => {
    const here = await datedProject({ opaque: {} });
    const refused = await here.run(['rewind', 'opaque', '--to', AT, '--reason', 'x', '--json']);
    expect([refused.exit, refused.json().error.code]).toEqual([2, 'rewind-no-instant']);
    expect((await here.run(['rewind', 'opaque', '--to', `{"after":"${AT}"}`, '--reason', 'x'])).exit).toBe(0);
  });

  it.each([
    ['events', 'nonsense', 'rewind-cursor'],
    ['events', '{"after":"my secret"}', 'rewind-cursor'],
    ['events', '2026-11-20', 'instant-invalid'],
    ['events', '2026-02-30T00:00:00Z', 'instant-invalid'],
    ['events', '0000-01-01T00:00:00Z', 'instant-invalid'],
    ['events', '9999-12-31T23:59:59-23:59', 'instant-invalid'],
    ['register', AT, 'rewind-no-cursor'],
    ['printed', AT, 'rewind-no-instant'],
    ['*', AT, 'one-job'],
  ])('refuses %s to %s with %s, and changes nothing', async (job, to, code) => {
    const here = await datedProject({ events: {}, register: {} }, { printed: { prints: [] } });
    await here.run(['run', 'events']);
    const before = stateText(here, 'events');
    const run = await here.run(['rewind', job, '--to', to, '--reason', 'x', '--json']);
    expect([run.exit, run.json().error.code]).toEqual([2, code]);
    expect(run.stderr).not.toContain('secret');
    expect(stateText(here, 'events')).toBe(before);
  });

  it('wants a reason', async () => {
    const here = await datedProject({ events: {} });
    const run = await here.run(['rewind', 'events', '--to', AT]);
    expect([run.exit, run.stderr]).toEqual([2, expect.stringContaining('--reason')]);
  });
});

describe('tidemill unlock', () => {
  it('takes a claim away: the run that held it changes nothing afterwards, and the next one runs at once', async () => {
    const here = await hourlyProject('a');
    await here.run(['tick']);
    const ledger = await legIn(here, 'a');
    expect((await here.run(['run', 'a', '--json'])).json().results).toEqual([]);
    const asked = await here.run(['unlock', 'a']);
    expect([asked.exit, asked.stderr]).toEqual([2, expect.stringContaining('run leg is at a until 2026-11-21T06:35')]);
    const unlocked = await here.run(['unlock', 'a', '--reason', 'the runner is gone'], { answer: 'yes' });
    expect(unlocked.stdout).toBe('a: run leg has lost its claim on manual-leg\n');
    const after = stateText(here, 'a');
    await expect(ledger.commit({ cursor: { version: 1, value: 'late' }, isLast: true })).rejects.toMatchObject({
      code: 'lease-lost',
    });
    await expect(ledger.settle([])).rejects.toMatchObject({ code: 'lease-lost' });
    expect(stateText(here, 'a')).toBe(after);
    expect((await here.run(['run', 'a', '--json'])).json().results).toMatchObject([{ result: 'done' }]);
  });

  it('asks nothing for a lease that is over, and says when nobody has a claim', async () => {
    const here = await hourlyProject('a');
    await here.run(['tick']);
    changeState(here, 'a', { claim: claimUntil('2026-11-21T06:29:30.000Z') });
    expect((await here.run(['unlock', 'a'])).exit).toBe(0);
    expect(stateOf(here, 'a')).toMatchObject({ history: [{ operation: 'unlock' }] });
    expect((await here.run(['unlock', 'a'])).stdout).toBe('a: nobody has a claim\n');
  });
});
