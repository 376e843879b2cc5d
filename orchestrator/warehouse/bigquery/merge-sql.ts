/**
 * The statements of a load. First one that only counts, and reads no more than keys and checksums; then one script, a transaction
 * that writes what was counted, records the package, and gives up where the table is not what was counted any more.
 */
import type { Column } from '@tidemill/kit';
import type { Load, MergeCounts, Table, TableName } from '../contract.ts';
import { recordedCounts, recordPackage } from '../sql.ts';
import { provenance } from '../table.ts';
import { bigQuery, nullOf, types } from './dialect.ts';

/** Columns that a staged row has besides those of the table. No column of a table begins with `_`. */
export const IS_DELETION = '_is_deletion';
/** The order rows came in. */
export const POSITION = '_position';

/** Where the rows of a package are staged, and the table they are for. */
export interface Staged {
  readonly table: Table;
  readonly staging: TableName;
  /** Names of the columns that the table has; undefined when there is none yet. */
  readonly existing: readonly string[] | undefined;
  readonly scope: Load['scope'];
  readonly replaces: readonly string[];
}

/** A row of the table and a staged one. NEW is a word of BigQuery's; and no column is called so. */
const OLD = '_old';
const NEW = '_new';

const { identifier, literal } = bigQuery;
const full = ({ schema, name }: TableName): string => bigQuery.table(schema, name);

const typeOf = ({ columns }: Table, name: string): Column['type'] =>
  columns.find((column) => column.name === name)?.type ?? 'text';

const sameKey = ({ key }: Table): string =>
  key.map((name) => `${OLD}.${identifier(name)} = ${NEW}.${identifier(name)}`).join(' AND ');

/** A window is not made over doubles: https://cloud.google.com/bigquery/docs/reference/standard-sql/window-function-calls */
const windowKey = (table: Table): string =>
  table.key
    .map((name) => {
      const isDouble = types[typeOf(table, name)] === 'FLOAT';
      return isDouble ? `CAST(${identifier(name)} AS STRING)` : identifier(name);
    })
    .join(', ');

/** Of staged rows with one key the last one. */
const latest = (columns: string, { table, staging }: Staged): string =>
  `SELECT ${columns} FROM ${full(staging)} WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY ${windowKey(table)} ORDER BY ${POSITION} DESC) = 1`;

/** Rows that make room for the package, as a condition; undefined where none do. */
const makesRoom = (replaces: readonly string[]): string | undefined =>
  replaces.length === 0 ? undefined : `${identifier('bronze_object_path')} IN (${replaces.map(literal).join(', ')})`;

/** The keys and checksums of the table as it will be when the package is merged. */
function heldRows({ table, staging, existing, replaces }: Staged): string {
  const names = [...table.key, 'checksum_sha256'];
  if (existing === undefined) {
    const empty = names.map((name) => `${nullOf(typeOf(table, name))} AS ${identifier(name)}`);
    return `SELECT ${empty.join(', ')} FROM ${full(staging)} WHERE FALSE`;
  }
  const there = new Set(existing.map((name) => name.toLowerCase()));
  const columns = names.map((name) =>
    there.has(name.toLowerCase()) ? identifier(name) : `${nullOf(typeOf(table, name))} AS ${identifier(name)}`,
  );
  const room = makesRoom(replaces);
  return `SELECT ${columns.join(', ')} FROM ${full(table)}${room === undefined ? '' : ` WHERE NOT ${room}`}`;
}

/** What the package comes to, before anything is decided of rows that it does not name. */
export interface Weighed {
  /** Of different keys: those that are deletions are no rows to write. */
  readonly added: number;
  readonly outdated: number;
  readonly same: number;
  readonly deletions: number;
  readonly asked: number;
  readonly unnamed: number;
  readonly held: number;
  /** Rows that make room. */
  readonly room: number;
}

/** In the order of the columns that `weighing` asks for. */
export const weighedOf = (row: readonly unknown[]): Weighed => {
  const [added = 0, outdated = 0, same = 0, deletions = 0, asked = 0, unnamed = 0, held = 0, room = 0] =
    row.map(Number);
  return { added, outdated, same, deletions, asked, unnamed, held, room };
};

/** A query whose only row is what `weighedOf` reads. */
export function weighing(staged: Staged): string {
  const { table, staging, existing, scope, replaces } = staged;
  const condition = makesRoom(replaces);
  const room =
    condition === undefined || existing === undefined
      ? '0'
      : `(SELECT COUNT(*) FROM ${full(table)} WHERE ${condition})`;
  if (table.key.length === 0) return `SELECT COUNT(*), 0, 0, 0, 0, 0, 0, ${room} FROM ${full(staging)}`;
  const keys = table.key.map(identifier).join(', ');
  const join = scope === 'everything' ? 'FULL' : 'LEFT';
  const compared = [
    `${NEW}.${POSITION} IS NOT NULL AS named`,
    `${NEW}.${IS_DELETION} IS NOT NULL AS deletion`,
    `${OLD}.checksum_sha256 IS NOT NULL AS held`,
    `IFNULL(${OLD}.checksum_sha256 = ${NEW}.checksum_sha256, FALSE) AS same`,
  ];
  const from = `(${latest(`${keys}, checksum_sha256, ${IS_DELETION}, ${POSITION}`, staged)}) ${NEW} ${join} JOIN (${heldRows(staged)}) ${OLD} ON ${sameKey(table)}`;
  const counts = [
    'named AND NOT deletion AND NOT held',
    'named AND NOT deletion AND held AND NOT same',
    'named AND NOT deletion AND held AND same',
    'named AND deletion',
    'named AND deletion AND held',
    'held AND NOT named',
    'held',
  ].map((condition) => `COUNTIF(${condition})`);
  return `SELECT ${counts.join(', ')}, ${room} FROM (SELECT ${compared.join(', ')} FROM ${from})`;
}

export interface Writing extends Staged {
  readonly counts: MergeCounts;
  /** Of the rows that are deleted: those that make room, that a deletion asks for, and that are not named. */
  readonly room: number;
  readonly asked: number;
  readonly gone: number;
  readonly packageId: string;
  readonly job: string;
  readonly now: Date;
}

/** What a script says when it gives up. */
export const OVERTAKEN = 'tidemill: the table has changed';
export const LOADED = 'tidemill: the package is loaded';

/**
 * The script that writes what was counted: all of it, or nothing. What there is nothing to do for is left out, for a MERGE that
 * may change rows is billed for the whole table (https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#limitations).
 */
export function writing(what: Writing): string {
  const { counts, room, packageId } = what;
  const condition = makesRoom(what.replaces);
  const recorded = recordedCounts(bigQuery, packageId);
  const guard = (is: string, message: string): string =>
    `IF ${is} THEN RAISE USING MESSAGE = ${literal(message)}; END IF;`;
  const expects = (rows: number): string => guard(`@@row_count != ${rows}`, OVERTAKEN);
  const changes = counts.inserted + counts.updated + what.asked + what.gone;
  return [
    'BEGIN TRANSACTION;',
    guard(`EXISTS (${recorded})`, LOADED),
    ...(condition === undefined || room === 0
      ? []
      : [`DELETE FROM ${full(what.table)} WHERE ${condition};`, expects(room)]),
    ...(changes === 0 ? [] : [`${change(what)};`, expects(changes)]),
    `${recordPackage(bigQuery, what)};`,
    'COMMIT TRANSACTION;',
  ].join('\n');
}

function change(what: Writing): string {
  const { table, staging, counts, asked, gone } = what;
  const columns = [...table.columns, ...provenance].map(({ name }) => name);
  const names = columns.map(identifier).join(', ');
  const values = columns.map((name) => newValue(name, what)).join(', ');
  if (table.key.length === 0)
    return `INSERT INTO ${full(table)} (${names}) SELECT ${values} FROM ${full(staging)} ${NEW}`;
  const isRow = `${NEW}.${IS_DELETION} IS NULL`;
  const clauses = [
    ...(asked === 0 ? [] : [`WHEN MATCHED AND NOT ${isRow} THEN DELETE`]),
    ...(counts.updated === 0
      ? []
      : [
          `WHEN MATCHED AND ${isRow} AND ${OLD}.checksum_sha256 != ${NEW}.checksum_sha256 THEN UPDATE SET ${assignments(what)}`,
        ]),
    ...(counts.inserted === 0
      ? []
      : [`WHEN NOT MATCHED BY TARGET AND ${isRow} THEN INSERT (${names}) VALUES (${values})`]),
    ...(gone === 0 ? [] : ['WHEN NOT MATCHED BY SOURCE THEN DELETE']),
  ];
  return `MERGE ${full(table)} ${OLD} USING (${latest('*', what)}) ${NEW} ON ${sameKey(table)}\n${clauses.join('\n')}`;
}

const newValue = (name: string, { now }: Writing): string =>
  name === 'ingested_at' ? bigQuery.cast(literal(now.toISOString()), 'timestamptz') : `${NEW}.${identifier(name)}`;

/** Of a row that takes the place of another: the whole row, also what is declared no more. */
function assignments(what: Writing): string {
  const { table, existing = [] } = what;
  const columns = [...table.columns, ...provenance].map(({ name }) => name).filter((name) => !table.key.includes(name));
  const declared = new Set([...columns, ...table.key].map((name) => name.toLowerCase()));
  const undeclared = existing.filter((name) => !declared.has(name.toLowerCase()));
  return [
    ...columns.map((name) => `${identifier(name)} = ${newValue(name, what)}`),
    // In parentheses, without which the emulator of the tests takes it for a part of the name.
    ...undeclared.map((name) => `${identifier(name)} = (NULL)`),
  ].join(', ');
}
