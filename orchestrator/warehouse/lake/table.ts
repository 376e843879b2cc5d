/**
 * A table of the lake as a merge and a question see it. What is behind this is one format: how versions are kept, who may make the
 * next one, and which rows of a file are deleted. Another format, or a catalogue, is another implementation of `LakeTable`.
 */
import type { Column, SqlType } from '@tidemill/kit';
import type { StoredObject } from '../../storage/contract.ts';
import type { MergeCounts, TableName } from '../contract.ts';
import type { WrittenFile } from './format/written-file.ts';

/** A Parquet file of a table. */
export interface StoredFile {
  /** In the bucket. */
  readonly key: string;
  /** As the table names it, and as deletes do. */
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
}

/** One with rows. */
export interface TableFile extends StoredFile {
  /** Positions of its rows that are deleted: files of `(file_path, pos)`. */
  readonly deletes: readonly StoredFile[];
  /** False when no value of the field lies between these two, canonical texts, both included. */
  mayHold(field: TableField, least: string, greatest: string): boolean;
  /** At least the newest value of a field of dates or instants, deleted rows included; undefined where that is not known. */
  newest(field: TableField): Date | undefined;
}

export interface TableField {
  /** Files know their columns by it. */
  readonly id: number;
  readonly name: string;
  /** As the format calls it. */
  readonly format: string;
  /** DuckDB's type for it. */
  readonly type: string;
  /** What it was declared as, unless somebody else has added it. */
  readonly declared: SqlType | undefined;
  readonly nullable: boolean;
  readonly description: string;
}

/** A package that was loaded. */
export interface LoadedPackage {
  readonly id: string;
  readonly job: string;
  /** ISO 8601 in UTC: the `now` of its load. */
  readonly at: string;
  readonly counts: MergeCounts;
}

export interface TableVersion {
  readonly description: string;
  readonly fields: readonly TableField[];
  /** Old ones are forgotten, but never the last of a job. */
  readonly packages: readonly LoadedPackage[];
  /** Rows without deleted ones, and what all files take. */
  size(): Promise<{ readonly rows: number; readonly bytes: number }>;
  files(): Promise<readonly TableFile[]>;
}

/** A file that was just written, and lies in the bucket. */
export interface NewFile extends WrittenFile {
  readonly key: string;
}

export interface TableChange {
  readonly added: readonly NewFile[];
  /** With the deletes of them. */
  readonly removed: readonly TableFile[];
  /** All deleted positions of a file; they take the place of the deletes that it has. */
  readonly deletes: readonly { readonly of: TableFile; readonly file: NewFile }[];
  /** The packages that it is made of, in their order. */
  readonly loaded: readonly LoadedPackage[];
}

/** The version after another, as it is declared now; nothing of it is written yet. */
export interface NextVersion {
  readonly fields: readonly TableField[];
  /** Of the version before it; none where there is none. */
  files(): Promise<readonly TableFile[]>;
  /** Makes it the newest, or changes nothing because somebody else has made another one: then the change must be made anew. */
  publish(change: TableChange): Promise<'published' | 'refused'>;
}

/** What a table is declared as, with the columns of its provenance. */
export interface Declared {
  readonly description: string;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
}

/** Objects in the folder of a table that its readers do not need. */
export interface TableLeftovers {
  /** Nobody will need them again. */
  readonly orphans: readonly StoredObject[];
  readonly kept: readonly { readonly objects: readonly StoredObject[]; readonly why: string }[];
}

/** A table that is made anew each time: it has these columns and no others, all of them nullable. */
export interface Remade {
  readonly description: string;
  readonly columns: readonly RemadeColumn[];
}

export interface RemadeColumn {
  readonly name: string;
  /** As the format calls it. */
  readonly format: string;
  /** What it stands for, where the format has no such type. */
  readonly declared?: SqlType;
  readonly description: string;
}

export interface LakeTable {
  readonly name: TableName;
  /** For people and other programs. */
  readonly url: string;
  /** Key of its folder, without a slash at the end. */
  readonly folder: string;
  /** Also of a table that is damaged. */
  isThere(): Promise<boolean>;
  /** The newest version; undefined for a table that is not there. */
  current(): Promise<TableVersion | undefined>;
  /** Throws kind `config` when a column is declared as another type than it has. */
  next(base: TableVersion | undefined, declared: Declared, now: Date): NextVersion;
  /** Whatever it had: only with a change that removes all files that were there. */
  remade(base: TableVersion | undefined, table: Remade, now: Date): NextVersion;
  leftovers(now: Date): Promise<TableLeftovers>;
}
