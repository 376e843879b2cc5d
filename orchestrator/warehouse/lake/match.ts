/** Which rows of a table a package speaks of: each step an SQL statement, and a count of what it found. */
import { TidemillError } from '@tidemill/kit';
import type { Load, MergeCounts } from '../contract.ts';
import { duckDb } from '../engine/dialect.ts';
import { rowRanges, type Slices } from '../engine/slices.ts';
import { CHECKSUM, IS_DELETION, PLACE, STAGED, type StagedSql } from '../engine/staged.ts';
import type { Desk } from './desk.ts';
import { DEAD, type LiveRows, type OpenFile } from './live.ts';
import { columnOf, type KeyRange } from './parquet/sql.ts';
import { KEPT, lakeChecksum } from './rows.ts';
import type { TableField } from './table.ts';

/**
 * Rows of the table whose key a staged row has: `file`, `pos`, the row's `place` among the staged ones, whether both are the same,
 * and whether the staged one is a deletion.
 */
const MATCHED = 'temp.main.matched';

/** What was staged, one row for each key. */
export interface StagedRows {
  readonly sql: StagedSql;
  /** As many as came in. */
  readonly rows: number;
  readonly duplicates: number;
  readonly deletions: number;
  readonly rejected: number;
}

export interface Matching {
  readonly desk: Desk;
  readonly load: Load;
  readonly staged: StagedRows;
  readonly fields: readonly TableField[];
  readonly files: readonly OpenFile[];
  readonly live: LiveRows;
  readonly slices: Slices;
}

export type Matched = Pick<MergeCounts, 'updated' | 'unchanged' | 'deleted' | 'left'>;

/** Marks rows as dead that came from one of the bronze objects, and answers how many. */
export async function makeRoom({ desk, load, fields, files, live }: Matching): Promise<number> {
  const { replaces = [] } = load;
  if (replaces.length === 0) return 0;
  const origin = fieldOf(fields, 'bronze_object_path');
  const rows = await live.sql(files, [origin]);
  if (rows === undefined) return 0;
  const objects = replaces.map(duckDb.literal).join(', ');
  return desk.session.run(
    `INSERT INTO ${DEAD} SELECT file, pos, true FROM ${rows} WHERE ${columnOf(origin)} IN (${objects})`,
  );
}

/** Nothing of the table has a staged row's key, and every staged row is written. */
export async function matchNothing({ session }: Desk): Promise<Matched> {
  await session.run(`CREATE OR REPLACE TEMP TABLE ${KEPT} (place BIGINT)`);
  return { updated: 0, unchanged: 0, deleted: 0 };
}

/** Marks rows as dead that are outdated, to be deleted, or not named; and remembers which staged rows need not be written. */
export async function matchKeys(matching: Matching): Promise<Matched> {
  const { desk, load, staged } = matching;
  const { session } = desk;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${MATCHED} (file BIGINT, pos BIGINT, place BIGINT, is_same BOOLEAN, is_asked BOOLEAN)`,
  );
  await join(matching);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${KEPT} AS SELECT place FROM ${MATCHED} WHERE is_same AND NOT is_asked GROUP BY place`,
  );
  const unchanged = await count(desk, KEPT);
  const known = `(SELECT place FROM ${MATCHED} WHERE NOT is_asked GROUP BY place)`;
  const updated = (await count(desk, known)) - unchanged;
  const asked = staged.deletions === 0 ? 0 : await count(desk, `${MATCHED} WHERE is_asked`);
  // A key that has become shorter may be that of several rows: of a row that is written all of them go.
  await session.run(
    `INSERT INTO ${DEAD} SELECT file, pos, true FROM ${MATCHED} m ANTI JOIN ${KEPT} k ON k.place = m.place`,
  );
  if (staged.deletions > 0) {
    await session.run(`INSERT INTO ${KEPT} SELECT rowid FROM ${STAGED} WHERE ${IS_DELETION} IS NOT NULL`);
  }
  const { gone, ...left } = load.scope === 'everything' ? await settleUnnamed(matching) : { gone: 0 };
  return { updated, unchanged, deleted: asked + gone, ...left };
}

/** Joins the rows of the table with the staged ones, a slice of these at a time. */
async function join({ desk, load: { table }, staged, fields, files, live, slices }: Matching): Promise<void> {
  const { sql } = staged;
  const key = table.key.map((name) => fieldOf(fields, name));
  const within = await keyRange(desk, sql, key);
  if (within === undefined) return;
  // A file whose keys all lie below or above those that are staged is not looked at.
  const held = files.filter(({ file }) => file.mayHold(within.field, within.least, within.greatest));
  const isAppend = table.write === 'append';
  const sum = fieldOf(fields, 'checksum_sha256');
  const rows = await live.sql(held, isAppend ? key : [...key, sum], { within });
  if (rows === undefined) return;
  const keys = key.map((field, index) => `${columnOf(field)} AS ${sql.aliases[index]}`).join(', ');
  const old = `(SELECT file, pos, ${keys}, ${isAppend ? 'NULL' : columnOf(sum)} AS ${CHECKSUM} FROM ${rows})`;
  const more = `, ${IS_DELETION} IS NOT NULL AS ${IS_DELETION}, ${isAppend ? 'NULL' : lakeChecksum(table)} AS ${CHECKSUM}`;
  const isSame = isAppend ? 'true' : `old.${CHECKSUM} = new.${CHECKSUM}`;
  for (const range of rowRanges(staged.rows, slices.rows)) {
    await desk.session.run(
      `INSERT INTO ${MATCHED} SELECT old.file, old.pos, new.${PLACE}, ${isSame}, new.${IS_DELETION}
       FROM ${old} old JOIN ${sql.staged(range, more)} new ON ${sql.sameKey('old', 'new')}`,
    );
  }
}

/** From the least to the greatest staged value of the first column of the key; undefined where there is none. */
async function keyRange(
  { session }: Desk,
  sql: StagedSql,
  [field]: readonly TableField[],
): Promise<KeyRange | undefined> {
  const key = sql.aliases[0];
  const all = sql.staged({ part: 0, of: 1 });
  const ends = ['min', 'max'].map((end) => `CAST(${end}(${key}) AS VARCHAR)`);
  const [range] = await session.rows(`SELECT ${ends.join(', ')} FROM ${all}`);
  const [least, greatest] = range ?? [];
  if (field === undefined || typeof least !== 'string' || typeof greatest !== 'string') return undefined;
  return { field, least, greatest };
}

/** Deletes the rows that a package of everything does not name, or leaves them all. */
async function settleUnnamed(matching: Matching): Promise<{ readonly gone: number } & Pick<MergeCounts, 'left'>> {
  const { desk, load, staged, files, live } = matching;
  if (staged.rejected > 0) return { gone: 0 };
  await live.open(files);
  const rows = files.reduce((sum, { file }) => sum + file.rows, 0);
  // Those that this package has made dead by their keys it names.
  const named = await count(desk, MATCHED);
  const dead = await count(desk, `${DEAD} d ANTI JOIN ${MATCHED} m ON m.file = d.file AND m.pos = d.pos`);
  const of = rows - dead;
  const unnamed = of - named;
  if (unnamed === 0) return { gone: 0 };
  if (load.unnamed({ unnamed, of }) === 'leave') return { gone: 0, left: { unnamed, of } };
  const positions = await live.sql(files, []);
  const gone = await desk.session.run(
    `INSERT INTO ${DEAD} SELECT r.file, r.pos, true FROM ${positions} r ANTI JOIN ${MATCHED} m ON m.file = r.file AND m.pos = r.pos`,
  );
  return { gone };
}

export async function count({ session }: Desk, from: string): Promise<number> {
  return Number((await session.rows(`SELECT count(*) FROM ${from}`))[0]?.[0]);
}

function fieldOf(fields: readonly TableField[], name: string): TableField {
  const field = fields.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (field === undefined) throw new TidemillError('bug', 'lake-field', `A table of the lake has no column ${name}`);
  return field;
}
