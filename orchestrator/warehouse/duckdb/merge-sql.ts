/**
 * The statements that change a table. Rows are replaced rather than updated: DuckDB holds updates in memory until they are
 * checkpointed, while rows that are inserted go to the file as they come. A step that joins takes the rows in slices, so that the
 * memory it needs does not grow with the load.
 */
import type { Table } from '../contract.ts';
import { duckDb } from '../engine/dialect.ts';
import { MATCHED, OUTDATED, toWrite } from '../engine/match.ts';
import { inRange, type KeyPart, type RowRange } from '../engine/slices.ts';
import { CHECKSUM, PLACE, type StagedSql } from '../engine/staged.ts';
import { silverRow } from '../sql.ts';

export interface MergeSteps {
  /** The table's rows, for `match`; where they lie is their row id. */
  readonly old: string;
  /** Deletes rows of the table that came from one of the bronze objects. */
  deleteFrom(bronzeObjects: readonly string[]): string;
  /** Deletes rows of the table that no staged row names. */
  deleteUnnamed(part: KeyPart): string;
  /** Deletes rows of the table that a staged row takes the place of, or asks to delete. */
  deleteOutdated(range: RowRange): string;
  insert(now: Date): string;
}

export function mergeSteps(table: Table, { aliases }: Pick<StagedSql, 'aliases'>): MergeSteps {
  const target = duckDb.table(table.schema, table.name);
  const keys = table.key.map((name, index) => `${duckDb.identifier(name)} AS ${aliases[index]}`);
  const sum = table.write === 'append' ? 'NULL' : duckDb.identifier('checksum_sha256');
  return {
    old: `(SELECT 0 AS file, rowid AS pos, ${[...keys, sum].join(', ')} AS ${CHECKSUM} FROM ${target})`,
    deleteFrom(bronzeObjects) {
      const objects = bronzeObjects.map(duckDb.literal).join(', ');
      return `DELETE FROM ${target} WHERE ${duckDb.identifier('bronze_object_path')} IN (${objects})`;
    },
    deleteUnnamed({ part, of }) {
      const isOfPart = (place: string): string => `${place} % ${of} = ${part}`;
      const all = `(SELECT rowid AS pos FROM ${target} WHERE ${isOfPart('rowid')})`;
      const named = `(SELECT pos FROM ${MATCHED} WHERE ${isOfPart('pos')})`;
      return `DELETE FROM ${target} WHERE rowid IN (SELECT pos FROM ${all} ANTI JOIN ${named} USING (pos))`;
    },
    deleteOutdated: (range) =>
      `DELETE FROM ${target} WHERE rowid IN (SELECT pos FROM ${OUTDATED} WHERE ${inRange(range, PLACE)})`,
    insert(now) {
      const row = silverRow(duckDb, table, now);
      return `INSERT INTO ${target} (${row.names}) SELECT ${row.values} FROM ${toWrite(table)}`;
    },
  };
}
