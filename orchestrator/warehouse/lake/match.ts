/** Which rows of a table the packages of a load speak of: each step an SQL statement, and a count of what it found. */
import { TidemillError } from '@tidemill/kit';
import type { Load, MergeCounts, PackageRows } from '../contract.ts';
import { duckDb } from '../engine/dialect.ts';
import { MATCHED, match, OUTDATED } from '../engine/match.ts';
import type { Slices } from '../engine/slices.ts';
import { CHECKSUM, type StagedPackages, type StagedSql } from '../engine/staged.ts';
import { addCounts, type Tally } from '../packages.ts';
import type { Desk } from './desk.ts';
import { DEAD, type LiveRows, type OpenFile } from './live.ts';
import { columnOf, type KeyRange } from './parquet/sql.ts';
import { LAKE_CHECKSUM } from './rows.ts';
import type { TableField } from './table.ts';

/** What was staged, one row for each key. */
export interface StagedRows extends StagedPackages {
  readonly sql: StagedSql;
  /** What the packages come to without the table. */
  readonly tallies: readonly Tally[];
  readonly hasFirsts: boolean;
}

export interface Matching {
  readonly desk: Desk;
  readonly load: Load;
  /** Those that are not loaded yet. */
  readonly packages: readonly PackageRows[];
  readonly staged: StagedRows;
  readonly fields: readonly TableField[];
  readonly files: readonly OpenFile[];
  readonly live: LiveRows;
  readonly slices: Slices;
}

/** Marks rows as dead that came from bronze objects whose rows make room. */
export async function makeRoom(
  { desk, packages, fields, files, live }: Matching,
  tallies: readonly Tally[],
): Promise<void> {
  for (const [index, { replaces = [] }] of packages.entries()) {
    if (replaces.length === 0) continue;
    const origin = fieldOf(fields, 'bronze_object_path');
    const rows = await live.sql(files, [origin]);
    if (rows === undefined) return;
    const objects = replaces.map(duckDb.literal).join(', ');
    const room = `INSERT INTO ${DEAD} SELECT file, pos, true FROM ${rows} WHERE ${columnOf(origin)} IN (${objects})`;
    addCounts(tallies, [[index, await desk.session.run(room)]], ['deleted']);
  }
}

/** Marks rows as dead that are outdated, to be deleted, or not named. */
export async function matchKeys(matching: Matching, tallies: readonly Tally[]): Promise<Pick<MergeCounts, 'left'>> {
  const { desk, load, staged, slices } = matching;
  const { session } = desk;
  const old = await oldRows(matching);
  const { sql, hasFirsts } = staged;
  const how = { old, checksum: LAKE_CHECKSUM, atOnce: slices.rows };
  await match({ session, table: load.table, sql, staged, hasFirsts, ...how }, tallies);
  await session.run(`INSERT INTO ${DEAD} SELECT file, pos, true FROM ${OUTDATED}`);
  return load.scope === 'everything' ? settleUnnamed(matching, tallies) : {};
}

/** The living rows of files that may have a key that is staged. */
async function oldRows({ desk, load: { table }, staged, fields, files, live }: Matching): Promise<string | undefined> {
  const key = table.key.map((name) => fieldOf(fields, name));
  const within = await keyRange(desk, staged.sql, key);
  if (within === undefined) return undefined;
  // A file whose keys all lie below or above those that are staged is not looked at.
  const held = files.filter(({ file }) => file.mayHold(within.field, within.least, within.greatest));
  const isAppend = table.write === 'append';
  const sum = fieldOf(fields, 'checksum_sha256');
  const rows = await live.sql(held, isAppend ? key : [...key, sum], { within });
  if (rows === undefined) return undefined;
  const keys = key.map((field, index) => `${columnOf(field)} AS ${staged.sql.aliases[index]}`).join(', ');
  return `(SELECT file, pos, ${keys}, ${isAppend ? 'NULL' : columnOf(sum)} AS ${CHECKSUM} FROM ${rows})`;
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
async function settleUnnamed(
  { desk, load, staged, files, live }: Matching,
  tallies: readonly Tally[],
): Promise<Pick<MergeCounts, 'left'>> {
  if (staged.packages.some(({ rejected }) => rejected > 0)) return {};
  await live.open(files);
  const rows = files.reduce((sum, { file }) => sum + file.rows, 0);
  // Those that this package has made dead by their keys it names.
  const named = await count(desk, MATCHED);
  const dead = await count(desk, `${DEAD} d ANTI JOIN ${MATCHED} m ON m.file = d.file AND m.pos = d.pos`);
  const of = rows - dead;
  const unnamed = of - named;
  if (unnamed === 0) return {};
  if (load.unnamed({ unnamed, of }) === 'leave') return { left: { unnamed, of } };
  const positions = await live.sql(files, []);
  const gone = await desk.session.run(
    `INSERT INTO ${DEAD} SELECT r.file, r.pos, true FROM ${positions} r ANTI JOIN ${MATCHED} m ON m.file = r.file AND m.pos = r.pos`,
  );
  addCounts(tallies, [[0, gone]], ['deleted']);
  return {};
}

export async function count({ session }: Desk, from: string): Promise<number> {
  return Number((await session.rows(`SELECT count(*) FROM ${from}`))[0]?.[0]);
}

function fieldOf(fields: readonly TableField[], name: string): TableField {
  const field = fields.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (field === undefined) throw new TidemillError('bug', 'lake-field', `A table of the lake has no column ${name}`);
  return field;
}
