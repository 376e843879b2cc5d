/** Gates: what makes a run red that ended well. Pure. */
import type { Expectations, Job } from '../config/job.ts';
import type { RowCounts } from '../events/run-event.ts';
import { count, duration, inEnvironment, plural } from '../text/format.ts';
import type { Totals } from './result.ts';

/** How new the newest row of the table is; undefined when there is none, or why that could not be told. */
export type Freshness = { readonly newest: Date | undefined } | { readonly unknown: string };

export interface GateFacts {
  readonly environment: string;
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

/** What somebody types to see what was rejected. */
export const quarantineCommand = (job: string, environment: string): string =>
  `npx tidemill quarantine ${job}${inEnvironment(environment)}`;

/** What somebody types to go on with a backfill that stopped. */
export const openBackfillCommand = (job: string, environment: string): string =>
  `npx tidemill backfill ${job}${inEnvironment(environment)}`;

/** What is red of every run, also of one that reads the past again. */
export interface Remains {
  readonly environment: string;
  readonly totals: Totals;
  /** Why records were rejected, the most frequent first. */
  readonly rejects: readonly string[];
  /** Why packages were left out, by name of the warehouse. */
  readonly leftOut: ReadonlyMap<string, readonly string[]>;
}

/** Reasons that a sentence has room for; quarantine has all. */
export const MOST_REASONS = 3;

/** A gate that was asked, and the sentence that says how it is not met. */
export interface AskedGate {
  /** Its name: the key of the configuration where it has one. */
  readonly gate: string;
  readonly unmet?: string;
}

export const unmetOf = (asked: readonly AskedGate[]): string[] => asked.flatMap(({ unmet }) => unmet ?? []);

/** One that was asked: met, or not, in a sentence each. */
const answered = (gate: string, unmet: readonly (string | undefined)[]): AskedGate[] => {
  const sentences = unmet.filter((sentence) => sentence !== undefined);
  return sentences.length === 0 ? [{ gate }] : sentences.map((sentence) => ({ gate, unmet: sentence }));
};

/** Too many rejects, and packages that could not be loaded: what follows is said with it. */
export function askedRemains(job: Pick<Job, 'id' | 'max_reject_ratio' | 'min_rejects'>, remains: Remains): AskedGate[] {
  return [
    ...answered('max_reject_ratio', tooManyRejects(job, remains)),
    ...answered('left_out', leftOutOf(job.id, remains)),
  ];
}

function tooManyRejects(
  { id, max_reject_ratio: most, min_rejects: least }: Parameters<typeof askedRemains>[0],
  { totals: { records, rejected }, rejects, environment }: Remains,
): string[] {
  if (rejected <= most * records || (most > 0 && rejected < least)) return [];
  const share = `${count(rejected)} of ${count(records)} records rejected, expected at most ${percent(most)}`;
  return [`${share}${rejects.length === 0 ? '; ' : ': '}${rejectsText(id, environment, rejects)}`];
}

/** Why records were rejected, and how to see them; a gate that is not met for them says it in these words. */
export const rejectsText = (job: string, environment: string, rejects: readonly string[]): string =>
  [...rejects.slice(0, MOST_REASONS), `\`${quarantineCommand(job, environment)}\` shows them`].join('; ');

function leftOutOf(id: string, { leftOut, environment }: Remains): string[] {
  const [replay, abandon] = ['', ' --abandon'].map(
    (how) => `npx tidemill replay ${id}${how}${inEnvironment(environment)}`,
  );
  const isOne = leftOut.size === 1;
  return [...leftOut]
    .filter(([, reasons]) => reasons.length > 0)
    .map(([name, [first = '', ...others]]) => {
      const more = others.length === 0 ? '' : ` (and ${count(others.length)} more)`;
      const what = `${plural(others.length + 1, 'package')} not loaded: ${first}${more}`;
      const next = `when that is mended, \`${replay}\` loads it in its turn; \`${abandon}\` goes on without`;
      return `${isOne ? '' : `in ${name}: `}${what}; ${next}`;
    });
}

/** The gates of `expect`, and rows that were left. */
export function askedGates(job: Pick<Job, 'id' | 'expect'>, facts: GateFacts): AskedGate[] {
  const { expect } = job;
  const { min_records: least, max_lateness_minutes: latest, fresh_within_minutes: oldest } = expect;
  const stale = [...facts.freshness].map(([name, freshness]) => {
    const unmet = notFresh(expect, freshness, facts.now);
    return unmet === undefined || facts.freshness.size === 1 ? unmet : `in ${name}: ${unmet}`;
  });
  return [
    ...(least === undefined ? [] : answered('min_records', [tooFew(expect, facts)])),
    ...(latest === undefined ? [] : answered('max_lateness', [tooLate(expect, facts)])),
    ...(oldest === undefined ? [] : answered('fresh_within', stale)),
    ...answered('max_delete_ratio', stillThere(job.id, facts)),
  ];
}

function tooFew({ min_records: least }: Expectations, { totals, isUnchanged }: GateFacts): string | undefined {
  if (least === undefined || isUnchanged || totals.records >= least) return undefined;
  return `${count(totals.records)} records, expected at least ${count(least)}`;
}

function tooLate({ max_lateness_minutes: most }: Expectations, { latenessSeconds }: GateFacts): string | undefined {
  if (most === undefined || latenessSeconds <= most * 60) return undefined;
  return `started ${duration(latenessSeconds)} after its slot, expected at most ${duration(most * 60)}`;
}

function stillThere(job: string, { left, environment }: GateFacts): string[] {
  const targets = Object.entries(left);
  return targets.flatMap(([name, rows]) => {
    if (rows === undefined) return [];
    const where = targets.length === 1 ? '' : `in ${name}: `;
    return [`${where}${rowsLeft(rows)}. If they are gone at the source: ${acceptedBy(job, environment)}`];
  });
}

/** What is said of a listing that the source itself contradicts. */
export const notEverything = (job: string, doubt: string, environment: string): string =>
  `${doubt}: they were loaded, and nothing was deleted. If it lasts, tell who maintains the connector; if nothing is missing: ${acceptedBy(job, environment)}`;

const acceptedBy = (job: string, environment: string): string =>
  `\`npx tidemill run ${job} --accept-deletes${inEnvironment(environment)}\`, or accept_deletes in the form of the workflow`;

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
