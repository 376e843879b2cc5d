/**
 * The statements of a load. First one that only counts, and reads no more than keys and checksums; then one script, a transaction
 * that writes what was counted, records the packages, and gives up where the table is not what was counted any more.
 */
import type { Column } from '@tidemill/kit';
import type { Load, PackageCounts, Table, TableName } from '../contract.ts';
import { recordedCounts, recordPackages } from '../sql.ts';
import { provenance } from '../table.ts';
import { type Chained, FATE, IS_DELETION, IS_GONE, IS_OTHER, met, PACKAGE, STAYS, staying } from './chains-sql.ts';
import { bigQuery, nullOf } from './dialect.ts';

/** Where the rows of a load are staged, and the table they are for. */
export interface Staged extends Chained {
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

/** Rows that make room for the load, as a condition; undefined where none do. */
const makesRoom = (replaces: readonly string[]): string | undefined =>
  replaces.length === 0 ? undefined : `${identifier('bronze_object_path')} IN (${replaces.map(literal).join(', ')})`;

/** The keys and checksums of the table as it will be when the load is merged. */
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

/** What a load comes to, before anything is decided of rows that it does not name. */
export interface Weighed {
  /** For each package that names a key: its number, how many keys, and the counts of `COUNTED`. */
  readonly packages: readonly (readonly number[])[];
  /** Rows of the table, and how many of them no package names. */
  readonly held: number;
  readonly unnamed: number;
  readonly changes: Changes;
}

/** What is done to the rows of the table. */
export interface Changes {
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
}

/** Of the rows that a weighing answers: what each package comes to. */
export const COUNTED = ['inserted', 'updated', 'unchanged', 'deleted', 'deletions'] as const;

/** From the rows of a weighing; the one without a package has what none names. */
export function weighedOf(answer: readonly (readonly unknown[])[]): Weighed {
  const rows = answer.map((row) => row.map(Number));
  const sum = (at: number): number => rows.reduce((total, row) => total + (row[at] ?? 0), 0);
  return {
    packages: rows.filter((_, index) => answer[index]?.[0] !== null).map((row) => row.slice(0, 7)),
    changes: { inserts: sum(7), updates: sum(8), deletes: sum(9) },
    unnamed: sum(10),
    held: sum(11),
  };
}

/** A query whose rows are what `weighedOf` reads: of a table with a key. */
export function weighing(staged: Staged): string {
  const { table, scope, packages } = staged;
  const join = scope === 'everything' ? 'FULL' : 'LEFT';
  // Of several packages the first row of a key alone meets the table.
  const on = packages === 1 ? sameKey(table) : `${sameKey(table)} AND ${NEW}.${FATE} = 'first'`;
  const same = table.write === 'append' ? 'TRUE' : `IFNULL(${OLD}.checksum_sha256 = ${NEW}.checksum_sha256, FALSE)`;
  const compared = [
    `${NEW}.${PACKAGE}`,
    `IFNULL(${NEW}.${FATE}, 'unnamed') AS fate`,
    `${NEW}.${IS_DELETION} IS NOT NULL AS deletion`,
    `IFNULL(${NEW}.${IS_GONE}, FALSE) AS gone`,
    `IFNULL(${NEW}.${STAYS}, FALSE) AS stays`,
    `${OLD}.checksum_sha256 IS NOT NULL AS held`,
    `${same} AS same`,
  ];
  const from = `(${met(staged)}) ${NEW} ${join} JOIN (${heldRows(staged)}) ${OLD} ON ${on}`;
  const row = "fate = 'first' AND NOT deletion";
  const counts = [
    "fate != 'unnamed'",
    `fate = 'inserted' OR (${row} AND NOT held)`,
    `fate = 'updated' OR (${row} AND held AND NOT same)`,
    `fate = 'unchanged' OR (${row} AND held AND same)`,
    "fate = 'deleted' OR (fate = 'first' AND deletion AND held)",
    'deletion',
    "fate = 'first' AND NOT gone AND NOT held",
    "fate = 'first' AND NOT gone AND held AND NOT (stays AND same)",
    "fate = 'first' AND gone AND held",
    "fate = 'unnamed' AND held",
    'held',
  ].map((condition) => `COUNTIF(${condition})`);
  return `SELECT ${PACKAGE}, ${counts.join(', ')} FROM (SELECT ${compared.join(', ')} FROM ${from}) GROUP BY ${PACKAGE}`;
}

/** A query of the objects whose rows make room, and how many those are. */
export const roomIn = ({ table, replaces }: Pick<Staged, 'table' | 'replaces'>): string =>
  `SELECT bronze_object_path, COUNT(*) FROM ${full(table)} WHERE ${makesRoom(replaces)} GROUP BY bronze_object_path`;

export interface Writing extends Staged {
  readonly job: string;
  readonly now: Date;
  /** What is recorded. */
  readonly applied: readonly PackageCounts[];
  readonly changes: Changes;
  /** Of the rows that are deleted: those that make room, and that are not named. */
  readonly room: number;
  readonly gone: number;
}

/** What a script says when it gives up. */
export const OVERTAKEN = 'tidemill: the table has changed';
export const LOADED = 'tidemill: the package is loaded';

/**
 * The script that writes what was counted: all of it, or nothing. What there is nothing to do for is left out, for a MERGE that
 * may change rows is billed for the whole table (https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#limitations).
 */
export function writing(what: Writing): string {
  const { applied, changes, room, gone } = what;
  const condition = makesRoom(what.replaces);
  const recorded = recordedCounts(
    bigQuery,
    applied.map(({ id }) => id),
  );
  const guard = (is: string, message: string): string =>
    `IF ${is} THEN RAISE USING MESSAGE = ${literal(message)}; END IF;`;
  const expects = (rows: number): string => guard(`@@row_count != ${rows}`, OVERTAKEN);
  const changed = changes.inserts + changes.updates + changes.deletes + gone;
  return [
    'BEGIN TRANSACTION;',
    guard(`EXISTS (${recorded})`, LOADED),
    ...(condition === undefined || room === 0
      ? []
      : [`DELETE FROM ${full(what.table)} WHERE ${condition};`, expects(room)]),
    ...(changed === 0 ? [] : [`${change(what)};`, expects(changed)]),
    `${recordPackages(bigQuery, what, applied)};`,
    'COMMIT TRANSACTION;',
  ].join('\n');
}

function change(what: Writing): string {
  const { table, staging, changes, gone } = what;
  const columns = [...table.columns, ...provenance].map(({ name }) => name);
  const names = columns.map(identifier).join(', ');
  const values = columns.map((name) => newValue(name, what)).join(', ');
  if (table.key.length === 0)
    return `INSERT INTO ${full(table)} (${names}) SELECT ${values} FROM ${full(staging)} ${NEW}`;
  const isRow = `${NEW}.${IS_DELETION} IS NULL`;
  const isOther = `(${OLD}.checksum_sha256 != ${NEW}.checksum_sha256 OR ${NEW}.${IS_OTHER})`;
  const clauses = [
    ...(changes.deletes === 0 ? [] : [`WHEN MATCHED AND NOT ${isRow} THEN DELETE`]),
    ...(changes.updates === 0 ? [] : [`WHEN MATCHED AND ${isRow} AND ${isOther} THEN UPDATE SET ${assignments(what)}`]),
    ...(changes.inserts === 0
      ? []
      : [`WHEN NOT MATCHED BY TARGET AND ${isRow} THEN INSERT (${names}) VALUES (${values})`]),
    ...(gone === 0 ? [] : ['WHEN NOT MATCHED BY SOURCE THEN DELETE']),
  ];
  return `MERGE ${full(table)} ${OLD} USING (${staying(what)}) ${NEW} ON ${sameKey(table)}\n${clauses.join('\n')}`;
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
