/**
 * What several staged rows say of one key. Of those of one package the last one counts. Of several packages the row of each takes the
 * place of the one before, as if they were applied one after the other: what that comes to is counted here, without the table, and of
 * each key the one row stays staged that is in the table in the end, or is to be deleted from it.
 */
import type { Table } from '../contract.ts';
import { addCounts, type Tally } from '../packages.ts';
import type { FileSession } from './session.ts';
import type { KeyPart } from './slices.ts';
import {
  CHECKSUM,
  IS_DELETION,
  KEY,
  own,
  PACKAGE,
  PLACE,
  STAGED,
  type StagedPackages,
  type StagedSql,
  withPackage,
} from './staged.ts';

/** Staged rows of keys that several have, with their packages; `KEY` is the first place of that key. */
const CHAINED = 'temp.main.chained';
/** Of each key in each package the last one, and how many `rows` there were. */
const LASTS = 'temp.main.lasts';
/** Those with their checksums, and their `fate`: what each does to the one before. */
const LINKS = 'temp.main.links';
/** Of each key the row that stays, and the place of the `first`, which is the one that meets the table. */
const FINALS = 'temp.main.finals';

/** Of rows that stay for another one that meets the table: their places, and package, checksum and `is_deletion` of that one. */
export const FIRSTS = 'temp.main.firsts';

export interface Chains {
  readonly session: FileSession;
  readonly table: Pick<Table, 'write'>;
  readonly sql: StagedSql;
  readonly staged: StagedPackages;
  /** Slices of the keys. */
  readonly parts: readonly KeyPart[];
  /** The checksum of a staged row, in SQL. */
  readonly checksum: string;
}

/** Adds to the counts of the packages. Answers whether there is any row in `FIRSTS`. */
export async function foldChains(chains: Chains, tallies: readonly Tally[]): Promise<boolean> {
  const { session, staged, parts } = chains;
  await session.run(`CREATE OR REPLACE TEMP TABLE ${CHAINED} (${PLACE} BIGINT, ${KEY} BIGINT, ${PACKAGE} INTEGER)`);
  let rows = 0;
  for (const part of parts) rows += await session.run(findChained(chains, part));
  if (rows === 0) return false;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${LASTS} AS SELECT ${KEY}, ${PACKAGE}, max(${PLACE}) AS ${PLACE}, count(*) AS rows FROM ${CHAINED} GROUP BY ALL`,
  );
  const duplicates = `SELECT ${PACKAGE}, sum(rows) - count(*) FROM ${LASTS} GROUP BY ALL`;
  addCounts(tallies, await session.rows(duplicates), ['duplicates']);
  if (staged.packages.length > 1) return foldPackages(chains, tallies);
  await session.run(keepOnly(LASTS));
  return false;
}

function findChained({ sql, staged }: Chains, part: KeyPart): string {
  const rows = sql.staged(part);
  const several = `SELECT ${sql.aliases.join(', ')}, min(${PLACE}) AS ${KEY} FROM ${rows} GROUP BY ALL HAVING count(*) > 1`;
  const found = `(SELECT r.${PLACE}, several.${KEY} FROM ${rows} r JOIN (${several}) several ON ${sql.sameKey('r', 'several')})`;
  return `INSERT INTO ${CHAINED} SELECT ${PLACE}, ${KEY}, ${PACKAGE} FROM ${withPackage(staged, found)}`;
}

const keepOnly = (kept: string): string =>
  `DELETE FROM ${STAGED} WHERE rowid IN (SELECT ${PLACE} FROM ${CHAINED} ANTI JOIN ${kept} USING (${PLACE}))`;

/** A row that changes nothing is not written: the one before it stays, and where that came from. */
async function foldPackages(chains: Chains, tallies: readonly Tally[]): Promise<boolean> {
  const { session } = chains;
  await session.run(`CREATE OR REPLACE TEMP TABLE ${LINKS} AS ${links(chains)}`);
  const later = `SELECT ${PACKAGE}, ${LATER.map(([, fate]) => `count(*) FILTER (fate ${fate})`).join(', ')}
    FROM ${LINKS} WHERE fate <> 'first' GROUP BY ALL`;
  const counted = LATER.map(([name]) => name);
  addCounts(tallies, await session.rows(later), counted);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${FINALS} AS SELECT max(${PLACE}) FILTER (fate NOT IN ('unchanged', 'nothing')) AS ${PLACE}, min(${PLACE}) AS first
     FROM ${LINKS} GROUP BY ${KEY}`,
  );
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${FIRSTS} AS SELECT f.${PLACE}, l.${PACKAGE}, l.${CHECKSUM}, l.is_deletion
     FROM ${FINALS} f JOIN ${LINKS} l ON l.${PLACE} = f.first WHERE f.${PLACE} <> f.first`,
  );
  await session.run(keepOnly(FINALS));
  return Number((await session.rows(`SELECT count(*) FROM ${FIRSTS}`))[0]?.[0]) > 0;
}

const LATER = [
  ['inserted', "= 'inserted'"],
  ['updated', "= 'updated'"],
  ['unchanged', "= 'unchanged'"],
  ['deleted', "= 'deleted'"],
  ['deletions', "IN ('deleted', 'nothing')"],
] as const;

const GONE = own('gone');

/** What the first of a key does, only the table can tell. Of rows that are only added to, all others find it there. */
function links({ table, checksum }: Chains): string {
  // The checksum is made of the columns of the staged row: no other of these is called as one of them may be.
  const rows = `SELECT l.*, ${IS_DELETION} IS NOT NULL AS ${GONE}, ${checksum} AS ${CHECKSUM}
    FROM (SELECT ${KEY}, ${PACKAGE}, ${PLACE} FROM ${LASTS}) l JOIN (SELECT *, rowid AS ${PLACE} FROM ${STAGED}) USING (${PLACE})`;
  const before = `SELECT *, row_number() OVER chain AS number, lag(${GONE}) OVER chain AS was_deletion, lag(${CHECKSUM}) OVER chain AS was
    FROM (${rows}) WINDOW chain AS (PARTITION BY ${KEY} ORDER BY ${PLACE})`;
  return `SELECT ${KEY}, ${PACKAGE}, ${PLACE}, ${CHECKSUM}, ${GONE} AS is_deletion, CASE
      WHEN number = 1 THEN 'first'
      WHEN ${table.write === 'append'} THEN 'unchanged'
      WHEN ${GONE} THEN CASE WHEN was_deletion THEN 'nothing' ELSE 'deleted' END
      WHEN was_deletion THEN 'inserted'
      WHEN ${CHECKSUM} = was THEN 'unchanged' ELSE 'updated' END AS fate
    FROM (${before})`;
}
