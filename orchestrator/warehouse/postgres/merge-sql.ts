/**
 * The steps of a merge. Rows are staged as texts in a temporary table; the join comes first and leaves the places of those that
 * are new or changed, so that of a package in which nothing is new nothing is written.
 */
import type { Table } from '../contract.ts';
import { ownIdentifier, silverRow, stagingColumns } from '../sql.ts';
import { provenance } from '../table.ts';
import type { FoundColumn } from './catalogue.ts';
import { postgres } from './dialect.ts';

const STAGED = 'pg_temp.staged';
const FRESH = 'pg_temp.fresh';

const own = (name: string): string => ownIdentifier(postgres, name);

/** The checksum of a staged row stands beside it. */
const staging = { ...postgres, sha256: () => own('checksum') };

const IS_DELETION = own('is_deletion');
const POSITION = own('position');
const CHECKSUM = own('checksum');
/** Whether the table has no row of the key. */
const IS_NEW = own('is_new');

export interface MergeSteps {
  readonly createStaging: string;
  readonly copy: string;
  /** How many rows there are is what the planner needs to know. */
  readonly analyze: string;
  /** Deletes rows of the table that came from one of the bronze objects. */
  deleteFrom(bronzeObjects: readonly string[]): string;
  /** Deletes staged rows that a later one with the same key takes the place of. */
  readonly deleteDuplicates: string;
  /** Deletes rows of the table whose deletion is staged. */
  readonly deleteAsked: string;
  /** Deletes the staged deletions themselves. */
  readonly forgetDeletions: string;
  /** Counts rows of the table that no staged row names. */
  readonly countGone: string;
  readonly deleteGone: string;
  /** Sets down which staged rows the table lacks, or has otherwise. */
  readonly findFresh: string;
  /** Of those, how many are new and how many are not. */
  readonly countFresh: string;
  readonly insert: string;
}

/** `existing`: columns that the table has, those declared no more among them. */
export function mergeSteps(table: Table, now: Date, existing: readonly FoundColumn[]): MergeSteps {
  const relations = relationsOf(table);
  const { target, names, aliases, staged, isTarget, same } = relations;
  const deletions = staged(POSITION, `${STAGED} WHERE ${IS_DELETION} IS NOT NULL`);
  const isUnnamed = `NOT EXISTS (SELECT FROM ${staged(POSITION)} named WHERE ${isTarget('named')})`;

  return {
    createStaging: `CREATE TEMPORARY TABLE staged (${stagingColumns(postgres, table)}, ${CHECKSUM} text) ON COMMIT DROP`,
    copy: `COPY ${STAGED} FROM STDIN`,
    analyze: `ANALYZE ${STAGED} (${[...names, POSITION].join(', ')})`,
    deleteFrom(bronzeObjects) {
      const objects = bronzeObjects.map(postgres.literal).join(', ');
      return `DELETE FROM ${target} WHERE ${postgres.identifier('bronze_object_path')} IN (${objects})`;
    },
    deleteDuplicates: `DELETE FROM ${STAGED} WHERE ${POSITION} IN (SELECT earlier.${POSITION} FROM ${staged(POSITION)} earlier JOIN
      (SELECT ${aliases.join(', ')}, max(${POSITION}) AS ${POSITION} FROM ${staged(POSITION)} one GROUP BY ${aliases.join(', ')} HAVING count(*) > 1) latest
      ON ${same('earlier', 'latest')} AND earlier.${POSITION} < latest.${POSITION})`,
    deleteAsked: `DELETE FROM ${target} AS silver USING ${deletions} gone WHERE ${isTarget('gone')}`,
    forgetDeletions: `DELETE FROM ${STAGED} WHERE ${IS_DELETION} IS NOT NULL`,
    countGone: `SELECT count(*) FROM ${target} AS silver WHERE ${isUnnamed}`,
    deleteGone: `DELETE FROM ${target} AS silver WHERE ${isUnnamed}`,
    findFresh: findFresh(table, relations),
    countFresh: `SELECT count(*) FILTER (WHERE ${IS_NEW}), count(*) FILTER (WHERE NOT ${IS_NEW}) FROM ${FRESH}`,
    insert: insert(table, now, existing),
  };
}

/** The staged rows and the table's, keys named alike, so that they can be joined. */
function relationsOf(table: Table) {
  const target = postgres.table(table.schema, table.name);
  const aliases = table.key.map((_, index) => own(`key_${index}`));
  const names = table.key.map(postgres.identifier);
  // Typed, not as text: two spellings of one value are one key.
  const typed = table.key.map((name) => postgres.cast(postgres.identifier(name), typeOf(table, name)));
  const keyed = (values: readonly string[], more: string, from: string): string =>
    `(SELECT ${[...values.map((value, index) => `${value} AS ${aliases[index]}`), more].join(', ')} FROM ${from})`;
  return {
    target,
    aliases,
    names,
    staged: (more: string, from = STAGED): string => keyed(typed, more, from),
    silver: (more: string): string => keyed(names, more, target),
    same: (one: string, other: string): string =>
      aliases.map((alias) => `${one}.${alias} = ${other}.${alias}`).join(' AND '),
    /** The row of the table itself, under the name `silver`. */
    isTarget: (other: string): string =>
      aliases.map((alias, index) => `silver.${names[index]} = ${other}.${alias}`).join(' AND '),
  };
}

function findFresh({ write }: Table, { aliases, staged, silver, same }: ReturnType<typeof relationsOf>): string {
  const isAppend = write === 'append';
  const rows = staged(`${POSITION}, ${CHECKSUM}`);
  const old = silver(`${isAppend ? 'NULL' : postgres.identifier('checksum_sha256')} AS ${CHECKSUM}`);
  const isNew = `old.${aliases[0]} IS NULL`;
  const isChanged = isAppend ? 'false' : `old.${CHECKSUM} IS DISTINCT FROM new.${CHECKSUM}`;
  return `CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS SELECT new.${POSITION}, ${isNew} AS ${IS_NEW}
      FROM ${rows} new LEFT JOIN ${old} old ON ${same('new', 'old')} WHERE ${isNew} OR ${isChanged}`;
}

function insert(table: Table, now: Date, existing: readonly FoundColumn[]): string {
  const row = silverRow(staging, table, now);
  const into = `INSERT INTO ${postgres.table(table.schema, table.name)} AS silver (${row.names}) SELECT ${row.values} FROM ${STAGED}`;
  if (table.key.length === 0) return into;
  const fresh = `${into} WHERE ${POSITION} IN (SELECT ${POSITION} FROM ${FRESH})`;
  const onKey = `ON CONFLICT (${table.key.map(postgres.identifier).join(', ')})`;
  if (table.write === 'append') return `${fresh} ${onKey} DO NOTHING`;
  const sum = postgres.identifier('checksum_sha256');
  return `${fresh} ${onKey} DO UPDATE SET ${assignments(table, existing).join(', ')}
      WHERE silver.${sum} IS DISTINCT FROM excluded.${sum}`;
}

/** What the row has now, and nothing in columns that are declared no more; what fills itself is left to do so. */
function assignments(table: Table, existing: readonly FoundColumn[]): string[] {
  const declared = [...table.columns, ...provenance].map(({ name }) => name);
  const known = new Set(declared.map((name) => name.toLowerCase()));
  const gone = existing.filter(({ name, filled }) => !known.has(name.toLowerCase()) && filled === 'null');
  return [
    ...declared.map(postgres.identifier).map((name) => `${name} = excluded.${name}`),
    ...gone.map(({ name }) => `${postgres.identifier(name)} = NULL`),
  ];
}

function typeOf({ columns }: Table, name: string) {
  const column = columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new TypeError(`${name} is not a column`);
  return column.type;
}
