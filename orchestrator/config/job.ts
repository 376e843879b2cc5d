/**
 * The checked configuration: the vocabulary every other folder speaks. `load.ts` makes it from the YAML files;
 * everything optional there has its default here.
 */
import type { Scope, SqlType, WriteMode } from '@tidemill/kit';

/** Where a value stands in a file; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type Catchup = 'latest' | 'all' | 'none';

/** Success gates: a job over one is red though its data is loaded. */
export interface Expectations {
  readonly min_records?: number;
  /** Share of rejected records, 0 to 1. */
  readonly max_reject_ratio?: number;
  /** Of the run's start behind its slot. */
  readonly max_lateness_minutes?: number;
  /** Age of the newest row when the run ends. */
  readonly fresh_within_minutes?: number;
  /** The column that says how new a row is: a date or an instant. */
  readonly fresh_by?: string;
}

export interface Job {
  readonly id: string;
  /** Ids it had before; its state may still lie under one of them. */
  readonly previous_ids: readonly string[];
  readonly place: Place;
  readonly service: string;
  readonly data_type: string;
  readonly description: string;
  /** Five fields; a job without one only runs by hand. */
  readonly cron: string | undefined;
  /** IANA name the cron expression is read in. */
  readonly timezone: string;
  /** Environments the job belongs to; empty means every one. */
  readonly environments: readonly string[];
  /** Names of the warehouses it loads into; empty means all of its environment. */
  readonly warehouses: readonly string[];
  readonly enabled: boolean;
  /** A shell command line, or a program with its arguments; undefined means the service's connector. */
  readonly command: string | readonly string[] | undefined;
  /** Folder a command runs in, absolute. */
  readonly working_directory: string;
  /** Names of the environment variables the job may see. */
  readonly dependencies: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** Silver columns of a command job; undefined keeps each record whole in one jsonb column. */
  readonly columns: Readonly<Record<string, SqlType>> | undefined;
  readonly primary_key: readonly string[];
  /** Command jobs only; connectors declare theirs. */
  readonly write: WriteMode;
  /** Command jobs only, as well. */
  readonly scope: Scope;
  readonly tolerance_minutes: number;
  readonly catchup: Catchup;
  /** A slot later than this is missed; undefined when no slot is too late. */
  readonly max_lateness_minutes: number | undefined;
  readonly max_catchup: number;
  readonly max_attempts: number;
  /** Runs that fail in a row until the breaker opens. */
  readonly breaker_failures: number;
  /** Between two probes of an open breaker. */
  readonly breaker_minutes: number;
  readonly timeout_minutes: number;
  readonly retry_attempts: number;
  /** Share of rejected records, 0 to 1, above which nothing is loaded. */
  readonly max_reject_ratio: number;
  readonly expect: Expectations;
}

export interface Service {
  readonly name: string;
  /** npm package of the connector; `@tidemill/<name>` unless the configuration says otherwise. */
  readonly package: string;
  readonly base_url: string | undefined;
  /** Where its OAuth lives, in place of the scheme and host that the connector names. */
  readonly auth_url: string | undefined;
  /** True packs all due jobs of the service into one leg: they share a rotating credential or a rate limit. */
  readonly serial: boolean;
}

export interface Environment {
  readonly name: string;
  /** URL or absolute folder of the bucket. */
  readonly bucket: string;
  /** URL or absolute file of each warehouse by its name, in the order of the file; one at least. */
  readonly warehouses: ReadonlyMap<string, string>;
}

export interface Group {
  readonly name: string;
  readonly description: string;
  /** Ids of the jobs, resolved from ids, globs and `service:` selectors, in the order of the configuration. */
  readonly jobs: readonly string[];
}

export interface Config {
  /** Absolute path of the main file; paths inside it are relative to its folder. */
  readonly file: string;
  readonly max_parallel_jobs: number;
  /** Whether each due job has a machine of its own. */
  readonly legs: 'per_job' | 'packed';
  readonly environments: ReadonlyMap<string, Environment>;
  readonly services: ReadonlyMap<string, Service>;
  /** In the order of the file. */
  readonly jobs: readonly Job[];
  readonly groups: ReadonlyMap<string, Group>;
}
