/** Staged rows as SQL: how they are kept until the table is made to agree with them. */
import type { Table } from '../contract.ts';
import { ownIdentifier, stagingColumns } from '../sql.ts';
import { duckDb } from './dialect.ts';
import { inPart, inRange, type KeyPart, type RowRange } from './slices.ts';

export const STAGED = 'temp.main.staged';

const own = (name: string): string => ownIdentifier(duckDb, name);

export const IS_DELETION = own('is_deletion');
export const CHECKSUM = own('checksum');
/** The row's id, which is the order in which staged rows came in. */
export const PLACE = own('place');

export interface StagedSql {
  readonly create: string;
  /** Deletes staged rows that a later one with the same key takes the place of. */
  deleteDuplicates(part: KeyPart): string;
  /** What keys are called in relations that are to be joined. */
  readonly aliases: readonly string[];
  sameKey(one: string, other: string): string;
  /** Places and keys of staged rows, and what else is asked for. */
  staged(slice: KeyPart | RowRange, more?: string): string;
  /** The same of those that are deletions. */
  deletions(): string;
}

export function stagedSql(table: Table): StagedSql {
  // Typed, not as text: two spellings of one value are one key.
  const values = table.key.map((name) => duckDb.cast(duckDb.identifier(name), typeOf(table, name)));
  const aliases = values.map((_, index) => own(`key_${index}`));
  const aliased = values.map((value, index) => `${value} AS ${aliases[index]}`).join(', ');
  const relation = (where: string, more = ''): string =>
    `(SELECT rowid AS ${PLACE}, ${aliased}${more} FROM ${STAGED} WHERE ${where})`;
  const sameKey = (one: string, other: string): string =>
    aliases.map((alias) => `${one}.${alias} = ${other}.${alias}`).join(' AND ');
  const staged: StagedSql['staged'] = (slice, more) =>
    relation('first' in slice ? inRange(slice) : inPart(slice, values), more);
  return {
    create: `CREATE TEMP TABLE staged (${stagingColumns(duckDb, table)})`,
    deleteDuplicates(part) {
      const keys = staged(part);
      const latest = `SELECT ${aliases.join(', ')}, max(${PLACE}) AS ${PLACE} FROM ${keys} GROUP BY ALL HAVING count(*) > 1`;
      const isEarlier = `${sameKey('earlier', 'latest')} AND earlier.${PLACE} < latest.${PLACE}`;
      const places = `SELECT earlier.${PLACE} FROM ${keys} earlier JOIN (${latest}) latest ON ${isEarlier}`;
      return `DELETE FROM ${STAGED} WHERE rowid IN (${places})`;
    },
    aliases,
    sameKey,
    staged,
    deletions: () => relation(`${IS_DELETION} IS NOT NULL`),
  };
}

function typeOf({ columns }: Table, name: string) {
  const column = columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new TypeError(`${name} is not a column`);
  return column.type;
}
