/**
 * What every warehouse driver promises. `test/contracts/warehouse.ts` is the suite that holds each driver to it.
 */
import type { SqlType } from '@tidemill/kit';
import type { Clock } from '@tidemill/kit/retry';
import type { Bucket } from '../storage/contract.ts';
import type { Dataset } from './dataset.ts';
import type { DbtTarget } from './dbt-target.ts';
import type { Leftover } from './leftover.ts';
import type { Load, MergeResult, Table, TableName } from './load-contract.ts';

export type { Dataset } from './dataset.ts';
export type { BuiltRelation, DbtTarget } from './dbt-target.ts';
export type {
  Load,
  MergeCounts,
  MergedPackage,
  MergeResult,
  PackageCounts,
  PackageRows,
  StagedBatch,
  StagedRow,
  Table,
  TableName,
  Unnamed,
} from './load-contract.ts';

/** What a driver is opened with. */
export interface WarehouseOptions {
  /** A URL of one of its schemes, one of its names, or an absolute path. */
  readonly location: string;
  /** The variables that its manifest names. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Uniform in [0, 1): spreads what is tried again. */
  random(): number;
  /**
   * That of the environment, for whoever keeps tables there, or hands rows on through it. Keys below `silver/` are theirs; what lies
   * below `silver/_staged/JOB/` is on its way, and gc removes it once no run of the job is at work.
   */
  readonly bucket: Bucket;
}

/** The default export of a driver's package. Nothing is opened or made before the first use. */
export type OpenWarehouse = (options: WarehouseOptions) => Warehouse;

/**
 * A row of an answer to people: NULL is null, a boolean `true` or `false`, an instant ISO 8601 in UTC; other values as the driver
 * prints them.
 */
export type AnsweredRow = readonly (string | null)[];

/**
 * Answers one statement that only reads, with all its rows. Kind `config`, code `query-refused`, when the statement is at fault;
 * the message then shows the place where the engine tells it.
 */
export type Query = (
  sql: string,
) => Promise<{ readonly columns: readonly string[]; readonly rows: readonly AnsweredRow[] }>;

/** The same, for answers of any size: rows in portions, as they are taken. Whoever has enough may go. */
export type QueryInPortions = (
  sql: string,
) => Promise<{ readonly columns: readonly string[]; readonly portions: AsyncIterable<readonly AnsweredRow[]> }>;

/** A row as it lies in its table. */
export interface SilverRow {
  /**
   * In the order of `Table.columns`; NULL also where the table lacks the column. Each is a text that stands for the value, in
   * whatever spelling: of `jsonb` the same document, of numbers and instants the same one.
   */
  readonly values: readonly (string | null)[];
  /** As it lies there: at least the first 32 of its 64 digits. */
  readonly checksum: string;
  readonly bronzeObjectPath: string;
  readonly bronzeLine: number;
  readonly sourceUrl: string;
  readonly ingestedAt: Date;
}

/** A table of silver, for people who look for it. */
export interface ListedTable extends TableName {
  readonly description: string;
  readonly rows: number;
  /** Types as this warehouse calls them, and which of ours it loads into such a column: none where nobody knows. */
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly declarable: readonly SqlType[];
    readonly nullable: boolean;
    readonly description: string;
  }[];
  /** What it takes, where the warehouse knows. */
  readonly bytes?: number;
  /** What a query calls it, if not by schema and name. */
  readonly queried?: string;
  /** Where other programs find it, if not by its name in the warehouse. */
  readonly url?: string;
}

/** What not every warehouse can do. A load that asks for more is refused, and nothing is changed. */
export interface Capabilities {
  /**
   * `package`: readers see all of a load or nothing. `rows`: it becomes visible in portions; one that was cut short between
   * two is made whole by applying its packages again.
   */
  readonly atomic: 'package' | 'rows';
  /** Rows can be taken away. */
  readonly deletes: boolean;
  /** A table that is there can get columns, and a column may become nullable. */
  readonly schemaChanges: boolean;
}

export interface Warehouse {
  /** For people: a file or a URL without credentials. */
  readonly url: string;
  readonly capabilities: Capabilities;
  /**
   * Creates or extends the table, merges the rows and records each package in `staging.ingestion_state`. Readers see all of them or
   * nothing, and one that is recorded is not loaded again. A table that cannot be made, a column whose type changed, and what
   * the warehouse is not capable of are refused with kind `config`: before any row is read, but for a row that is a deletion.
   * A value that it does not take, in whatever row, is refused with code `warehouse-value`, before `beforeCommit` is called;
   * whoever loads may then try with fewer rows.
   * Loads that are started together are done one after the other.
   */
  apply(load: Load): Promise<MergeResult>;
  /**
   * The newest value of a column of dates or instants, a day counting from its beginning in UTC; undefined where there is none,
   * be it for want of a row, the column or the table.
   */
  newest(table: TableName, column: string): Promise<Date | undefined>;
  /** Id of the package of the job that was recorded last, by `Load.now` and then by its id; undefined when none was. */
  lastPackage(job: string): Promise<string | undefined>;
  /**
   * What catalogues of data call a table of silver, whether it is there or not: the names that others give it, too, by the conventions
   * of https://openlineage.io/docs/spec/naming. Without it, whoever tells of the table makes a name of `url`.
   */
  dataset?(table: TableName): Dataset;
  /** Ids of the jobs of which it has ever loaded a package. */
  loadedJobs(): Promise<ReadonlySet<string>>;
  /** The tables of silver, whoever made them, ordered by schema and name. */
  tables(): Promise<readonly ListedTable[]>;
  /**
   * The rows of a table, in portions and in no order; or the one whose key has these canonical texts. None when there is no such
   * table. What is read is as of one moment.
   */
  scan(table: Table, key?: readonly string[]): AsyncIterable<readonly SilverRow[]>;
  /** Not every warehouse can be asked in SQL. */
  readonly query?: Query;
  /** Only beside `query`; without it, whoever asks is given all rows at once. */
  readonly queryInPortions?: QueryInPortions;
  /**
   * Lets dbt in: from here until `finish` the warehouse is not used by this process, and lets go of what only one can hold.
   * `folder` is empty, and of this run alone; `reads` are silver tables that models may read. Not every warehouse has an adapter; the
   * manifest of one that has names it.
   */
  dbt?(folder: string, reads: readonly TableName[]): Promise<DbtTarget>;
  /**
   * Of one that keeps objects in the bucket: what it has left there. What anybody needs, and what a living writer may yet commit,
   * is never among what may go; so whoever asks may remove that by its keys, now or later.
   */
  leftovers?(): Promise<readonly Leftover[]>;
  /** Can this process read and write here? Resolves, or rejects with an error that says who must act. */
  check(): Promise<void>;
  /** Loads are waited for; a query that nobody waits for any more is cut short where that can be done. */
  close(): Promise<void>;
}

/** One that people can ask. */
export interface SqlWarehouse extends Warehouse {
  readonly query: Query;
}
