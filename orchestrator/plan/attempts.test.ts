import { describe, expect, it } from 'vitest';
import { at, claimOf, dead, jobOf, planFor } from '../../test/fixtures/plan.ts';
import type { PlanInput } from './types.ts';

describe('attempts', () => {
  it('are counted on from the last one that failed', () => {
    const attempt = { slot: at('08:00'), count: 1, at: at('08:05'), reason: 'x' };
    const { runs } = planFor(jobOf(), '07:00', { attempt });
    expect(runs).toMatchObject([{ attempt: 2, reason: 'on time (17 min late), attempt 2 of 3' }]);
  });

  it('start anew with a newer slot', () => {
    const attempt = { slot: at('07:00'), count: 2, at: at('07:05'), reason: 'x' };
    expect(planFor(jobOf(), '06:00', { attempt }).runs).toMatchObject([{ slot: at('08:00'), attempt: 1 }]);
  });

  it('count one whose lease ran out', () => {
    const { runs } = planFor(jobOf(), '07:00', { claim: claimOf(at('08:00'), { ...dead, attempt: 2 }) });
    expect(runs).toMatchObject([{ slot: at('08:00'), attempt: 3 }]);
  });

  it('end as failed when the lease of the last one ran out; what is older goes with it', () => {
    const lost = claimOf(at('08:00'), { ...dead, attempt: 3 });
    const { only, runs, records } = planFor(jobOf(), '06:00', { claim: lost });
    expect(runs).toEqual([]);
    expect(only).toMatchObject({ decision: 'failed', slot: at('08:00'), next: at('09:00') });
    expect(records).toMatchObject([
      {
        settlements: [
          { slot: at('07:00'), outcome: 'superseded' },
          { slot: at('08:00'), outcome: 'failed', reason: 'attempt 3 of 3: the run ended without a word' },
        ],
      },
    ]);
  });

  it('end as failed when max_attempts was lowered meanwhile, with the reason of the last one', () => {
    const attempt = { slot: at('08:00'), count: 2, at: at('08:05'), reason: 'no-answer: the API is down' };
    const { records } = planFor(jobOf({ max_attempts: 2 }), '07:00', { attempt });
    expect(records).toMatchObject([{ settlements: [{ reason: 'attempt 2 of 2: no-answer: the API is down' }] }]);
  });

  it('of an older slot end, and the newest one runs', () => {
    const lost = claimOf(at('07:00'), { ...dead, attempt: 3 });
    const { slots, records } = planFor(jobOf(), '06:00', { claim: lost });
    expect(slots).toEqual([at('08:00')]);
    expect(records).toMatchObject([{ settlements: [{ slot: at('07:00'), outcome: 'failed' }] }]);
  });

  it('with catchup: all end the oldest slot only, and the next ones have their turn', () => {
    const job = jobOf({ catchup: 'all' });
    const oldest = planFor(job, '05:00', { claim: claimOf(at('06:00'), { ...dead, attempt: 3 }) });
    expect(oldest.slots).toEqual([at('07:00'), at('08:00')]);
    expect(oldest.records).toMatchObject([{ settlements: [{ slot: at('06:00'), outcome: 'failed' }] }]);
    const later = planFor(job, '05:00', { claim: claimOf(at('07:00'), { ...dead, attempt: 3 }) });
    expect(later.slots).toEqual([at('06:00'), at('07:00'), at('08:00')]);
    expect(later.records).toEqual([]);
  });

  it('of two slots end each with its own reason', () => {
    const attempt = { slot: at('06:00'), count: 3, at: at('06:05'), reason: 'no-answer' };
    const { records } = planFor(jobOf(), '05:00', { attempt, claim: claimOf(at('07:00'), { ...dead, attempt: 3 }) });
    expect(records).toMatchObject([
      {
        settlements: [
          { slot: at('06:00'), outcome: 'failed', reason: 'attempt 3 of 3: no-answer' },
          { slot: at('07:00'), outcome: 'failed', reason: 'attempt 3 of 3: the run ended without a word' },
        ],
      },
    ]);
  });

  it('supersede an older slot that is still in time, with catchup: none', () => {
    const job = jobOf({ catchup: 'none', cron: '*/5 * * * *', tolerance_minutes: 17 });
    const { slots, records } = planFor(job, '07:50', { claim: claimOf(at('08:05'), { ...dead, attempt: 3 }) });
    expect(slots).toEqual([at('08:15')]);
    const outcomes = { '07:55': 'missed', '08:00': 'superseded', '08:05': 'failed' };
    const settlements = Object.entries(outcomes).map(([time, outcome]) => ({ slot: at(time), outcome }));
    expect(records).toMatchObject([{ settlements }]);
  });

  it('of a slot that is still to come settle nothing', () => {
    const { slots, records } = planFor(jobOf(), '07:00', { claim: claimOf(at('09:00'), { ...dead, attempt: 3 }) });
    expect(slots).toEqual([at('08:00')]);
    expect(records).toEqual([]);
  });

  it('of a slot that is none of the schedule settle nothing', () => {
    const { slots, records } = planFor(jobOf(), '06:00', { claim: claimOf(at('07:30'), { ...dead, attempt: 3 }) });
    expect(slots).toEqual([at('08:00')]);
    expect(records).toEqual([]);
  });
});

describe('a claim', () => {
  it('that is live means in progress, and nothing is recorded', () => {
    const job = jobOf({ catchup: 'none' });
    const { only, runs, records } = planFor(job, '01:00', { claim: claimOf(at('08:00')) });
    expect(only).toMatchObject({ decision: 'in_progress', slot: at('08:00'), next: at('09:00') });
    expect(only.reason).toBe(`run run-1 is at it, until ${at('08:20')} at the latest`);
    expect([runs, records]).toEqual([[], []]);
  });

  it('ends with its lease, to the millisecond', () => {
    const held = { claim: claimOf(at('08:00'), { lease_until: at('08:17') }) };
    expect(planFor(jobOf(), '07:00', held).only.decision).toBe('run');
    const before = { now: new Date(Date.parse(at('08:17')) - 1) };
    expect(planFor(jobOf(), '07:00', held, before).only.decision).toBe('in_progress');
  });

  it('ends when its process is known to be gone', () => {
    const gone: Partial<PlanInput> = { isAbandoned: ({ run }) => run === 'run-1' };
    const { runs } = planFor(jobOf(), '07:00', { claim: claimOf(at('08:00')) }, gone);
    expect(runs).toMatchObject([{ slot: at('08:00'), attempt: 2 }]);
  });
});
