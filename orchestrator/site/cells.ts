/** What became of one job in one column of time. Pure. */

import type { Outcome } from '../state/job-state.ts';
import { duration, count as number, plural } from '../text/format.ts';
import type { Ended, Run } from './records.ts';

/**
 * The worst that happened, from bad to good: `failed` (or over a gate), `lost` (a run nobody ever heard of again), `missed`,
 * `recovered` (a later try of the same slot succeeded), `superseded` (the newest slot was done, in the place of older ones too),
 * `skipped` (also: stopped by hand), `waiting` (for crawls), `done`.
 */
export type Mark = 'failed' | 'lost' | 'missed' | 'recovered' | 'superseded' | 'skipped' | 'waiting' | 'done';

export interface Cell {
  readonly mark: Mark;
  /** `23 done, 1 failed`. */
  readonly outcomes: string;
  readonly done: number;
  /** Runs with no good end, whatever came later. */
  readonly red: number;
  readonly runs: number;
  readonly records: number;
  readonly seconds: number;
}

const isRed = ({ ending }: Run): boolean => ending === 'failed' || ending === 'lost' || ending === 'gate';

/** Undefined when nothing happened. */
export function cellOf(runs: readonly Run[], ended: readonly Ended[]): Cell | undefined {
  if (runs.length === 0 && ended.length === 0) return undefined;
  const counted = Map.groupBy(runs, ({ ending }) => ending);
  const slots = (outcome: Outcome): number =>
    ended.filter((one) => one.outcome === outcome).reduce((sum, { slots: n }) => sum + n, 0);
  const byRuns = {
    failed: runs.filter(({ isGivenUp }) => isGivenUp).length,
    superseded: runs.reduce((sum, { superseded = 0 }) => sum + superseded, 0),
    missed: 0,
    skipped: 0,
  };
  const words = [
    ...endings.map(([ending, word]) => [counted.get(ending)?.length ?? 0, word] as const),
    ...outcomes.map(([outcome, word]) => [slots(outcome) + byRuns[outcome], word] as const),
  ];
  return {
    mark: markOf(runs, ended),
    outcomes: words
      .filter(([times]) => times > 0)
      .map(([times, word]) => `${number(times)} ${word}`)
      .join(', '),
    done: counted.get('done')?.length ?? 0,
    red: runs.filter(isRed).length,
    runs: runs.length,
    records: runs.reduce((sum, run) => sum + run.records, 0),
    seconds: runs.reduce((sum, run) => sum + run.seconds, 0),
  };
}

const endings = [
  ['done', 'done'],
  ['gate', 'over a gate'],
  ['failed', 'failed'],
  ['lost', 'lost'],
  ['stopped', 'stopped'],
  ['parked', 'waiting'],
] as const;

const outcomes = [
  ['missed', 'missed'],
  ['failed', 'given up'],
  ['skipped', 'skipped'],
  ['superseded', 'superseded'],
] as const;

function markOf(runs: readonly Run[], ended: readonly Ended[]): Mark {
  const last = new Map(runs.map((run) => [run.slot, run]));
  const bad = [...last.values()].filter(isRed);
  if (bad.some(({ ending }) => ending !== 'lost') || ended.some(({ outcome }) => outcome === 'failed')) return 'failed';
  if (bad.length > 0) return 'lost';
  if (ended.some(({ outcome }) => outcome === 'missed')) return 'missed';
  if (runs.some(isRed)) return 'recovered';
  if (runs.some(({ superseded = 0 }) => superseded > 0)) return 'superseded';
  if (ended.some(({ outcome }) => outcome === 'superseded')) return 'superseded';
  if (runs.some(({ ending }) => ending === 'done')) return 'done';
  return runs.some(({ ending }) => ending === 'parked') ? 'waiting' : 'skipped';
}

/** `23 done, 1 failed; 1,204 records; 38.0 s`. */
export function cellText({ outcomes: what, records, seconds, runs }: Cell): string {
  return runs === 0 ? what : `${what}; ${plural(records, 'record')}; ${duration(seconds)}`;
}
