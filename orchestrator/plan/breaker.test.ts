import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, jobOf, NOW, planFor } from '../../test/fixtures/plan.ts';
import type { JobState } from '../state/job-state.ts';
import { LEASE_MS } from '../state/ledger.ts';
import * as transitions from '../state/transitions.ts';
import { breakerRefusal, openBreaker } from './breaker.ts';
import { MINUTE_MS } from './zone.ts';

const SEED = 20261121;
const limits = { breaker_failures: 3, breaker_minutes: 60 };
const job = jobOf(limits);
const failed = (failures: number, last: string): Pick<JobState, 'breaker'> => ({
  breaker: { failures, since: at('01:00'), last_failure_at: last },
});

describe('the breaker', () => {
  it('is closed without failures, and up to one less than the limit', () => {
    expect(openBreaker(job, {})).toBeUndefined();
    expect(openBreaker(job, failed(2, at('08:00')))).toBeUndefined();
  });

  it('opens at the limit, and says since when and until when', () => {
    const open = { failures: 3, since: new Date(at('01:00')), probeAt: new Date(at('09:00')) };
    expect(openBreaker(job, failed(3, at('08:00')))).toEqual(open);
  });

  it('follows a changed limit at once', () => {
    const state = failed(3, at('08:00'));
    expect(openBreaker({ ...limits, breaker_failures: 4 }, state)).toBeUndefined();
    expect(openBreaker({ ...limits, breaker_minutes: 5 }, state)?.probeAt).toEqual(new Date(at('08:05')));
  });
});

describe('a plan', () => {
  it('holds a job back while the breaker is open; its slot stays owed', () => {
    const { only, runs, records } = planFor(job, '06:00', failed(3, at('07:30')));
    expect(only).toEqual({
      job: 'orders',
      decision: 'breaker_open',
      reason: 'the last 3 runs failed; the next probe is at 2026-11-21 08:30 UTC',
      slot: at('08:00'),
      next: at('09:00'),
    });
    expect([runs, records]).toEqual([[], []]);
  });

  it('probes from the instant on at which it may', () => {
    const state = failed(3, at('07:17'));
    const { only, slots } = planFor(job, '06:00', state);
    expect(slots).toEqual([at('08:00')]);
    expect(only.reason).toBe('on time (17 min late), a probe after 3 failed runs; supersedes 1 slot');
    const before = { now: new Date(Date.parse(NOW) - 1) };
    expect(planFor(job, '06:00', state, before).only.decision).toBe('breaker_open');
  });

  it('probes with one slot only, the oldest, with catchup: all', () => {
    const { slots, only } = planFor(jobOf({ ...limits, catchup: 'all' }), '05:00', failed(3, at('07:00')));
    expect(slots).toEqual([at('06:00')]);
    expect(only.reason).toContain('a probe after 3 failed runs; 2 slots left for the next plan');
  });

  it('records what is too late while the breaker is open', () => {
    const { only, records } = planFor(jobOf({ ...limits, catchup: 'none' }), '06:00', failed(3, at('08:00')));
    expect(only.decision).toBe('breaker_open');
    expect(records).toMatchObject([{ settlements: [{ slot: at('07:00'), outcome: 'missed' }] }]);
  });

  it('does not mention a breaker when nothing is owed', () => {
    expect(planFor(job, '08:00', failed(3, at('08:00'))).only.reason).toBe('nothing is owed');
  });
});

describe('a leg', () => {
  const open = transitions.emptyState('orders');
  const state = { ...open, ...failed(3, at('08:00')) };
  const refusal = (slot: string, now: string): string | undefined => breakerRefusal(job, state, slot, new Date(now));

  it('is refused until the next probe, unless a person sent it', () => {
    expect(refusal(at('08:00'), at('08:59'))).toBe('the breaker is open until 2026-11-21T09:00:00.000Z');
    expect(refusal(at('08:00'), at('09:00'))).toBeUndefined();
    expect(refusal('manual-7', at('08:59'))).toBeUndefined();
    expect(breakerRefusal(job, open, at('08:00'), new Date(at('08:59')))).toBeUndefined();
  });
});

type Step = { readonly how: 'well' | 'badly' | 'in silence' | 'given up'; readonly minutes: number };

/** One run after the other, as the ledger writes them; answers the failures in a row, counted by hand. */
function live(steps: readonly Step[], check: (state: JobState, failures: number, last: number) => void): void {
  let state = transitions.emptyState('orders');
  let [now, failures, last, silent] = [Date.parse(NOW), 0, 0, 0];
  for (const [index, { how, minutes }] of steps.entries()) {
    now += LEASE_MS + minutes * MINUTE_MS;
    const run = `run-${index}`;
    const slot = new Date(now).toISOString();
    const claimed = transitions.claim(state, { slot, run, now: new Date(now), leaseUntil: new Date(now + LEASE_MS) });
    if ('covered' in claimed) throw new Error(claimed.covered);
    if (silent > 0) [failures, last, silent] = [failures + 1, now, 0];
    state = claimed;
    const settlement = { slot, at: new Date(now).toISOString(), run };
    if (how === 'in silence') silent = 1;
    if (how === 'well') state = transitions.settleClaim(claimed, run, [{ ...settlement, outcome: 'done' }]);
    if (how === 'badly') state = transitions.failClaim(claimed, run, { reason: 'no-answer' }, new Date(now));
    if (how === 'given up') state = transitions.settleClaim(claimed, run, [{ ...settlement, outcome: 'failed' }]);
    if (how === 'well') failures = 0;
    else if (silent === 0) [failures, last] = [failures + 1, now];
    check(state, failures, last);
  }
}

it('counts runs that failed in a row, however they ended', () => {
  const step = fc.record({
    how: fc.constantFrom<Step['how']>('well', 'badly', 'badly', 'in silence', 'given up'),
    minutes: fc.integer({ min: 0, max: 600 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      live(steps, (state, failures, last) => {
        expect(state.breaker?.failures ?? 0).toBe(failures);
        const probeAt = failures < 3 ? undefined : new Date(last + 60 * MINUTE_MS);
        expect(openBreaker(job, state)?.probeAt).toEqual(probeAt);
      });
    }),
    { seed: SEED, numRuns: 200 },
  );
});
