/** What became of one run of one job: what the summary, the run record and the exit code are made from. */
import type { Drift, Failure, Mode, ToldChanges } from '../events/run-event.ts';

/** Rows and records of a run, added up over its packages. `records = loaded + rejected`. */
export interface Totals extends RowTotals {
  /** Read from the source. */
  readonly records: number;
  readonly rejected: number;
  /** Stored in bronze, compressed. */
  readonly bytes: number;
  readonly packages: number;
}

/** What became of the rows in one warehouse. */
export interface RowTotals {
  readonly rows: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly duplicates: number;
  readonly deleted: number;
}

/** How a red run went, for somebody who was not there. No records. */
export interface Trace {
  /** The last lines, oldest first: `06:17:02 GET https://… → 200`. */
  readonly log: readonly string[];
  /** The last lines that the job's own program wrote to stderr. */
  readonly said?: readonly string[];
  /** Where a bug is: lines of its stack, innermost first. */
  readonly frames?: readonly string[];
  /** Keys of the manifests that this run committed. */
  readonly manifests: readonly string[];
  /** Records that were read since the last of them. */
  readonly uncommitted: number;
}

/**
 * - `done`: the slot is settled; `totals.records` may be 0 (no news).
 * - `parked`: it waits for crawls of its source, and another run goes on with the slot; see `waits`.
 * - `covered`: another run did it or is doing it; nothing was changed.
 * - `failed`: see `failure`; the slot is owed again unless `isSettled`.
 * - `stopped`: a person stopped the run; the slot is owed again.
 */
export type ResultWord = 'done' | 'parked' | 'covered' | 'failed' | 'stopped';

export interface JobResult {
  readonly job: string;
  readonly service: string;
  readonly data_type: string;
  readonly environment: string;
  readonly slot: string;
  /** Where it is not `incremental`. Absent from records of older versions. */
  readonly mode?: Mode;
  readonly interval: { readonly start: string; readonly end: string };
  readonly run: string;
  readonly attempt: number;
  readonly result: ResultWord;
  /** Why it is parked, covered or stopped. */
  readonly reason?: string;
  /** Of a parked one: crawls without an answer, out of all of the slot; an instant, before which nobody asks. */
  readonly waits?: { readonly open: number; readonly of: number; readonly next_poll_at: string };
  /** Of crawls that were fetched: what their connector counted, by name (`post_count`). */
  readonly counts?: Readonly<Record<string, number>>;
  /** Start minus slot, in seconds; 0 for manual runs. */
  readonly lateness_seconds: number;
  /** Later than the job's `tolerance_minutes`. */
  readonly is_late?: true;
  readonly started_at: string;
  readonly seconds: number;
  /** Rows: of the first warehouse. */
  readonly totals: Totals;
  /** Rows by name of the warehouse, in the order of the configuration; where there are several. */
  readonly targets?: Readonly<Record<string, RowTotals>>;
  /** Older slots this run settled as superseded. */
  readonly superseded: number;
  /** Lines from the connector. */
  readonly notices: readonly string[];
  /** Why records were rejected, most frequent first. */
  readonly rejects: readonly string[];
  readonly quarantine: readonly string[];
  /** Gates of `expect:` that were not met, as sentences. */
  readonly gates: readonly string[];
  readonly failure?: Failure;
  /** With `failure`: what happens next, a sentence. Absent from records of older versions. */
  readonly outlook?: string;
  /** With `failed`: whether the slot is settled as failed, or will be tried again. */
  readonly is_settled: boolean;
  /** The next slot after the start of this run. */
  readonly next?: string;
  readonly description?: string;
  readonly drift?: Drift;
  /** Of a job with `changes`: what has changed in the table, by the files of the bucket that have it. */
  readonly changed?: Readonly<Record<string, ToldChanges>>;
  /** Of dbt, which reads no records: models that it made, and tests that it asked. */
  readonly built?: { readonly models: number; readonly tests: number };
  /** Of a red result only. */
  readonly trace?: Trace;
  /** Where the log of its leg can be read. */
  readonly log_url?: string;
}

const TRANSFORM = 'transform:';

/** What a run of dbt is called in a warehouse; no job can have such an id. */
export const transformName = (warehouse: string): string => `${TRANSFORM}${warehouse}`;

/** Of such a name; undefined for a job. */
export const transformedWarehouse = (name: string): string | undefined =>
  name.startsWith(TRANSFORM) ? name.slice(TRANSFORM.length) : undefined;

export const noTotals: Totals = {
  records: 0,
  rejected: 0,
  rows: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  duplicates: 0,
  deleted: 0,
  bytes: 0,
  packages: 0,
};

export const noRows: RowTotals = { rows: 0, inserted: 0, updated: 0, unchanged: 0, duplicates: 0, deleted: 0 };

export const addTotals = (a: Totals, b: Partial<Totals>): Totals => sums(noTotals, a, b);

export const addRows = (a: RowTotals | undefined, b: RowTotals): RowTotals => sums(noRows, a ?? noRows, b);

/** The numbers that the first argument has, each the sum of those in the other two. */
function sums<T extends object>(names: T, a: T, b: Partial<T>): T {
  const sum = (name: keyof T): number => Number(a[name]) + Number(b[name] ?? 0);
  return Object.fromEntries((Object.keys(names) as (keyof T)[]).map((name) => [name, sum(name)])) as T;
}
