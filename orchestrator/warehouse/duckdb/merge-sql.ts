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
import { checksum, ownIdentifier, silverRow, stagingColumns } from '../sql.ts';

const STAGED = 'temp.main.staged';

const own = (name: string): string => ownIdentifier(duckDb, name);

const IS_DELETION = own('is_deletion');
const CHECKSUM = own('checksum');
/** The row's id, which is the order in which staged rows came in. */
const PLACE = own('place');

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
  /** Deletes rows of the table that came from one of the bronze objects. */
  deleteFrom(bronzeObjects: readonly string[]): string;
  /** Deletes staged rows that a later one with the same key takes the place of. */
  deleteDuplicates(part: KeyPart): string;
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

export function mergeSteps(table: Table): MergeSteps {
  const { target, aliases, sameKey, staged, deletions, silver } = relations(table);
  const outdated = (range: RowRange): string => `${silver()} old JOIN ${staged(range)} new ON ${sameKey('old', 'new')}`;
  const gone = (part: KeyPart): string =>
    `${silver(part)} old ANTI JOIN ${staged(part)} new ON ${sameKey('old', 'new')}`;

  return {
    createStaging: `CREATE TEMP TABLE staged (${stagingColumns(duckDb, table)})`,
    deleteFrom(bronzeObjects) {
      const objects = bronzeObjects.map(duckDb.literal).join(', ');
      return `DELETE FROM ${target} WHERE ${duckDb.identifier('bronze_object_path')} IN (${objects})`;
    },
    deleteDuplicates(part) {
      const keys = staged(part);
      const latest = `SELECT ${aliases.join(', ')}, max(${PLACE}) AS ${PLACE} FROM ${keys} GROUP BY ALL HAVING count(*) > 1`;
      const isEarlier = `${sameKey('earlier', 'latest')} AND earlier.${PLACE} < latest.${PLACE}`;
      const places = `SELECT earlier.${PLACE} FROM ${keys} earlier JOIN (${latest}) latest ON ${isEarlier}`;
      return `DELETE FROM ${STAGED} WHERE rowid IN (${places})`;
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

const inRange = ({ first, last }: RowRange): string => `rowid BETWEEN ${first} AND ${last}`;

/** The staged rows and the table's as relations of one shape, keys named alike, so that they can be joined. */
function relations(table: Table) {
  const target = duckDb.table(table.schema, table.name);
  const names = table.key.map(duckDb.identifier);
  // Typed, not as text: two spellings of one value are one key.
  const values = table.key.map((name) => duckDb.cast(duckDb.identifier(name), typeOf(table, name)));
  const aliases = names.map((_, index) => own(`key_${index}`));

  const where = (keys: readonly string[], slice: KeyPart | RowRange | undefined): string => {
    if (slice === undefined) return 'true';
    if ('first' in slice) return inRange(slice);
    return slice.of === 1 ? 'true' : `hash(${keys.join(', ')}) % ${slice.of} = ${slice.part}`;
  };
  const relation = (from: string, keys: readonly string[], slice: KeyPart | RowRange | undefined, more: string) => {
    const aliased = keys.map((key, index) => `${key} AS ${aliases[index]}`).join(', ');
    return `(SELECT rowid AS ${PLACE}, ${aliased}${more} FROM ${from} WHERE ${where(keys, slice)})`;
  };
  return {
    target,
    aliases,
    sameKey: (one: string, other: string): string =>
      aliases.map((alias) => `${one}.${alias} = ${other}.${alias}`).join(' AND '),
    staged: (slice: KeyPart | RowRange, more = ''): string => relation(STAGED, values, slice, more),
    deletions: (): string =>
      relation(`(SELECT rowid, * FROM ${STAGED} WHERE ${IS_DELETION} IS NOT NULL)`, values, undefined, ''),
    silver: (part?: KeyPart, more = ''): string => relation(target, names, part, more),
  };
}

function typeOf({ columns }: Table, name: string) {
  const column = columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new TypeError(`${name} is not a column`);
  return column.type;
}
