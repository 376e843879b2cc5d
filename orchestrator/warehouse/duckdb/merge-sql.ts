/**
 * The steps of a merge, each a statement whose number of affected rows is one of the counts. What is settled is deleted
 * from the staged rows: first duplicates, then what is unchanged; what is left is deleted from the table and inserted.
 *
 * Rows are replaced rather than updated: DuckDB holds updates in memory until they are checkpointed, while rows that
 * are inserted go to the file as they come. A step that joins takes the rows in slices, so that the memory it needs
 * does not grow with the package; keys are sliced by hash, rows with all their texts by position, read once.
 */
import type { Table } from '../contract.ts';
import { checksum, silverRow, stagingColumns } from '../sql.ts';
import { duckDb } from './dialect.ts';

const STAGED = 'temp.main.staged';

/** One of `of` parts of all keys, by hash. */
export interface KeyPart {
  readonly part: number;
  readonly of: number;
}

/** Staged rows from position `first` to `last`, both included. */
export interface RowRange {
  readonly first: number;
  readonly last: number;
}

export interface MergeSteps {
  readonly createStaging: string;
  /** Deletes staged rows that a later one with the same key takes the place of. */
  deleteDuplicates(part: KeyPart): string;
  /** Deletes rows of the table that no staged row names. */
  deleteGone(part: KeyPart): string;
  /** Deletes staged rows that the table has: the same row, or with `append` the same key. */
  deleteUnchanged(range: RowRange): string;
  /** Counts the staged rows whose key the table has. */
  countOutdated(part: KeyPart): string;
  /** Deletes rows of the table that a staged row takes the place of. */
  deleteOutdated(part: KeyPart): string;
  insert(now: Date): string;
}

export function mergeSteps(table: Table): MergeSteps {
  const target = duckDb.table(table.schema, table.name);
  const names = table.key.map(duckDb.identifier);
  // Typed, not as text: two spellings of one value are one key.
  const values = table.key.map((name) => duckDb.cast(duckDb.identifier(name), typeOf(table, name)));
  const aliases = names.map((_, index) => `key_${index}`);

  const keysOf = (from: string, keys: readonly string[], { part, of }: KeyPart): string => {
    const where = of === 1 ? '' : ` WHERE hash(${keys.join(', ')}) % ${of} = ${part}`;
    return `(SELECT rowid AS place, ${aliased(keys)} FROM ${from}${where})`;
  };
  const aliased = (keys: readonly string[]): string =>
    keys.map((key, index) => `${key} AS ${aliases[index]}`).join(', ');
  const stagedKeys = (part: KeyPart): string => keysOf(STAGED, values, part);
  const targetKeys = (part: KeyPart): string => keysOf(target, names, part);
  const sameKey = (one: string, other: string): string =>
    aliases.map((alias) => `${one}.${alias} = ${other}.${alias}`).join(' AND ');
  const outdated = (part: KeyPart): string =>
    `${targetKeys(part)} old JOIN ${stagedKeys(part)} new ON ${sameKey('old', 'new')}`;

  return {
    createStaging: `CREATE TEMP TABLE staged (${stagingColumns(duckDb, table)})`,
    deleteDuplicates: (part) =>
      `DELETE FROM ${STAGED} WHERE rowid IN (SELECT earlier.place FROM ${stagedKeys(part)} earlier JOIN (` +
      `SELECT ${aliases.join(', ')}, max(place) AS place FROM ${stagedKeys(part)} GROUP BY ALL HAVING count(*) > 1` +
      `) latest ON ${sameKey('earlier', 'latest')} AND earlier.place < latest.place)`,
    deleteGone: (part) =>
      `DELETE FROM ${target} WHERE rowid IN (SELECT old.place FROM ${targetKeys(part)} old ` +
      `ANTI JOIN ${stagedKeys(part)} new ON ${sameKey('old', 'new')})`,
    deleteUnchanged({ first, last }) {
      const inRange = `rowid BETWEEN ${first} AND ${last}`;
      const sum = table.write === 'append' ? '' : `, ${checksum(duckDb, table.columns)} AS checksum`;
      const same = names.map((name, index) => `old.${name} = new.${aliases[index]}`);
      if (table.write !== 'append') same.push('old.checksum_sha256 = new.checksum');
      const staged = `(SELECT rowid AS place, ${aliased(values)}${sum} FROM ${STAGED} WHERE ${inRange})`;
      const places = `SELECT new.place FROM ${target} old JOIN ${staged} new ON ${same.join(' AND ')}`;
      return `DELETE FROM ${STAGED} WHERE ${inRange} AND rowid IN (${places})`;
    },
    countOutdated: (part) => `SELECT count(DISTINCT new.place) FROM ${outdated(part)}`,
    deleteOutdated: (part) => `DELETE FROM ${target} WHERE rowid IN (SELECT old.place FROM ${outdated(part)})`,
    insert(now) {
      const row = silverRow(duckDb, table, now);
      return `INSERT INTO ${target} (${row.names}) SELECT ${row.values} FROM ${STAGED}`;
    },
  };
}

function typeOf({ columns }: Table, name: string) {
  const column = columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new TypeError(`${name} is not a column`);
  return column.type;
}
