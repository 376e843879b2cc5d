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
/** Staged rows of keys that several packages name, and what each does to the one before (`fate`). */
const LINKS = 'pg_temp.links';
/** Of each such key the row that stays staged, and the `first`, which is the one that meets the table. */
const FINALS = 'pg_temp.finals';
/** Of rows that stay for another one that meets the table: that one's package, checksum and kind. */
const FIRSTS = 'pg_temp.firsts';
const FRESH = 'pg_temp.fresh';

const own = (name: string): string => ownIdentifier(postgres, name);

const IS_DELETION = own('is_deletion');
const POSITION = own('position');
const CHECKSUM = own('checksum');
/** The number of the package, from 0. */
const PACKAGE = own('package');

export interface MergeSteps {
  readonly createStaging: string;
  readonly copy: string;
  /** How many rows there are is what the planner needs to know. */
  readonly analyze: string;
  /** Deletes rows of the table that came from one of the bronze objects. Answers each object, and how many. */
  deleteFrom(bronzeObjects: readonly string[]): string;
  /** Deletes staged rows that a later one of the same package with the same key takes the place of. Answers how many, by package. */
  readonly deleteDuplicates: string;
  /** Those of several packages with one key: which of them stays, and what the later ones come to (`countLater`). */
  readonly findLinks: string;
  /** By package, the counts of `LATER`. */
  readonly countLater: string;
  readonly findFinals: string;
  /** Its number of rows tells whether rows stay for others that meet the table. */
  readonly findFirsts: string;
  readonly keepFinals: string;
  /** Sets down which staged rows the table lacks, has otherwise, or is to lose. */
  findFresh(hasFirsts: boolean): string;
  /** By package, the counts of `MET`. */
  readonly countFresh: string;
  /** How many of those are to be written, and how many rows of the table are to be deleted. */
  readonly countChanges: string;
  /** Counts rows of the table that no staged row names. */
  readonly countGone: string;
  readonly deleteGone: string;
  /** Deletes rows of the table whose deletion is staged. */
  readonly deleteAsked: string;
  insert(hasFirsts: boolean): string;
}

/** What a later row of a key comes to, by its fate; the others are unchanged. */
export const LATER = ['inserted', 'updated', 'deleted', 'deletions'] as const;
/** What the first row of a key comes to, but for those that are unchanged. */
export const MET = ['inserted', 'updated', 'deleted', 'deletions'] as const;

/** `existing`: columns that the table has, those declared no more among them. */
export function mergeSteps(table: Table, now: Date, existing: readonly FoundColumn[]): MergeSteps {
  const relations = relationsOf(table);
  const { target, names, staged, isTarget } = relations;
  const deletions = staged(POSITION, `${STAGED} WHERE ${IS_DELETION} IS NOT NULL`);
  const isUnnamed = `NOT EXISTS (SELECT FROM ${staged(POSITION)} named WHERE ${isTarget('named')})`;
  const object = postgres.identifier('bronze_object_path');
  const temporary = (name: string, query: string): string =>
    `CREATE TEMPORARY TABLE ${name.replace('pg_temp.', '')} ON COMMIT DROP AS ${query}`;
  const fates = (of: string): string =>
    `count(*) FILTER (WHERE fate ${of === 'deletions' ? "IN ('deleted', 'nothing')" : `= '${of}'`})`;

  return {
    createStaging: `CREATE TEMPORARY TABLE staged (${stagingColumns(postgres, table)}, ${PACKAGE} integer) ON COMMIT DROP`,
    copy: `COPY ${STAGED} FROM STDIN`,
    analyze: `ANALYZE ${STAGED} (${[...names, POSITION].join(', ')})`,
    deleteFrom(bronzeObjects) {
      const objects = bronzeObjects.map(postgres.literal).join(', ');
      return `WITH gone AS (DELETE FROM ${target} WHERE ${object} IN (${objects}) RETURNING ${object} AS object)
        SELECT object, count(*) FROM gone GROUP BY object`;
    },
    deleteDuplicates: deleteDuplicates(relations),
    findLinks: temporary(LINKS, links(table, relations)),
    countLater: `SELECT ${PACKAGE}, ${LATER.map(fates).join(', ')} FROM ${LINKS} WHERE fate <> 'first' GROUP BY ${PACKAGE}`,
    findFinals: temporary(
      FINALS,
      `SELECT max(${POSITION}) FILTER (WHERE fate NOT IN ('unchanged', 'nothing')) AS ${POSITION}, min(${POSITION}) AS first FROM ${LINKS} GROUP BY key`,
    ),
    findFirsts: temporary(
      FIRSTS,
      `SELECT f.${POSITION}, l.${PACKAGE}, l.${CHECKSUM}, l.is_deletion FROM ${FINALS} f JOIN ${LINKS} l ON l.${POSITION} = f.first WHERE f.${POSITION} <> f.first`,
    ),
    keepFinals: `DELETE FROM ${STAGED} WHERE ${POSITION} IN (SELECT ${POSITION} FROM ${LINKS} EXCEPT SELECT ${POSITION} FROM ${FINALS})`,
    findFresh: (hasFirsts) => temporary(FRESH, fresh(table, relations, hasFirsts)),
    countFresh: `SELECT ${PACKAGE}, count(*) FILTER (WHERE NOT is_asked AND is_new), count(*) FILTER (WHERE NOT is_asked AND NOT is_new AND NOT is_same),
      count(*) FILTER (WHERE is_asked AND NOT is_new), count(*) FILTER (WHERE is_asked) FROM ${FRESH} GROUP BY ${PACKAGE}`,
    countChanges: `SELECT count(*) FILTER (WHERE NOT is_gone), count(*) FILTER (WHERE is_gone AND NOT is_new) FROM ${FRESH}`,
    countGone: `SELECT count(*) FROM ${target} AS silver WHERE ${isUnnamed}`,
    deleteGone: `DELETE FROM ${target} AS silver WHERE ${isUnnamed}`,
    deleteAsked: `DELETE FROM ${target} AS silver USING ${deletions} gone WHERE ${isTarget('gone')}`,
    insert: (hasFirsts) => insert(table, { now, existing, hasFirsts }),
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

type Relations = ReturnType<typeof relationsOf>;

function deleteDuplicates({ aliases, staged, same }: Relations): string {
  const rows = staged(`${POSITION}, ${PACKAGE}`);
  const keys = [...aliases, PACKAGE].join(', ');
  const latest = `SELECT ${keys}, max(${POSITION}) AS ${POSITION} FROM ${rows} one GROUP BY ${keys} HAVING count(*) > 1`;
  const places = `SELECT earlier.${POSITION} FROM ${rows} earlier JOIN (${latest}) latest
      ON ${same('earlier', 'latest')} AND earlier.${PACKAGE} = latest.${PACKAGE} AND earlier.${POSITION} < latest.${POSITION}`;
  return `WITH gone AS (DELETE FROM ${STAGED} WHERE ${POSITION} IN (${places}) RETURNING ${PACKAGE})
    SELECT ${PACKAGE}, count(*) FROM gone GROUP BY ${PACKAGE}`;
}

/** What the first of a key does, only the table can tell. Of rows that are only added to, all others find it there. */
function links({ write }: Table, { aliases, staged, same }: Relations): string {
  const several = `SELECT ${aliases.join(', ')} FROM ${staged(POSITION)} one GROUP BY ${aliases.join(', ')} HAVING count(*) > 1`;
  const keys = aliases.map((alias) => `r.${alias}`).join(', ');
  const isGone = `r.${IS_DELETION} IS NOT NULL`;
  const chained = `SELECT r.${POSITION}, r.${PACKAGE}, r.${CHECKSUM}, ${isGone} AS is_deletion, min(r.${POSITION}) OVER (PARTITION BY ${keys}) AS key,
      lag(${isGone}) OVER chain AS was_deletion, lag(r.${CHECKSUM}) OVER chain AS was
    FROM ${staged([POSITION, PACKAGE, CHECKSUM, IS_DELETION].join(', '))} r JOIN (${several}) several ON ${same('r', 'several')}
    WINDOW chain AS (PARTITION BY ${keys} ORDER BY r.${POSITION})`;
  return `SELECT *, CASE
      WHEN was_deletion IS NULL THEN 'first'
      WHEN ${write === 'append'} THEN 'unchanged'
      WHEN is_deletion THEN CASE WHEN was_deletion THEN 'nothing' ELSE 'deleted' END
      WHEN was_deletion THEN 'inserted'
      WHEN ${CHECKSUM} = was THEN 'unchanged' ELSE 'updated' END AS fate
    FROM (${chained}) chained`;
}

/** `is_new`: the table has no row of the key. `is_asked`: what meets the table asks for a deletion. `is_gone`: so does what stays. */
function fresh({ write }: Table, { aliases, staged, silver, same }: Relations, hasFirsts: boolean): string {
  const isAppend = write === 'append';
  const rows = staged([POSITION, PACKAGE, CHECKSUM, IS_DELETION].join(', '));
  const old = silver(`${isAppend ? 'NULL' : postgres.identifier('checksum_sha256')} AS ${CHECKSUM}`);
  const first = (name: string, otherwise: string): string =>
    hasFirsts ? `coalesce(f.${name}, ${otherwise})` : otherwise;
  const isNew = `old.${aliases[0]} IS NULL`;
  const isSame = isAppend ? 'true' : `old.${CHECKSUM} IS NOT DISTINCT FROM ${first(CHECKSUM, `new.${CHECKSUM}`)}`;
  const isGone = `new.${IS_DELETION} IS NOT NULL`;
  const isFirst = hasFirsts ? `f.${POSITION} IS NOT NULL` : 'false';
  return `SELECT new.${POSITION}, ${first(PACKAGE, `new.${PACKAGE}`)} AS ${PACKAGE}, ${isNew} AS is_new, ${isSame} AS is_same,
      ${first('is_deletion', isGone)} AS is_asked, ${isGone} AS is_gone
    FROM ${rows} new ${hasFirsts ? `LEFT JOIN ${FIRSTS} f ON f.${POSITION} = new.${POSITION}` : ''} LEFT JOIN ${old} old ON ${same('new', 'old')}
    WHERE ${isNew} OR NOT (${isSame}) OR ${isGone} OR ${isFirst}`;
}

interface Inserting {
  readonly now: Date;
  readonly existing: readonly FoundColumn[];
  readonly hasFirsts: boolean;
}

function insert(table: Table, { now, existing, hasFirsts }: Inserting): string {
  const row = silverRow(postgres, table, now);
  const into = `INSERT INTO ${postgres.table(table.schema, table.name)} AS silver (${row.names}) SELECT ${row.values} FROM ${STAGED}`;
  if (table.key.length === 0) return into;
  const fresh = `${into} WHERE ${POSITION} IN (SELECT ${POSITION} FROM ${FRESH} WHERE NOT is_gone)`;
  const onKey = `ON CONFLICT (${table.key.map(postgres.identifier).join(', ')})`;
  if (table.write === 'append') return `${fresh} ${onKey} DO NOTHING`;
  const sum = postgres.identifier('checksum_sha256');
  // A row that became another one and then what it was again is written as well: it came anew.
  const isOther = hasFirsts ? 'true' : `silver.${sum} IS DISTINCT FROM excluded.${sum}`;
  return `${fresh} ${onKey} DO UPDATE SET ${assignments(table, existing).join(', ')} WHERE ${isOther}`;
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
