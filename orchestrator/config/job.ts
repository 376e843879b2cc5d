/**
 * The checked configuration: the vocabulary every other folder speaks. `load.ts` makes it from the YAML files; what has
 * a default there is always here. What a knob means is said where it is declared, in `schema.ts`.
 */
import type { Scope, WriteMode } from '@tidemill/kit';
import type { Driver } from '../drivers/manifest.ts';
import type { JobColumn } from './columns.ts';
import type { Global, Inherited } from './global.ts';
import type { JobEntry, Service as ServiceEntry } from './schema.ts';
import type { Transform } from './transform.ts';

export type { JobColumn } from './columns.ts';

/** Where a value stands in a file; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** Success gates: a job over one is red though its data is loaded. */
export interface Expectations
  extends Frozen<Omit<JobEntry['expect'], 'max_lateness' | 'fresh_within' | 'max_reject_ratio'>> {
  readonly max_lateness_minutes?: number | undefined;
  readonly fresh_within_minutes?: number | undefined;
}

type Written = Omit<JobEntry, keyof Inherited | 'environment' | 'warehouses' | 'columns' | 'expect' | 'max_interval'>;

export interface Job extends Frozen<Written & Inherited> {
  readonly id: string;
  /** Looked up when somebody asks: of a large file that takes longer than to read it. */
  readonly place: Position;
  /** Environments the job belongs to; empty means every one. */
  readonly environments: readonly string[];
  /** Names of the warehouses it loads into; empty means all of its environment. */
  readonly warehouses: readonly string[];
  /** Jobs that make their table only, in the order of the file; undefined where each record is kept whole. */
  readonly columns: readonly JobColumn[] | undefined;
  /** Its command is that of its service, for its data type. */
  readonly runs_service_command?: true;
  /** Folder a command runs in, absolute. */
  readonly working_directory: string;
  /** Of jobs that make their table: commands, and those of open connectors. The others declare theirs. */
  readonly write: WriteMode;
  /** Of those as well. */
  readonly scope: Scope;
  readonly expect: Expectations;
  /** `max_interval`; without one, an interval is read as it is. */
  readonly max_interval_minutes?: number | undefined;
}

export type Catchup = Job['catchup'];

/** What the commands of a service need installed; all paths are absolute. */
export interface Setup {
  /** Folder that `run` runs in. */
  readonly folder: string;
  /** Folder of its own, for what is installed and for what remembers that. */
  readonly environment: string;
  /** A requirements.txt, or what would stand in one. */
  readonly python?: string | readonly string[] | undefined;
  /** Folder of a package.json and its lock file. */
  readonly node?: string | undefined;
  /** A line for the shell. */
  readonly run?: string | undefined;
}

export interface Service extends Frozen<Pick<ServiceEntry, 'options' | 'base_url' | 'auth_url' | 'serial'>> {
  readonly setup?: Setup | undefined;
  readonly name: string;
  /** npm package of the connector; `@tidemill/<name>` unless the configuration says otherwise. */
  readonly package: string;
  /** What its jobs run, but for the data type; with `--discover` in that place it says which there are. */
  readonly command?: string | readonly string[] | undefined;
  /** npm package that brings the program of its `command`, where one is named. */
  readonly program_package?: string | undefined;
}

export interface Environment {
  readonly name: string;
  /** URL or absolute folder of the bucket. */
  readonly bucket: string;
  /** URL or absolute file of each warehouse by its name, in the order of the file; one at least. */
  readonly warehouses: ReadonlyMap<string, string>;
  /** Who is told of events. */
  readonly events: readonly Listener[];
}

export interface Listener {
  /** Unique in its environment: the states of jobs know it by this. */
  readonly name: string;
  /** A URL or an absolute path. */
  readonly to: string;
  /** Patterns of kinds of events; empty means all. */
  readonly kinds: readonly string[];
  /** Ids of jobs; undefined means all. */
  readonly jobs: readonly string[] | undefined;
}

export interface Group {
  readonly name: string;
  readonly description: string;
  /** Ids of the jobs, resolved from ids, globs and `service:` selectors, in the order of the configuration. */
  readonly jobs: readonly string[];
}

export interface Config extends Frozen<Pick<Global, 'max_parallel_jobs' | 'legs' | 'python_version'>> {
  /** Absolute path of the main file; paths inside it are relative to its folder. */
  readonly file: string;
  /** What opens the places of the environments. */
  readonly drivers: readonly Driver[];
  readonly environments: ReadonlyMap<string, Environment>;
  readonly services: ReadonlyMap<string, Service>;
  /** In the order of the file. */
  readonly jobs: readonly Job[];
  readonly groups: ReadonlyMap<string, Group>;
  readonly transform: Transform;
}
