/** Staged rows, one for each key, held against the rows of a table: each step an SQL statement, and counts of what it found. */
import type { Table } from '../contract.ts';
import { addCounts, type Tally } from '../packages.ts';
import { FIRSTS } from './chains.ts';
import type { FileSession } from './session.ts';
import { inRange, type RowRange, rowRanges } from './slices.ts';
import {
  CHECKSUM,
  IS_DELETION,
  own,
  PACKAGE,
  PLACE,
  STAGED,
  type StagedPackages,
  type StagedSql,
  withPackage,
} from './staged.ts';

/**
 * Rows of the table whose key a staged row has: where they lie (`file`, `pos`), the staged row's place, and of the one that meets
 * the table whether both are the same, and whether it asks for a deletion.
 */
export const MATCHED = 'temp.main.matched';

/** Places of staged rows that the table has: they are not written, and its rows stay. */
export const KEPT = 'temp.main.kept';

export interface Matching {
  readonly session: FileSession;
  readonly table: Pick<Table, 'write'>;
  readonly sql: StagedSql;
  readonly staged: StagedPackages;
  /** Whether some rows stay for others that meet the table: `foldChains` says so. */
  readonly hasFirsts: boolean;
  /** The table's rows: `file`, `pos`, keys by their aliases, and the checksum. Undefined where there are none. */
  readonly old: string | undefined;
  /** The checksum of a staged row, in SQL. */
  readonly checksum: string;
  /** So many staged rows are joined at once. */
  readonly atOnce: number;
}

const IS_ASKED = own('is_asked');

/** Makes `MATCHED` and `KEPT` anew, and adds to the counts of the packages. */
export async function match(matching: Matching, tallies: readonly Tally[]): Promise<void> {
  const { session, staged, hasFirsts, old, atOnce } = matching;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${MATCHED} (file BIGINT, pos BIGINT, ${PLACE} BIGINT, is_same BOOLEAN, is_asked BOOLEAN)`,
  );
  for (const range of rowRanges(staged.rows, atOnce)) {
    if (old !== undefined) await session.run(join(matching, old, range));
    addCounts(tallies, await session.rows(tallyOf(matching, range)), MET);
  }
  const others = hasFirsts ? `ANTI JOIN ${FIRSTS} USING (${PLACE})` : '';
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${KEPT} AS SELECT ${PLACE} FROM ${MATCHED} ${others} WHERE is_same AND NOT is_asked GROUP BY ALL`,
  );
}

function join({ table, sql, hasFirsts, checksum }: Matching, old: string, range: RowRange): string {
  const isAppend = table.write === 'append';
  const more = `, ${IS_DELETION} IS NOT NULL AS ${IS_ASKED}, ${isAppend ? 'NULL' : checksum} AS ${CHECKSUM}`;
  const rows = `${sql.staged(range, more)} new`;
  const sum = hasFirsts ? `coalesce(f.${CHECKSUM}, new.${CHECKSUM})` : `new.${CHECKSUM}`;
  const isAsked = hasFirsts ? `coalesce(f.is_deletion, new.${IS_ASKED})` : `new.${IS_ASKED}`;
  const isSame = isAppend ? 'true' : `old.${CHECKSUM} = ${sum}`;
  return `INSERT INTO ${MATCHED} SELECT old.file, old.pos, new.${PLACE}, ${isSame}, ${isAsked}
    FROM ${old} old JOIN ${hasFirsts ? `(${rows} LEFT JOIN ${FIRSTS} f USING (${PLACE}))` : rows} ON ${sql.sameKey('old', 'new')}`;
}

export const MET = ['inserted', 'updated', 'unchanged', 'deletions', 'deleted'] as const;

/** What the rows that meet the table come to, by their packages. */
export function tallyOf({ staged, hasFirsts }: Matching, range: RowRange): string {
  const rows = `(SELECT rowid AS ${PLACE}, ${IS_DELETION} IS NOT NULL AS ${IS_ASKED} FROM ${STAGED} WHERE ${inRange(range)})`;
  const own = withPackage(staged, rows);
  const first = hasFirsts
    ? `(SELECT ${PLACE}, coalesce(f.${PACKAGE}, o.${PACKAGE}) AS ${PACKAGE}, coalesce(f.is_deletion, o.${IS_ASKED}) AS ${IS_ASKED} FROM ${own} o LEFT JOIN ${FIRSTS} f USING (${PLACE}))`
    : own;
  // A key that has become shorter may be that of several rows.
  const met = `(SELECT ${PLACE}, bool_or(is_same) AS is_same, count(*) AS rows FROM ${MATCHED} WHERE ${inRange(range, PLACE)} GROUP BY ${PLACE})`;
  const isRow = `NOT ${IS_ASKED}`;
  return `SELECT ${PACKAGE}, count(*) FILTER (${isRow} AND rows IS NULL), count(*) FILTER (${isRow} AND NOT is_same),
      count(*) FILTER (${isRow} AND is_same), count(*) FILTER (${IS_ASKED}), sum(rows) FILTER (${IS_ASKED})
    FROM ${first} LEFT JOIN ${met} USING (${PLACE}) GROUP BY ${PACKAGE}`;
}

/** Rows of `MATCHED` that do not stay in the table. */
export const OUTDATED = `${MATCHED} ANTI JOIN ${KEPT} USING (${PLACE})`;

/** Staged rows that are to be written, their columns and places. Of a table without a key that is all of them. */
export const toWrite = ({ key }: Pick<Table, 'key'>): string => {
  const rows = `(SELECT *, rowid AS ${PLACE} FROM ${STAGED} WHERE ${IS_DELETION} IS NULL)`;
  return key.length === 0 ? rows : `${rows} ANTI JOIN ${KEPT} USING (${PLACE})`;
};
