/** Success gates: what is asked of a run that ended well, by `expect:` and by the guard of deletions. Pure. */
import type { Expectations, Job } from '../config/job.ts';
import type { RowCounts } from '../events/run-event.ts';
import { count, duration } from '../text/format.ts';
import type { Totals } from './result.ts';

/** How new the newest row of the table is; undefined when there is none, or why that could not be told. */
export type Freshness = { readonly newest: Date | undefined } | { readonly unknown: string };

export interface GateFacts {
  readonly totals: Totals;
  /** The source said that it has no news. */
  readonly isUnchanged: boolean;
  readonly latenessSeconds: number;
  /** By name of the warehouse; only asked for with `fresh_within`. */
  readonly freshness: ReadonlyMap<string, Freshness>;
  readonly now: Date;
  /** By name of the warehouse: rows that were left though the source does not name them. */
  readonly left: Readonly<Record<string, RowCounts['left']>>;
}

/** The gates that are not met, a sentence each. */
export function unmetGates(job: Pick<Job, 'id' | 'expect'>, facts: GateFacts): string[] {
  const { expect } = job;
  const stale = [...facts.freshness].map(([name, freshness]) => {
    const unmet = notFresh(expect, freshness, facts.now);
    return unmet === undefined || facts.freshness.size === 1 ? unmet : `in ${name}: ${unmet}`;
  });
  const unmet = [tooFew(expect, facts), tooManyRejects(expect, facts), tooLate(expect, facts), ...stale];
  unmet.push(...stillThere(job.id, facts));
  return unmet.filter((sentence) => sentence !== undefined);
}

function tooFew({ min_records: least }: Expectations, { totals, isUnchanged }: GateFacts): string | undefined {
  if (least === undefined || isUnchanged || totals.records >= least) return undefined;
  return `${count(totals.records)} records, expected at least ${count(least)}`;
}

function tooManyRejects({ max_reject_ratio: most }: Expectations, { totals }: GateFacts): string | undefined {
  const { records, rejected } = totals;
  if (most === undefined || rejected <= most * records) return undefined;
  return `${count(rejected)} of ${count(records)} records rejected, expected at most ${percent(most)}`;
}

function tooLate({ max_lateness_minutes: most }: Expectations, { latenessSeconds }: GateFacts): string | undefined {
  if (most === undefined || latenessSeconds <= most * 60) return undefined;
  return `started ${duration(latenessSeconds)} after its slot, expected at most ${duration(most * 60)}`;
}

function stillThere(job: string, { left }: GateFacts): string[] {
  const targets = Object.entries(left);
  return targets.flatMap(([name, rows]) => {
    if (rows === undefined) return [];
    const where = targets.length === 1 ? '' : `in ${name}: `;
    return [`${where}${rowsLeft(rows)}. If they are gone at the source: ${acceptedBy(job)}`];
  });
}

/** What is said of a listing that the source itself contradicts. */
export const notEverything = (job: string, doubt: string): string =>
  `${doubt}: they were loaded, and nothing was deleted. If it lasts, tell who maintains the connector; if nothing is missing: ${acceptedBy(job)}`;

const acceptedBy = (job: string): string =>
  `tidemill run ${job} --accept-deletes, or accept_deletes in the form of the workflow`;

/** What became of rows that were too many to delete unasked. */
export const rowsLeft = ({ unnamed, of }: NonNullable<RowCounts['left']>): string =>
  `${count(unnamed)} of ${count(of)} rows are not in what the source says is everything, and were left`;

function notFresh(expect: Expectations, freshness: Freshness, now: Date): string | undefined {
  const { fresh_within_minutes: most, fresh_by: column = 'ingested_at' } = expect;
  if (most === undefined) return undefined;
  const expected = `expected one within ${duration(most * 60)}`;
  if ('unknown' in freshness)
    return `how new the rows are by ${column} cannot be told (${freshness.unknown}), ${expected}`;
  if (freshness.newest === undefined) return `the table has no row with ${column}, ${expected}`;
  const age = (now.getTime() - freshness.newest.getTime()) / 1000;
  if (age <= most * 60) return undefined;
  return `the newest row by ${column} is ${duration(age)} old, ${expected}`;
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
