/** What is loaded, and what comes of it: the part of a warehouse's contract that a load is about. */
import type { Column, Scope, WriteMode } from '@tidemill/kit';

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
