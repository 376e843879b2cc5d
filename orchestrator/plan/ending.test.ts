import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, claimOf, dead, jobOf, NOW, planFor } from '../../test/fixtures/plan.ts';
import type { Catchup, Job } from '../config/job.ts';
import type { JobState } from '../state/job-state.ts';

const SEED = 20261121;
const HOUR = 3_600_000;

describe('max_lateness_minutes', () => {
  it('misses what is later, and runs what is just that late', () => {
    const late = planFor(jobOf({ max_lateness_minutes: 16 }), '06:00');
    expect(late.slots).toEqual([]);
    expect(late.only).toMatchObject({ decision: 'missed', slot: at('08:00'), next: at('09:00') });
    const reason = 'more than 16 min late';
    const missed = { slot: at('08:00'), from: at('07:00'), count: 2, outcome: 'missed', reason, at: NOW };
    expect(late.records).toEqual([{ kind: 'settle', job: 'orders', settlements: [missed] }]);
    expect(planFor(jobOf({ max_lateness_minutes: 17 }), '06:00').slots).toEqual([at('08:00')]);
  });

  it('with catchup: all misses the oldest, and the others run in order', () => {
    const { slots, records } = planFor(jobOf({ catchup: 'all', max_lateness_minutes: 140 }), '03:00');
    expect(slots).toEqual([at('06:00'), at('07:00'), at('08:00')]);
    expect(records).toMatchObject([{ settlements: [{ from: at('04:00'), slot: at('05:00'), outcome: 'missed' }] }]);
  });

  it('with catchup: none can only be stricter than the tolerance', () => {
    const missedWith = (limit: number): number =>
      planFor(jobOf({ catchup: 'none', max_lateness_minutes: limit }), '05:00').records.length;
    expect(planFor(jobOf({ catchup: 'none', max_lateness_minutes: 10 }), '05:00').slots).toEqual([]);
    expect(planFor(jobOf({ catchup: 'none', max_lateness_minutes: 1000 }), '05:00').slots).toEqual([at('08:00')]);
    expect([missedWith(10), missedWith(1000)]).toEqual([1, 1]);
  });

  it('calls failed what was tried before it was too late', () => {
    const attempt = { slot: at('07:00'), count: 1, at: at('07:10'), reason: 'no-answer: …' };
    const { records } = planFor(jobOf({ max_lateness_minutes: 60 }), '05:00', { attempt });
    expect(records).toMatchObject([
      {
        settlements: [
          { slot: at('06:00'), outcome: 'missed' },
          { slot: at('07:00'), outcome: 'failed', reason: 'tried, and now more than 60 min late' },
        ],
      },
    ]);
  });
});

it('says of a last attempt that died just that, and not why an earlier one failed', () => {
  const attempt = { slot: at('08:00'), count: 2, at: at('08:05'), reason: 'no-answer: …' };
  const { records } = planFor(jobOf(), '07:00', { attempt, claim: claimOf(at('08:00'), { ...dead, attempt: 3 }) });
  expect(records).toMatchObject([{ settlements: [{ reason: 'attempt 3 of 3: the run ended without a word' }] }]);
});

interface Case extends Pick<Job, 'catchup' | 'max_lateness_minutes' | 'tolerance_minutes'> {
  readonly settledThrough: number;
  readonly attempted: readonly [hour: number, count: number];
  readonly died: readonly [hour: number, count: number];
}

const hour = fc.integer({ min: 0, max: 8 });
const tries = fc.tuple(hour, fc.integer({ min: 0, max: 3 }));
const cases: fc.Arbitrary<Case> = fc.record({
  catchup: fc.constantFrom<Catchup>('latest', 'all', 'none'),
  max_lateness_minutes: fc.constantFrom(undefined, 17, 18, 100, 200, 300),
  tolerance_minutes: fc.constantFrom(0, 60, 137, 1000),
  settledThrough: hour,
  attempted: tries,
  died: tries,
});

const slotOf = (index: number): string => at(`0${index}:00`);
const triesOf = ({ attempted, died }: Case, index: number): number =>
  Math.max(attempted[0] === index ? attempted[1] : 0, died[0] === index ? died[1] : 0);

/** One slot after the other, each by its own merits: what ends it, if nothing newer runs. */
function wordsOf(given: Case): string[] {
  const limits = [given.max_lateness_minutes, given.catchup === 'none' ? given.tolerance_minutes : undefined];
  const limit = Math.min(...limits.map((each) => each ?? Number.POSITIVE_INFINITY));
  const owed = [0, 1, 2, 3, 4, 5, 6, 7, 8].filter((index) => index > given.settledThrough);
  const words = owed.map((index) => {
    const isLate = (8 - index) * 60 + 17 > limit;
    if (triesOf(given, index) >= 3) return given.catchup === 'all' && index !== owed[0] && !isLate ? '' : 'failed';
    if (!isLate) return '';
    return triesOf(given, index) > 0 ? 'failed' : 'missed';
  });
  const last = words.findLastIndex((word) => word !== '');
  return words.slice(0, last + 1).map((word, index) => `${slotOf(owed[index] ?? 0)} ${word || 'superseded'}`);
}

function stateOf({ attempted, died }: Case): Partial<JobState> {
  const [hourOfAttempt, count] = attempted;
  const attempt = { slot: slotOf(hourOfAttempt), count, at: at('08:00'), reason: 'x' };
  const claim = claimOf(slotOf(died[0]), { ...dead, attempt: died[1] });
  return { ...(count > 0 ? { attempt } : {}), ...(died[1] > 0 ? { claim } : {}) };
}

it('slots end without a run just when none can come, each with its word', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(cases, (given) => {
      const { catchup, max_lateness_minutes, tolerance_minutes } = given;
      const job = jobOf({ catchup, max_lateness_minutes, tolerance_minutes, max_catchup: 100 });
      const { records, slots } = planFor(job, `0${given.settledThrough}:00`, stateOf(given));
      const settled = records.flatMap((record) => (record.kind === 'settle' ? record.settlements : []));
      const ended = settled.flatMap(({ slot, from = slot, count = 1, outcome }) =>
        Array.from({ length: count }, (_, index) => {
          seen.add(outcome);
          return `${new Date(Date.parse(from) + index * HOUR).toISOString()} ${outcome}`;
        }),
      );
      expect(ended).toEqual(wordsOf(given));
      const open = 8 - given.settledThrough - ended.length;
      expect(slots).toHaveLength(catchup === 'all' ? open : Math.min(open, 1));
    }),
    { seed: SEED, numRuns: 2000 },
  );
  expect([...seen].sort()).toEqual(['failed', 'missed', 'superseded']);
});
