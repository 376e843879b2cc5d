/**
 * What every warehouse driver promises. `test/contracts/warehouse.ts` is the suite that holds each driver to it.
 */
import type { Column, Scope, SqlType, WriteMode } from '@tidemill/kit';
import type { Clock } from '@tidemill/kit/retry';
import type { Bucket } from '../storage/contract.ts';
import type { DbtTarget } from './dbt-target.ts';
import type { Leftover } from './leftover.ts';

export type { BuiltRelation, DbtTarget } from './dbt-target.ts';

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

/** A silver table, without the provenance columns that every one has. */
export interface Table {
  /** The service. */
  readonly schema: string;
  /** The data type. */
  readonly name: string;
  readonly description: string;
  readonly columns: readonly Column[];
  /** Empty means that a row is identified by the bronze object and line it came from. */
  readonly key: readonly string[];
  readonly indexes: readonly string[];
  readonly write: WriteMode;
}

export type TableName = Pick<Table, 'schema' | 'name'>;

/** One silver row on its way in: every value as canonical text, so that its checksum is the same in every warehouse. */
export interface StagedRow {
  /** In the order of `Table.columns`. */
  readonly values: readonly (string | null)[];
  readonly bronzeObjectPath: string;
  /** Counts from 1. */
  readonly bronzeLine: number;
  readonly sourceUrl: string;
  /** The row with this key is to go: of the values, those of the key count. Only with `upsert`. */
  readonly isDeletion?: true;
}

/** The rows of some records, and how many records were rejected among them. */
export interface StagedBatch {
  readonly rows: readonly StagedRow[];
  readonly rejected: number;
}

/** A package on its way in. */
export interface PackageRows {
  readonly id: string;
  /**
   * Consumed at most once, to the end before anything is visible, and not at all when the package is already loaded. An error
   * in it leaves everything as it was.
   */
  readonly rows: AsyncIterable<StagedBatch>;
  /**
   * Bronze objects whose rows make room: of a package of an `append` table that is loaded again. They are counted as deleted, and
   * go before any row of the load comes in.
   */
  readonly replaces?: readonly string[];
}

export interface Load {
  /**
   * Packages that become visible together, and are otherwise as if each had been applied by itself, in this order: their rows, where
   * these come from, their counts and their records. Those that are loaded already are left out. At least one; their ids ascend, so
   * that the last of them is the one that `lastPackage` tells. One of everything is alone.
   */
  readonly packages: readonly PackageRows[];
  readonly job: string;
  readonly table: Table;
  /**
   * With `everything`, rows of the table that the package does not name are deleted; but none when a record was rejected, for
   * a row that is not named may be its own.
   */
  readonly scope: Scope;
  readonly now: Date;
  /**
   * Asked before rows are deleted because the package, one of everything, does not name them: so many out of so many that the
   * table has. With `leave` they stay and are counted as `left`; the rest of the package is merged all the same. Pure: it may be
   * asked again. Not asked where there is nothing to delete.
   */
  readonly unnamed: (rows: Unnamed) => 'delete' | 'leave';
  /**
   * Called with what the packages come to that are not loaded yet, when all their rows were read and right before anything is
   * visible; and again, with what they come to by then, where another writer has changed the table at that very moment. An error in
   * it leaves everything as it was.
   */
  readonly beforeCommit: (packages: readonly PackageCounts[]) => void | Promise<void>;
}

/** Rows of a table that a package of everything does not name, and all rows that the table has before it. */
export interface Unnamed {
  readonly unnamed: number;
  readonly of: number;
}

/**
 * `rows = inserted + updated + unchanged + duplicates + deletions`; deleted rows were in the table, and the package did
 * not name them or asked for their deletion.
 */
export interface MergeCounts {
  readonly rows: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Rows of the package that a later row with the same key took the place of. */
  readonly duplicates: number;
  readonly deleted: number;
  /** Rows of the package that ask for a deletion, whether or not the table had a row to delete. */
  readonly deletions: number;
  /** Only where rows that the package does not name were left, because `unnamed` said so. */
  readonly left?: Unnamed;
}

export interface PackageCounts {
  readonly id: string;
  readonly counts: MergeCounts;
}

export interface MergedPackage extends PackageCounts {
  /** True when an earlier run had loaded this very package; the counts are the ones recorded then. */
  readonly alreadyLoaded: boolean;
}

export interface MergeResult {
  /** All of the load, in its order. */
  readonly packages: readonly MergedPackage[];
  /** What the warehouse bills for the load, where it bills by the bytes that it reads. */
  readonly bytesBilled?: number;
}

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
