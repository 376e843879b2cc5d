/**
 * What several staged rows say of one key. Of those of one package the last one counts. Of several packages the row of each takes the
 * place of the one before, as if they were applied one after the other: the first of them meets the table, and one of them is in the
 * table in the end, or is to be deleted from it. Of one package both are the same row.
 */
import type { Table, TableName } from '../contract.ts';
import { bigQuery, types } from './dialect.ts';

/** Columns that a staged row has besides those of the table. No column of a table begins with `_`. */
export const IS_DELETION = '_is_deletion';
/** The order rows came in. */
export const POSITION = '_position';
/** The number of the package, from 0. */
export const PACKAGE = '_package';

/** What a row does to the one of the package before: `first` is what only the table can tell. */
export const FATE = '_fate';
/** Of the first row of a key: whether it is the one that stays, and whether the one that stays asks for a deletion. */
export const STAYS = '_stays';
export const IS_GONE = '_is_gone';
/** The row stays for another one that meets the table. */
export const IS_OTHER = '_is_other';

/** Where rows are staged, and how many packages they are of. */
export interface Chained {
  readonly table: Table;
  readonly staging: TableName;
  readonly packages: number;
}

const { identifier } = bigQuery;

/** A window is not made over doubles: https://cloud.google.com/bigquery/docs/reference/standard-sql/window-function-calls */
function windowKey({ key, columns }: Table): string {
  const isDouble = (name: string): boolean =>
    columns.some((column) => column.name === name && types[column.type] === 'FLOAT');
  return key.map((name) => (isDouble(name) ? `CAST(${identifier(name)} AS STRING)` : identifier(name))).join(', ');
}

const staged = ({ schema, name }: TableName): string => bigQuery.table(schema, name);

/** Of staged rows with one key, and of one package where there are several, the last one. */
function lasts(columns: string, { table, staging, packages }: Chained): string {
  const same = packages === 1 ? windowKey(table) : `${windowKey(table)}, ${PACKAGE}`;
  return `SELECT ${columns} FROM ${staged(staging)} WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY ${same} ORDER BY ${POSITION} DESC) = 1`;
}

const compared = ({ key }: Table): string =>
  [...key.map(identifier), 'checksum_sha256', IS_DELETION, POSITION, PACKAGE].join(', ');

/** Does not change what the one before has left. */
const CHANGES_NOTHING = `${FATE} IN ('unchanged', 'nothing')`;

/** The last rows of the packages, each with its fate, and the place of the row that stays (`_final`). */
function fates(chained: Chained): string {
  const { table } = chained;
  const chain = `OVER (PARTITION BY ${windowKey(table)} ORDER BY ${POSITION})`;
  const before = `SELECT *, LAG(${POSITION}) ${chain} IS NULL AS _is_first, LAG(${IS_DELETION}) ${chain} IS NOT NULL AS _was_deletion,
    LAG(checksum_sha256) ${chain} AS _was FROM (${lasts(compared(table), chained)})`;
  // Of rows that are only added to, all others find the first there.
  const fate = `CASE WHEN _is_first THEN 'first' WHEN ${table.write === 'append' ? 'TRUE' : 'FALSE'} THEN 'unchanged'
    WHEN ${IS_DELETION} IS NOT NULL THEN IF(_was_deletion, 'nothing', 'deleted') WHEN _was_deletion THEN 'inserted'
    WHEN checksum_sha256 = _was THEN 'unchanged' ELSE 'updated' END`;
  return `SELECT *, MAX(IF(${CHANGES_NOTHING}, NULL, ${POSITION})) OVER (PARTITION BY ${windowKey(table)}) AS _final
    FROM (SELECT *, ${fate} AS ${FATE} FROM (${before}))`;
}

/** Rows that the table is to be compared with: keys and checksums, packages and fates. */
export function met(chained: Chained): string {
  const { table } = chained;
  const isGone = `${IS_DELETION} IS NOT NULL`;
  if (chained.packages === 1) {
    return `SELECT *, 'first' AS ${FATE}, TRUE AS ${STAYS}, ${isGone} AS ${IS_GONE} FROM (${lasts(compared(table), chained)})`;
  }
  const goes = `IF(${POSITION} = _final AND ${isGone}, 1, 0)`;
  return `SELECT *, ${POSITION} = _final AS ${STAYS}, MAX(${goes}) OVER (PARTITION BY ${windowKey(table)}) = 1 AS ${IS_GONE} FROM (${fates(chained)})`;
}

/** The row of each key that stays, with all its columns. */
export function staying(chained: Chained): string {
  if (chained.packages === 1) return lasts(`*, FALSE AS ${IS_OTHER}`, chained);
  const places = `SELECT ${POSITION} AS _at, ${FATE} != 'first' AS ${IS_OTHER} FROM (${fates(chained)}) WHERE ${POSITION} = _final`;
  return `SELECT * FROM ${staged(chained.staging)} JOIN (${places}) ON _at = ${POSITION}`;
}
