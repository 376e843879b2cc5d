import { describe, expect, it } from 'vitest';
import {
  PLAN_JOB,
  PLAN_STEP,
  plannerFinding,
  runsFinding,
  SINGLE_JOB,
  TELLING_STEP,
  type WatchedRun,
} from './watch.ts';

const planned = (conclusion: string): NonNullable<WatchedRun['jobs']> => [
  { name: PLAN_JOB, conclusion, url: '', steps: [] },
];
const at = (hour: number): string => `2026-11-21T0${hour}:17:00Z`;

/** What the watchdog says of the runs, newest first. */
function wordOn(...runs: readonly Omit<WatchedRun, 'url'>[]): string {
  const watched = runs.map((run) => ({ ...run, url: 'https://example.org/run' }));
  return runsFinding({ now: new Date(at(9)), hours: 13, createdAt: at(0), runs: watched }).word;
}

describe('a run that ended without a report', () => {
  const died = { event: 'schedule', conclusion: 'failure', startedAt: at(3), jobs: planned('success') };
  const byHand = { event: 'workflow_dispatch', startedAt: at(5) };

  it('is told of when the schedule started it, or a person and it had planned', () => {
    expect(wordOn(died)).toBe('failing');
    expect(wordOn({ ...byHand, conclusion: 'failure', jobs: planned('success') })).toBe('failing');
  });

  it('is nobody’s business but theirs when a person cancelled it, or was refused by its plan', () => {
    expect(wordOn({ ...byHand, conclusion: 'cancelled', jobs: planned('success') })).toBe('well');
    expect(wordOn({ ...byHand, conclusion: 'failure', jobs: planned('failure') })).toBe('well');
  });

  it('does not become well by a run by hand, which may have been a dry one', () => {
    expect(wordOn({ ...byHand, conclusion: 'success' }, died)).toBe('failing');
    expect(wordOn({ ...byHand, event: 'schedule', conclusion: 'success' }, died)).toBe('well');
  });
});

describe('a run of one machine', () => {
  /** The job is red for whatever step of it is. */
  const ended = (plan: string, telling: string): Omit<WatchedRun, 'url'> => {
    const steps = [
      { name: PLAN_STEP, conclusion: plan },
      { name: TELLING_STEP, conclusion: telling },
    ];
    const jobs = [{ name: SINGLE_JOB, conclusion: 'failure', url: '', steps }];
    return { event: 'schedule', conclusion: 'failure', startedAt: at(3), jobs };
  };
  const plannerOn = (run: Omit<WatchedRun, 'url'>): string => {
    const runs = [{ ...run, url: 'https://example.org/run' }];
    return plannerFinding({ now: new Date('2026-11-21T16:00:00Z'), hours: 13, createdAt: at(0), runs }).word;
  };

  it('that is red for its legs has planned, and has reported', () => {
    expect([wordOn(ended('success', 'success')), plannerOn(ended('success', 'success'))]).toEqual(['well', 'well']);
  });

  it('that died after its plan has planned, and has told nobody', () => {
    expect([wordOn(ended('success', 'cancelled')), plannerOn(ended('success', 'cancelled'))]).toEqual([
      'failing',
      'well',
    ]);
  });

  it('whose plan failed has not planned', () => {
    expect(plannerOn(ended('failure', 'skipped'))).toBe('failing');
  });

  it('is a person’s business where they cancelled it, or were refused by its plan', () => {
    const byHand = { event: 'workflow_dispatch', conclusion: 'failure' };
    expect(wordOn({ ...ended('failure', 'skipped'), ...byHand })).toBe('well');
    expect(wordOn({ ...ended('success', 'cancelled'), ...byHand })).toBe('failing');
    expect(wordOn({ ...ended('success', 'cancelled'), ...byHand, conclusion: 'cancelled' })).toBe('well');
  });
});
