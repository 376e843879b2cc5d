/** What the planner is asked and what it answers. */
import type { Config } from '../config/job.ts';
import type { Claim, JobState, Schedule, Settlement } from '../state/job-state.ts';

/** What a person asked for by hand; undefined instead of this means "what is owed". */
export interface Selection {
  /** Ids and globs, as typed. */
  readonly jobs: readonly string[];
  /** Names of groups, as typed. */
  readonly groups: readonly string[];
  /** Every enabled job of the environment; with jobs or groups: those, even if paused. */
  readonly force: boolean;
  /** Makes the identity of the runs: `manual-<runId>`. */
  readonly runId: string;
}

export interface PlanInput {
  readonly config: Config;
  readonly environment: string;
  /** By job id; a job without an entry was never seen by a recording plan. */
  readonly states: ReadonlyMap<string, JobState>;
  readonly now: Date;
  readonly selection?: Selection;
  /** Names of the environment variables a job needs and that are known to be missing. */
  readonly missingCredentials?: (jobId: string) => readonly string[];
  /** Where it is written how to get them: an address or a path. */
  readonly credentialsHelp?: (jobId: string) => string | undefined;
  /** Services whose jobs read no secret at all, so that they may share a machine; unknown ones are not among them. */
  readonly secretless?: ReadonlySet<string>;
  /** By job id: since when the service does not name its data set any more, as an ISO instant. */
  readonly gone?: ReadonlyMap<string, string>;
  /** True when the process that holds the claim is known to be gone: then nobody waits for its lease to end. */
  readonly isAbandoned?: (claim: Claim) => boolean;
}

/**
 * `missed`: every owed slot is too late under `catchup: none`. `failed`: the owed slot has no attempt left.
 * `unit_gone`: owed, but its data set has vanished from the service, as the catalog has it.
 * `breaker_open`: owed, but the last runs all failed, and it is not yet time for the next probe.
 * `resume`: crawls of an earlier run are asked after. `waiting`: not yet.
 * `renamed`: the state has moved to another id, by a configuration that is newer than this one.
 * `deferred`: owed, but the matrix is full, so the next plan takes it.
 */
export type DecisionWord =
  | 'run'
  | 'resume'
  | 'waiting'
  | 'not_due'
  | 'manual_only'
  | 'disabled'
  | 'paused'
  | 'other_environment'
  | 'not_selected'
  | 'in_progress'
  | 'missing_credentials'
  | 'unit_gone'
  | 'breaker_open'
  | 'renamed'
  | 'missed'
  | 'failed'
  | 'deferred';

/** Why a job runs or does not; one for every job of the configuration, in its order. */
export interface Decision {
  readonly job: string;
  readonly decision: DecisionWord;
  /** One sentence for the summary. */
  readonly reason: string;
  /** The slot that runs (the oldest of several), is in progress, waits, or ended without a run (the newest). */
  readonly slot?: string;
  /** The next slot after now. */
  readonly next?: string;
  /** Spans of slots that ended, which no run will read unless somebody asks for a backfill. */
  readonly unread?: readonly Span[];
}

/** Instants, as ISO texts. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** A job that lacks credentials: it does not run, or will not when it is due. */
export interface MissingCredentials {
  readonly job: string;
  /** Of the variables that are not set. */
  readonly names: readonly string[];
  /** Where it is written how to get them: an address or a path. */
  readonly help?: string;
  /** Why the run is red: somebody named the job, or it is owed and its runs used to work. */
  readonly alarm?: 'asked_for' | 'ran_before';
}

export interface PlannedRun {
  readonly job: string;
  /** UTC instant, or `manual-<run id>`. */
  readonly slot: string;
  /** What the run reads by the state that the plan saw; the leg decides by the state that it claims. */
  readonly interval: { readonly start: string; readonly end: string };
  /** Counts from 1. */
  readonly attempt: number;
  readonly reason: string;
}

/** What a recording plan writes because no leg will. */
export type StateChange =
  | {
      readonly kind: 'register';
      readonly job: string;
      readonly schedule: Schedule;
      readonly change: 'new' | 'changed';
      /** Where the first interval of the schedule begins. */
      readonly reads_from: string;
    }
  | { readonly kind: 'settle'; readonly job: string; readonly settlements: readonly Settlement[] };

/** One job of the ingest matrix: what `tidemill run` is given, and the workspaces its machine installs. */
export interface Leg {
  /** Unique in the matrix; fit for a file name. */
  readonly leg: string;
  /** `job@slot`, separated by blanks, in the order they run. */
  readonly runs: string;
  readonly environment: string;
  readonly timeout_minutes: number;
  /** npm packages of the connectors, separated by blanks; empty when only commands run. */
  readonly packages: string;
  /** Whose secrets the machine is given: the services of its jobs, each once. */
  readonly services: readonly string[];
  /** Legs of one group never run side by side, those of other plans included. */
  readonly group: string;
}

export interface Plan {
  readonly now: string;
  readonly environment: string;
  readonly runs: readonly PlannedRun[];
  readonly decisions: readonly Decision[];
  /** Absent from the records of older versions. */
  readonly missing_credentials?: readonly MissingCredentials[];
  readonly records: readonly StateChange[];
  readonly matrix: { readonly include: readonly Leg[] };
  readonly max_parallel: number;
  readonly has_work: boolean;
}
