import { describe, expect, it } from 'vitest';
import { at, claimOf, inputOf, jobOf, NOW, planFor, planOf, stateOf } from '../../test/fixtures/plan.ts';
import type { Job } from '../config/job.ts';
import type { JobState } from '../state/job-state.ts';
import { plan } from './plan.ts';
import type { Decision, PlanInput } from './types.ts';

describe('a job that was never seen', () => {
  it('is registered from now on, and owes nothing of the past', () => {
    const { only, runs, records } = planOf(inputOf([jobOf()]));
    expect(only).toEqual({
      job: 'orders',
      decision: 'not_due',
      reason: 'new; first slot 2026-11-21 09:00 UTC',
      next: at('09:00'),
    });
    expect(runs).toEqual([]);
    const schedule = { cron: '0 * * * *', timezone: 'UTC', effective_from: NOW };
    expect(records).toEqual([{ kind: 'register', job: 'orders', schedule, change: 'new', reads_from: at('08:00') }]);
  });

  it('runs at its first slot after that', () => {
    const job = jobOf();
    const schedule = { cron: '0 * * * *', timezone: 'UTC', effective_from: NOW };
    const input = inputOf([job], [stateOf(job, { schedule })], { now: new Date(at('09:00')) });
    expect(plan(input).runs).toMatchObject([{ slot: at('09:00'), reason: 'on time' }]);
  });
});

describe('a changed schedule', () => {
  it.each([
    ['cron', { cron: '*/15 * * * *' }, at('08:30')],
    ['time zone', { timezone: 'Asia/Kathmandu' }, at('08:15').replace('08', '09')],
  ])('(%s) fires nothing: what the old one owed is skipped, and the new one starts now', (_, change, next) => {
    const state = stateOf(jobOf(), { settled_through: at('05:00') });
    const { only, runs, records } = planOf(inputOf([jobOf(change)], [state]));
    expect(runs).toEqual([]);
    expect(only).toMatchObject({ decision: 'not_due', next });
    expect(only.reason).toContain('the schedule was "0 * * * *" in UTC');
    expect(only.reason).toContain('3 slots skipped');
    const reason = 'the schedule was changed';
    const skipped = { slot: at('08:00'), from: at('06:00'), count: 3, outcome: 'skipped', reason, at: NOW };
    expect(records).toMatchObject([
      { kind: 'settle', settlements: [skipped] },
      { kind: 'register', change: 'changed', schedule: { effective_from: NOW } },
    ]);
  });

  it('waits for the run that is under way', () => {
    const state = stateOf(jobOf(), { settled_through: at('07:00'), claim: claimOf(at('08:00')) });
    const { only, records } = planOf(inputOf([jobOf({ cron: '*/15 * * * *' })], [state]));
    expect(only.decision).toBe('in_progress');
    expect(records).toEqual([]);
  });

  it('is registered even if the old one cannot be read any more', () => {
    const schedule = { cron: 'whenever', timezone: 'Europe/Atlantis', effective_from: at('05:00') };
    const { records } = plan(inputOf([jobOf()], [stateOf(jobOf(), { schedule })]));
    expect(records).toMatchObject([{ kind: 'register', change: 'changed' }]);
  });

  it('owes nothing from before it, even where older slots were settled after the edit', () => {
    const job = jobOf();
    const schedule = { cron: '0 * * * *', timezone: 'UTC', effective_from: at('08:05') };
    expect(plan(inputOf([job], [stateOf(job, { schedule, settled_through: at('06:00') })])).runs).toEqual([]);
  });
});

describe('catchup: latest', () => {
  const job = jobOf();

  it('owes nothing when the newest slot is settled', () => {
    const { only, has_work, records } = planFor(job, '08:00');
    expect(only).toEqual({ job: 'orders', decision: 'not_due', reason: 'nothing is owed', next: at('09:00') });
    expect(has_work).toBe(false);
    expect(records).toEqual([]);
  });

  it('runs the slot of this very instant', () => {
    const { slots } = planFor(job, '08:00', {}, { now: new Date(at('09:00')) });
    expect(slots).toEqual([at('09:00')]);
  });

  it('runs the newest slot with its own interval, and says how late it is', () => {
    const { runs, only, matrix, has_work } = planFor(job, '07:00');
    expect(runs).toEqual([
      {
        job: 'orders',
        slot: at('08:00'),
        interval: { start: at('07:00'), end: at('08:00') },
        attempt: 1,
        reason: 'on time (17 min late)',
      },
    ]);
    expect(only).toMatchObject({ decision: 'run', slot: at('08:00'), next: at('09:00') });
    expect(matrix.include).toMatchObject([{ leg: 'orders', runs: `orders@${at('08:00')}` }]);
    expect(has_work).toBe(true);
  });

  it('leaves the older ones to the leg, which supersedes them', () => {
    const { runs, only, records } = planFor(job, '03:00');
    expect(runs).toMatchObject([{ slot: at('08:00'), interval: { start: at('03:00') } }]);
    expect(only.reason).toBe('on time (17 min late); supersedes 4 slots');
    expect(records).toEqual([]);
  });

  it('counts up to a hundred after a long silence', () => {
    const settled = { settled_through: '2026-11-01T00:00:00.000Z' };
    expect(planFor(job, '00:00', settled).only.reason).toContain('at least 100 slots');
  });

  it('says so when a run is too late to count as on time', () => {
    expect(planFor(jobOf({ tolerance_minutes: 10 }), '07:00').runs[0]?.reason).toBe('17 min late');
    expect(planFor(jobOf({ cron: '0 5 * * *' }), '04:00').runs[0]?.reason).toBe('3 h 17 min late');
    const weekly = planFor(jobOf({ cron: '0 5 * * 3' }), '04:00', { settled_through: '2026-11-17T00:00:00.000Z' });
    expect(weekly.runs[0]?.reason).toBe('3 d 3 h late');
  });
});

describe('catchup: all', () => {
  const job = jobOf({ catchup: 'all', max_catchup: 3 });

  it('runs each owed slot, oldest first, in one leg', () => {
    const { slots, matrix, only, runs } = planFor(job, '06:00');
    expect(slots).toEqual([at('07:00'), at('08:00')]);
    expect(runs.map(({ interval }) => interval.start)).toEqual([at('06:00'), at('07:00')]);
    expect(matrix.include).toMatchObject([
      { runs: `orders@${at('07:00')} orders@${at('08:00')}`, timeout_minutes: 60 },
    ]);
    expect(only).toMatchObject({ slot: at('07:00'), reason: '77 min late, then 1 more in order' });
  });

  it('says of each what the leg will read: on from the one before, and nothing of what was read by hand', () => {
    const command = ['true'];
    const { runs } = planFor(jobOf({ catchup: 'all', command }), '05:00', { read_through: at('06:30') });
    const told = runs.map(({ slot, interval, reason }) => [slot, interval.start, reason.includes('read already')]);
    expect(told).toEqual([
      [at('06:00'), at('05:00'), true],
      [at('07:00'), at('06:30'), false],
      [at('08:00'), at('07:00'), false],
    ]);
  });

  it('takes max_catchup of them, and leaves the rest to the next plan', () => {
    const { slots, only, records } = planFor(job, '02:00');
    expect(slots).toEqual([at('03:00'), at('04:00'), at('05:00')]);
    expect(only.reason).toContain('then 2 more in order; 3 slots left for the next plan');
    expect(records).toEqual([]);
  });
});

describe('catchup: none', () => {
  const job = jobOf({ catchup: 'none' });

  it('runs a slot within the tolerance', () => {
    expect(planFor(job, '07:00').slots).toEqual([at('08:00')]);
  });

  it('records what is later than that as missed, in one settlement', () => {
    const { slots, records, only } = planFor(job, '04:00');
    expect(slots).toEqual([at('08:00')]);
    expect(only.decision).toBe('run');
    const reason = 'more than 60 min late';
    const missed = { slot: at('07:00'), from: at('05:00'), count: 3, outcome: 'missed', reason, at: NOW };
    expect(records).toEqual([{ kind: 'settle', job: 'orders', settlements: [missed] }]);
  });

  it('is missed when nothing is in time; a slot exactly at the tolerance still is', () => {
    const late = planFor(jobOf({ catchup: 'none', tolerance_minutes: 16 }), '07:00');
    expect(late.slots).toEqual([]);
    expect(late.only).toMatchObject({ decision: 'missed', slot: at('08:00'), next: at('09:00') });
    expect(late.only.reason).toBe(
      '1 slot ended without a run: more than 16 min late; the next slot reads on from where the last run stopped',
    );
    expect(late.records).toMatchObject([{ settlements: [{ slot: at('08:00'), outcome: 'missed' }] }]);
    expect(planFor(jobOf({ catchup: 'none', tolerance_minutes: 17 }), '07:00').slots).toEqual([at('08:00')]);
  });

  it('runs only the newest of several that are in time', () => {
    const { slots, records } = planFor(jobOf({ catchup: 'none', cron: '*/15 * * * *' }), '07:15');
    expect(slots).toEqual([at('08:15')]);
    expect(records).toEqual([]);
  });

  it('calls a slot that was tried and is now too late failed, not missed', () => {
    const attempt = { slot: at('07:00'), count: 1, at: at('07:10'), reason: 'no-answer: …' };
    const { records, slots } = planFor(job, '05:00', { attempt });
    expect(slots).toEqual([at('08:00')]);
    expect(records).toMatchObject([
      {
        settlements: [
          { slot: at('06:00'), outcome: 'missed' },
          { slot: at('07:00'), outcome: 'failed' },
        ],
      },
    ]);
  });
});

describe('a job that does not follow its schedule', () => {
  const paused = { at: at('02:00'), reason: 'vacation' };
  it.each<[string, Partial<Job>, Partial<JobState>, Decision['decision'], string]>([
    ['disabled', { enabled: false }, {}, 'disabled', 'disabled in the configuration'],
    ['paused', {}, { paused }, 'paused', 'paused since 2026-11-21 02:00 UTC: vacation'],
    ['of another environment', { environments: ['dev'] }, {}, 'other_environment', 'runs only in dev'],
    ['without a cron any more', { cron: undefined }, {}, 'manual_only', 'has no cron, so it only runs by hand'],
  ])('(%s) has its slots skipped, so that the past does not fire later', (_, change, state, decision, why) => {
    const before = stateOf(jobOf(), { settled_through: at('05:00'), ...state });
    const { only, runs, records } = planOf(inputOf([jobOf(change)], [before]));
    expect(runs).toEqual([]);
    expect(only).toEqual({ job: 'orders', decision, reason: `${why}; 3 slots skipped` });
    const skipped = { slot: at('08:00'), from: at('06:00'), count: 3, outcome: 'skipped', reason: why, at: NOW };
    expect(records).toEqual([{ kind: 'settle', job: 'orders', settlements: [skipped] }]);
    const running = { ...before, claim: claimOf(at('08:00')) };
    expect(plan(inputOf([jobOf(change)], [running])).records).toEqual([]);
  });

  it('is not registered, either', () => {
    const jobs = [
      jobOf({ enabled: false }),
      jobOf({ id: 'b', environments: ['dev'] }),
      jobOf({ id: 'c', cron: undefined }),
    ];
    const { decisions, records } = plan(inputOf(jobs));
    expect(decisions.map(({ decision }) => decision)).toEqual(['disabled', 'other_environment', 'manual_only']);
    expect(records).toEqual([]);
  });

  it('runs in the environments it names', () => {
    const job = jobOf({ environments: ['dev', 'prd'] });
    expect(planFor(job, '07:00').slots).toHaveLength(1);
  });
});

describe('missing credentials', () => {
  const missing: Partial<PlanInput> = { missingCredentials: () => ['SHOP_KEY', 'SHOP_SECRET'] };

  it('are named, and the slot stays owed', () => {
    const { only, runs, records } = planFor(jobOf(), '05:00', {}, missing);
    expect(only).toMatchObject({
      decision: 'missing_credentials',
      reason: 'missing credentials: SHOP_KEY, SHOP_SECRET',
      slot: at('08:00'),
    });
    expect([runs, records]).toEqual([[], []]);
  });

  it('do not keep a slot from getting too late', () => {
    const { only, records } = planFor(jobOf({ catchup: 'none' }), '06:00', {}, missing);
    expect(only.decision).toBe('missing_credentials');
    expect(records).toMatchObject([{ settlements: [{ slot: at('07:00'), outcome: 'missed' }] }]);
  });

  it('are a note while nothing is owed, and when a schedule is new', () => {
    const note = '; missing credentials: SHOP_KEY, SHOP_SECRET';
    const { decision, reason } = planFor(jobOf(), '08:00', {}, missing).only;
    expect([decision, reason]).toEqual(['not_due', `nothing is owed${note}`]);
    const input = { ...inputOf([jobOf()], []), ...missing };
    const [first] = plan(input).decisions;
    expect(first).toMatchObject({
      decision: 'not_due',
      reason: expect.stringMatching(/^new; first slot .*SHOP_SECRET$/),
    });
  });
});

it('decides on every job, in the order of the configuration', () => {
  const jobs = ['c', 'a', 'b'].map((id) => jobOf({ id }));
  const { decisions, runs, max_parallel } = plan(
    inputOf(
      jobs,
      jobs.map((job) => stateOf(job)),
    ),
  );
  expect(decisions.map(({ job }) => job)).toEqual(['c', 'a', 'b']);
  expect(runs.map(({ job }) => job)).toEqual(['c', 'a', 'b']);
  expect(max_parallel).toBe(3);
});
