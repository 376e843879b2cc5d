/** What a load comes to, held against the table as of one moment. Nothing is changed. */
import type { Load, MergeCounts, PackageCounts, PackageRows } from '../contract.ts';
import { MATCHED, type Matching, MET, match, tallyOf } from '../engine/match.ts';
import type { FileSession } from '../engine/session.ts';
import { rowRanges, type Slices } from '../engine/slices.ts';
import { CHECKSUM, type StagedPackages, type StagedSql } from '../engine/staged.ts';
import { addCounts, addRoom, COUNTED, type Tally, talliesFor } from '../packages.ts';
import { HELD, type Holding, heldSql, hold, holdRoom, ROOM } from './held.ts';
import type { Done } from './journal.ts';

/** What was staged of some packages. */
export interface StagedLoad extends StagedPackages {
  readonly sql: StagedSql;
  /** What the packages come to without the table. */
  readonly tallies: readonly Tally[];
  readonly hasFirsts: boolean;
}

export interface Weighing {
  readonly load: Load;
  readonly packages: readonly PackageRows[];
  readonly session: FileSession;
  readonly staged: StagedLoad;
  readonly holding: Holding;
  readonly done: Done;
  readonly slices: Slices;
}

export interface Weighed {
  readonly applied: readonly PackageCounts[];
  /** What is to become of rows that the load does not name; undefined where there are none. */
  readonly unnamed: Done['unnamed'];
  /** Undefined of a table without a key. */
  readonly matching: Matching | undefined;
}

export async function weigh(weighing: Weighing): Promise<Weighed> {
  const { load, packages, session, staged, holding, done } = weighing;
  const tallies = staged.tallies.map((tally) => ({ ...tally }));
  for (const [at, counts] of done.counts.entries()) {
    addCounts(tallies, [[at, ...COUNTED.map((name) => counts[name])]]);
  }
  const objects = done.phase === 'room' ? packages.flatMap(({ replaces = [] }) => replaces) : [];
  await holdRoom(holding, objects);
  addRoom(tallies, packages, await session.rows(`SELECT object, count(*) FROM ${ROOM} GROUP BY object`));
  const isKeyed = load.table.key.length > 0;
  const matching = isKeyed ? await matched(weighing, tallies) : undefined;
  if (!isKeyed) await countRows(weighing, tallies);
  const unnamed = load.scope === 'everything' ? await settleUnnamed(weighing, tallies) : undefined;
  const left: Pick<MergeCounts, 'left'> = typeof unnamed === 'object' ? { left: unnamed } : {};
  const applied = packages.map(({ id }, at): PackageCounts => {
    return { id, counts: { rows: staged.packages[at]?.rows ?? 0, ...(tallies[at] as Tally), ...left } };
  });
  return { applied, unnamed, matching };
}

/** Of a table without a key every row that is not there yet is a new one. */
async function countRows({ staged, done }: Weighing, tallies: readonly Tally[]): Promise<void> {
  let before = 0;
  for (const [at, { rows }] of staged.packages.entries()) {
    const isDone = Math.min(rows, Math.max(0, done.place + 1 - before));
    addCounts(tallies, [[at, rows - isDone]], ['inserted']);
    before += rows;
  }
}

/** Holds the staged rows against those of the table; of rows that are done the counts are known. */
async function matched(weighing: Weighing, tallies: readonly Tally[]): Promise<Matching> {
  const { load, session, staged, holding, done, slices } = weighing;
  await hold(holding, staged.rows, load.scope);
  const { sql, hasFirsts } = staged;
  const how = { old: heldSql(holding), checksum: CHECKSUM, atOnce: slices.rows };
  const matching = { session, table: load.table, sql, staged, hasFirsts, ...how };
  await match(matching, talliesFor(staged.packages.length));
  const ranges = rowRanges(staged.rows, slices.rows).filter(({ last }) => last > done.place);
  for (const { first, last } of ranges) {
    const range = { first: Math.max(first, done.place + 1), last };
    addCounts(tallies, await session.rows(tallyOf(matching, range)), MET);
  }
  return matching;
}

/** Decides once what becomes of rows that a package of everything does not name. */
async function settleUnnamed(
  { load, session, staged, done }: Weighing,
  tallies: readonly Tally[],
): Promise<Done['unnamed']> {
  if (staged.packages.some(({ rejected }) => rejected > 0)) return undefined;
  const [counted] = await session.rows(`SELECT (SELECT count(*) FROM ${HELD}), (SELECT count(*) FROM ${MATCHED})`);
  const [of = 0, named = 0] = (counted ?? []).map(Number);
  const rows = { unnamed: of - named, of };
  const decided = done.unnamed ?? (rows.unnamed === 0 ? undefined : load.unnamed(rows) === 'leave' ? rows : 'delete');
  if (decided === 'delete') addCounts(tallies, [[0, rows.unnamed]], ['deleted']);
  return decided;
}
