/**
 * What happens during one run of one job, as it happens. The pipeline emits these and nothing else; the result, progress,
 * logs and whatever else wants to know are made of them. No event holds a record, but lines of those that anybody may
 * read, and none a secret the job could see.
 */
import type { ErrorKind, RequestFacts } from '@tidemill/kit';
import type { CrawlStatus } from '../state/crawl.ts';
import type { JobState } from '../state/job-state.ts';

/**
 * - `incremental`: read from the cursor on.
 * - `full`: forget the cursor and read everything again.
 * - `backfill`: read the interval, which lies in the past, and leave the cursor where it is.
 * - `replay`: read nothing; load packages of bronze once more.
 */
export type Mode = 'incremental' | 'full' | 'backfill' | 'replay';

export interface Failure {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Exit code of the process. */
  readonly exit: number;
  /** Who must act. */
  readonly who: string;
  /** The request that failed, where it was one. */
  readonly request?: RequestFacts;
}

/** How the source's records have changed since earlier runs: names of their top-level fields. */
export interface Drift {
  readonly added: readonly string[];
  /** In every record so far, and in none of this run. */
  readonly missing: readonly string[];
}

/** Why records were rejected, and how many. */
export interface RejectReason {
  /** `path: expected`, or a code where no field is to blame. */
  readonly reason: string;
  readonly records: number;
}

/** What became of the rows of one package: `rows = inserted + updated + unchanged + duplicates + deletions`. */
export interface RowCounts {
  readonly rows: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly duplicates: number;
  readonly deleted: number;
  readonly deletions: number;
  /** Where rows that a package of everything does not name were left in the table: how many, out of how many. */
  readonly left?: { readonly unnamed: number; readonly of: number };
}

/** Rows that are others than before, and how often each column was changed by an update. */
export interface ChangeCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** The source says that they are called otherwise now, or were split into several. */
  readonly moved: number;
  readonly split: number;
  readonly columns: Readonly<Record<string, number>>;
}

/** Changes that were told, as one file. */
export interface ToldChanges extends ChangeCounts {
  /** Packages: they are what is otherwise at `to` than at `from`. Absent from records of older versions. */
  readonly from?: string;
  readonly to?: string;
  /** Of data that is public, and of no other: the first rows, a line each. */
  readonly shown?: readonly string[];
}

/** The first event of every run. */
export interface Started {
  readonly type: 'started';
  readonly service: string;
  readonly data_type: string;
  readonly environment: string;
  readonly mode: Mode;
  /** UTC instants, `[start, end)`, as planned. */
  readonly interval: { readonly start: string; readonly end: string };
  readonly tolerance_minutes: number;
  readonly description: string;
  /** The job's next slot after this instant. */
  readonly next?: string;
  /** Where the log of this machine can be read. */
  readonly log_url?: string;
}

/** An event without when and whose it is. */
export type Happening =
  | Started
  /** The claim is made; `state` is as the run found it, and `interval` what it reads by that. */
  | {
      readonly type: 'claimed';
      readonly attempt: number;
      readonly interval: Started['interval'];
      /** Names of the warehouses that the run loads into. */
      readonly targets: readonly string[];
      readonly state: JobState;
    }
  /** One line for people: a possible gap, a limit met. */
  | { readonly type: 'notice'; readonly message: string }
  /** One line that the job's own program wrote to stderr. */
  | { readonly type: 'said'; readonly line: string }
  | ({ readonly type: 'requested' } & RequestFacts)
  /** The source says that it has no news; `what` was looked at. */
  | { readonly type: 'unchanged'; readonly what: string }
  /** `records` more have come from the source. */
  | { readonly type: 'page_read'; readonly records: number }
  /** A crawl has made a step. `reason`: why it failed; `ticket`: what the source calls it. */
  | {
      readonly type: 'crawled';
      readonly crawl: string;
      readonly target: string;
      readonly status: CrawlStatus;
      readonly ticket?: string;
      readonly reason?: string;
      /** Of one that is done: what the connector counted, by name. */
      readonly counts?: Readonly<Record<string, number>>;
    }
  /** A package is in bronze and in the state. `bytes`: as stored, compressed. */
  | {
      readonly type: 'committed';
      readonly package: string;
      readonly manifest: string;
      readonly records: number;
      readonly bytes: number;
    }
  /** `rows` more are on their way into silver. */
  | { readonly type: 'rows_mapped'; readonly rows: number }
  /** Records of a package that do not fit their table; `reasons`, the most frequent first. */
  | {
      readonly type: 'rejected';
      readonly package: string;
      readonly records: number;
      readonly quarantine: string;
      readonly reasons: readonly RejectReason[];
    }
  /**
   * A package is in the warehouse of that name. `scope`: how much of the source it says. `parsed`: records that were made of
   * artifacts, which no commit counted.
   */
  | {
      readonly type: 'loaded';
      readonly target: string;
      readonly package: string;
      readonly scope: 'changes' | 'everything';
      readonly records: number;
      readonly parsed?: number;
      readonly rejected: number;
      readonly counts: RowCounts;
      /** What the warehouse bills for it, where it bills by the bytes that it reads. */
      readonly bytes_billed?: number;
    }
  | ({ readonly type: 'drifted' } & Drift)
  /**
   * Rows of the table are others than when that was last told: `object` has them, one a line. Its key is the same however often this
   * is said.
   */
  | ({ readonly type: 'changed'; readonly object: string } & ToldChanges)
  /** A gate of `expect` that is not met, as a sentence. */
  | { readonly type: 'gate_unmet'; readonly gate: string }
  | Ending;

/** The last event of a run; each run has one. */
export type Ending =
  /** The slot is settled, and `superseded` older ones with it. */
  | { readonly type: 'done'; readonly superseded: number }
  /** The slot is still owed: some of its crawls have no answer yet, and nobody asks before `next_poll_at`. */
  | {
      readonly type: 'parked';
      readonly reason: string;
      readonly open: number;
      readonly of: number;
      readonly next_poll_at: string;
    }
  /** Another run did it or is doing it; nothing was changed. */
  | { readonly type: 'covered'; readonly reason: string }
  /** A person stopped the run; the slot is owed again. */
  | { readonly type: 'stopped'; readonly reason: string }
  /** The slot is settled as failed, or else owed again. `frames`: where a bug is, of the stack. `outlook`: what is next. */
  | {
      readonly type: 'failed';
      readonly failure: Failure;
      readonly frames: readonly string[];
      readonly is_settled: boolean;
      readonly outlook: string;
    };

export type RunEvent = Happening & {
  /** UTC instant. */
  readonly at: string;
  readonly job: string;
  readonly slot: string;
  readonly run: string;
};

/** All but the first. */
export type Later = Exclude<RunEvent, Started>;

/** Whoever wants to know. What it throws is told, and changes nothing for the run. */
export interface Observer {
  /** May answer a promise: then the next event is handed over when it has settled. */
  on(event: RunEvent): void;
}
