/**
 * The steps of a merge, each a statement whose number of affected rows is one of the counts. What is settled is deleted
 * from the staged rows: first duplicates, then what is unchanged; what is left is deleted from the table and inserted.
 *
 * Rows are replaced rather than updated: DuckDB holds updates in memory until they are checkpointed, while rows that
 * are inserted go to the file as they come. A step that joins takes the rows in slices, so that the memory it needs
 * does not grow with the package; keys are sliced by hash, rows with all their texts by position, read once.
 */
import type { Table } from '../contract.ts';
import { duckDb } from '../engine/dialect.ts';
import { inPart, inRange, type KeyPart, type RowRange } from '../engine/slices.ts';
import { CHECKSUM, IS_DELETION, PLACE, STAGED, type StagedSql } from '../engine/staged.ts';
import { checksum, silverRow } from '../sql.ts';

export interface MergeSteps {
  /** Deletes rows of the table that came from one of the bronze objects. */
  deleteFrom(bronzeObjects: readonly string[]): string;
  /** Counts rows of the table that no staged row names. */
  countGone(part: KeyPart): string;
  /** Deletes rows of the table that no staged row names. */
  deleteGone(part: KeyPart): string;
  /** Deletes rows of the table whose deletion is staged. */
  readonly deleteAsked: string;
  /** Deletes the staged deletions themselves. */
  readonly forgetDeletions: string;
  /** Deletes staged rows that the table has: the same row, or with `append` the same key. */
  deleteUnchanged(range: RowRange): string;
  /** Counts the staged rows whose key the table has. */
  countOutdated(range: RowRange): string;
  /** Deletes rows of the table that a staged row takes the place of. */
  deleteOutdated(range: RowRange): string;
  insert(now: Date): string;
}

export function mergeSteps(table: Table, { aliases, sameKey, staged, deletions }: StagedSql): MergeSteps {
  const target = duckDb.table(table.schema, table.name);
  const silver = (part?: KeyPart, more = ''): string => silverKeys(table, aliases, part, more);
  const outdated = (range: RowRange): string => `${silver()} old JOIN ${staged(range)} new ON ${sameKey('old', 'new')}`;
  const gone = (part: KeyPart): string =>
    `${silver(part)} old ANTI JOIN ${staged(part)} new ON ${sameKey('old', 'new')}`;

  return {
    deleteFrom(bronzeObjects) {
      const objects = bronzeObjects.map(duckDb.literal).join(', ');
      return `DELETE FROM ${target} WHERE ${duckDb.identifier('bronze_object_path')} IN (${objects})`;
    },
    countGone: (part) => `SELECT count(*) FROM ${gone(part)}`,
    deleteGone: (part) => `DELETE FROM ${target} WHERE rowid IN (SELECT old.${PLACE} FROM ${gone(part)})`,
    deleteAsked: `DELETE FROM ${target} WHERE rowid IN (SELECT old.${PLACE} FROM ${silver()} old JOIN ${deletions()} new ON ${sameKey('old', 'new')})`,
    forgetDeletions: `DELETE FROM ${STAGED} WHERE ${IS_DELETION} IS NOT NULL`,
    deleteUnchanged(range) {
      const isAppend = table.write === 'append';
      const old = isAppend ? silver() : silver(undefined, `, ${duckDb.identifier('checksum_sha256')} AS ${CHECKSUM}`);
      const sum = isAppend ? '' : `, ${checksum(duckDb, table.columns)} AS ${CHECKSUM}`;
      const isSame = isAppend
        ? sameKey('old', 'new')
        : `${sameKey('old', 'new')} AND old.${CHECKSUM} = new.${CHECKSUM}`;
      const places = `SELECT new.${PLACE} FROM ${old} old JOIN ${staged(range, sum)} new ON ${isSame}`;
      return `DELETE FROM ${STAGED} WHERE ${inRange(range)} AND rowid IN (${places})`;
    },
    countOutdated: (range) => `SELECT count(DISTINCT new.${PLACE}) FROM ${outdated(range)}`,
    deleteOutdated: (range) => `DELETE FROM ${target} WHERE rowid IN (SELECT old.${PLACE} FROM ${outdated(range)})`,
    insert(now) {
      const row = silverRow(duckDb, table, now);
      return `INSERT INTO ${target} (${row.names}) SELECT ${row.values} FROM ${STAGED}`;
    },
  };
}

/** The table's rows in the shape of staged ones, keys named alike, so that they can be joined. */
function silverKeys(table: Table, aliases: readonly string[], part: KeyPart | undefined, more: string): string {
  const names = table.key.map(duckDb.identifier);
  const aliased = names.map((name, index) => `${name} AS ${aliases[index]}`).join(', ');
  const where = part === undefined ? 'true' : inPart(part, names);
  return `(SELECT rowid AS ${PLACE}, ${aliased}${more} FROM ${duckDb.table(table.schema, table.name)} WHERE ${where})`;
}
