import { describe, expect, it } from 'vitest';
import { at, jobOf, stateOf } from '../../test/fixtures/plan.ts';
import type { Job } from '../config/job.ts';
import type { JobState } from '../state/job-state.ts';
import type { Order } from './order.ts';
import { outlookOf, type SlotEnding } from './outlook.ts';

const service = { name: 'shop', package: '@tidemill/shop', base_url: undefined, auth_url: undefined, serial: false };
const interval = { start: new Date(at('07:00')), end: new Date(at('08:00')) };

function outlook(
  order: Partial<Order>,
  ending: SlotEnding,
  changes: Partial<JobState> = {},
  fields: Partial<Job> = {},
) {
  const job = jobOf({ catchup: 'all', ...fields });
  const whole: Order = { job, service, slot: at('08:00'), interval, mode: 'incremental', secrets: [], ...order };
  return outlookOf(whole, ending, stateOf(job, changes), 'local');
}

const tried = (count: number, passed?: number) => ({
  attempt: { slot: at('08:00'), count, at: at('08:05'), reason: 'x', ...(passed === undefined ? {} : { passed }) },
});

describe('what happens next to a slot', () => {
  it.each<[string, Partial<JobState>, Partial<Job>]>([
    ['The slot is still owed, after attempt 2 of 3: the next plan tries it again.', tried(2), {}],
    ['The slot is still owed: the next plan tries it again.', tried(4, 4), {}],
    ['The slot is still owed, after attempt 1 of 3: the next plan tries it again.', tried(4, 3), {}],
    [
      'The slot is still owed: the next plan tries it again, unless it is more than 90 min late by then.',
      tried(1, 1),
      { max_lateness_minutes: 90 },
    ],
    [
      'The slot is still owed: the next plan tries it again, unless it is more than 60 min late by then; a newer slot that has come by then reads its interval in its place.',
      tried(1, 1),
      { catchup: 'none' },
    ],
    [
      'The slot is still owed: the breaker is open, and the first plan after 2026-11-21 14:05 UTC tries it again. When what it lacks is mended: `npx tidemill run orders` runs it at once.',
      { breaker: { failures: 5, since: at('04:00'), last_failure_at: at('08:05') } },
      {},
    ],
  ])('that is owed: %s', (says, changes, fields) => {
    expect(outlook({}, 'owed', changes, fields)).toBe(says);
  });

  it('that is given up is that another one reads its interval', () => {
    expect(outlook({ next: at('09:00') }, 'settled')).toContain(`the next slot, ${at('09:00')}, reads on from`);
    expect(outlook({}, 'settled')).toContain('the next run reads on from');
  });

  it('that another run has is its affair', () => {
    expect(outlook({}, 'taken')).toMatch(/^Another run has it now/);
  });
});

it('a run by hand, a slice and a replay are not tried by any plan', () => {
  const backfill = { id: 'x', from: at('00:00'), to: at('08:00'), through: at('07:00') };
  expect(outlook({ slot: 'manual-1' }, 'settled')).toMatch(/^A run by hand is not tried again/);
  expect(outlook({ mode: 'backfill' }, 'settled', { backfill })).toBe(
    '`npx tidemill backfill orders` goes on from there.',
  );
  expect(outlook({ mode: 'backfill' }, 'settled')).toContain('the next run of the job loads');
  expect(outlook({ mode: 'replay' }, 'settled')).toContain('The next run of the job');
});
