import { describe, expect, it } from 'vitest';
import { at, claimOf, jobOf, NOW, stateOf } from '../../test/fixtures/plan.ts';
import { nextSlotOf, olderSlotOwed, supersededBy } from './owed.ts';

describe('the slots that a claimed one takes the place of', () => {
  const job = jobOf();
  const state = stateOf(job, { settled_through: at('05:00'), claim: claimOf(at('08:00')) });

  it('are the owed ones before it, in one settlement by the run that holds the claim', () => {
    expect(supersededBy(job, state, at('08:00'))).toEqual([
      { slot: at('07:00'), from: at('06:00'), count: 2, outcome: 'superseded', at: at('08:05'), run: 'run-1' },
    ]);
    const one = { ...state, settled_through: at('06:00') };
    expect(supersededBy(job, one, at('08:00'))).toEqual([
      { slot: at('07:00'), outcome: 'superseded', at: at('08:05'), run: 'run-1' },
    ]);
  });

  it('are none when all of them are settled, with catchup: all, for a manual run, or for a slot nobody has claimed', () => {
    expect(supersededBy(job, { ...state, settled_through: at('07:00') }, at('08:00'))).toEqual([]);
    expect(supersededBy(jobOf({ catchup: 'all' }), state, at('08:00'))).toEqual([]);
    expect(supersededBy(job, { ...state, claim: claimOf('manual-7') }, 'manual-7')).toEqual([]);
    const { schedule: _, ...unregistered } = state;
    expect(supersededBy(job, unregistered, at('08:00'))).toEqual([]);
  });
});

describe('the older slot that must run first', () => {
  const state = stateOf(jobOf(), { settled_through: at('05:00') });

  it('is the oldest owed one, with catchup: all', () => {
    const job = jobOf({ catchup: 'all' });
    expect(olderSlotOwed(job, state, at('08:00'))).toBe(at('06:00'));
    expect(olderSlotOwed(job, state, at('06:00'))).toBeUndefined();
    expect(olderSlotOwed(job, state, 'manual-7')).toBeUndefined();
  });

  it('does not exist otherwise', () => {
    expect(olderSlotOwed(jobOf(), state, at('08:00'))).toBeUndefined();
    expect(olderSlotOwed(jobOf({ catchup: 'none' }), state, at('08:00'))).toBeUndefined();
  });
});

it('the next slot is known for all but jobs without a cron', () => {
  expect(nextSlotOf(jobOf(), new Date(NOW))).toBe(at('09:00'));
  expect(nextSlotOf(jobOf({ cron: undefined }), new Date(NOW))).toBeUndefined();
});
