/** A merge from beginning to end: stage the rows, settle them against the table in one transaction. */
import type { Capabilities, Load, MergeCounts, MergeResult, PackageCounts, PackageRows, Table } from '../contract.ts';
import { foldChains } from '../engine/chains.ts';
import { duckDb } from '../engine/dialect.ts';
import { MATCHED, match } from '../engine/match.ts';
import { withMoreMemory } from '../engine/memory.ts';
import type { FileSession } from '../engine/session.ts';
import { keyParts, rowRanges, type Slices } from '../engine/slices.ts';
import { stagingMemoryMb } from '../engine/stage.ts';
import { CHECKSUM, type StagedPackages, type StagedSql, stageAll, stagedSql } from '../engine/staged.ts';
import { addCounts, allNew, mergedPackages, newIn, type Tally, talliesFor } from '../packages.ts';
import { recordedCounts, recordedIn, recordPackages, schemaChanges } from '../sql.ts';
import { checkLoad } from '../table.ts';
import { existingTable } from './catalogue.ts';
import { MEMORY_MB, MERGE_MEMORY_MB } from './database.ts';
import { type MergeSteps, mergeSteps } from './merge-sql.ts';

/** What MERGE_MEMORY_MB is enough for, with wide keys. */
const SLICES: Slices = { keys: 500_000, rows: 100_000 };

/**
 * Very wide tables and very long values need more than MERGE_MEMORY_MB for a single row group. The staged rows are still
 * there when a transaction fails for want of memory, so it is tried again with more, in MB.
 */
const MORE_MEMORY_MB = [4 * MERGE_MEMORY_MB, 16 * MERGE_MEMORY_MB, MEMORY_MB];

export const CAPABILITIES: Capabilities = { atomic: 'package', deletes: true, schemaChanges: true };

/** Merges the load. Only one merge may run on a file at a time. */
export async function merge(session: FileSession, load: Load, slices = SLICES): Promise<MergeResult> {
  const ids = load.packages.map(({ id }) => id);
  const recorded = recordedIn(await session.rows(recordedCounts(duckDb, ids)));
  const packages = newIn(load, recorded);
  if (packages.length === 0) return { packages: mergedPackages(load, recorded) };
  checkLoad(load, CAPABILITIES);
  const changes = schemaChanges(duckDb, load.table, await existingTable(session, load.table));
  const sql = stagedSql(load.table);
  const steps = mergeSteps(load.table, sql);
  const width = stagingMemoryMb(load.table);
  const more = MORE_MEMORY_MB.map((limit) => limit + width);
  try {
    await session.limitMemory(MERGE_MEMORY_MB + width);
    await session.run(sql.create);
    const staged = await stageAll(session, { table: load.table, packages });
    const settling = { session, load, packages, changes, sql, steps, slices, staged };
    const applied = await withMoreMemory(session, more, () => settle(settling));
    return { packages: mergedPackages(load, recorded, applied) };
  } finally {
    await session.limitMemory(MEMORY_MB);
    await session.checkpoint();
  }
}

interface Settling {
  readonly session: FileSession;
  readonly load: Load;
  /** Those that are not loaded yet. */
  readonly packages: readonly PackageRows[];
  readonly changes: readonly string[];
  readonly sql: StagedSql;
  readonly steps: MergeSteps;
  readonly slices: Slices;
  readonly staged: StagedPackages;
}

async function settle(settling: Settling): Promise<PackageCounts[]> {
  const { session, load, packages, staged, changes, steps } = settling;
  await session.run('BEGIN TRANSACTION');
  try {
    for (const change of changes) await session.run(change);
    const tallies = talliesFor(packages.length);
    await makeRoom(settling, tallies);
    const left = load.table.key.length === 0 ? allNew(staged.packages, tallies) : await settleKeys(settling, tallies);
    const written = await session.run(steps.insert(load.now));
    // Of one package what is written is what was counted, or the load does not balance.
    if (packages.length === 1) for (const tally of tallies) tally.inserted = written - tally.updated;
    const applied = packages.map(({ id }, index): PackageCounts => {
      return { id, counts: { rows: staged.packages[index]?.rows ?? 0, ...(tallies[index] as Tally), ...left } };
    });
    await session.run(recordPackages(duckDb, load, applied));
    await load.beforeCommit(applied);
    await session.run('COMMIT');
    return applied;
  } catch (error) {
    // A COMMIT that failed has rolled back already; closing the connection would, too.
    await session.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function makeRoom({ session, packages, steps }: Settling, tallies: readonly Tally[]): Promise<void> {
  for (const [index, { replaces = [] }] of packages.entries()) {
    if (replaces.length > 0) addCounts(tallies, [[index, await session.run(steps.deleteFrom(replaces))]], ['deleted']);
  }
}

async function settleKeys(settling: Settling, tallies: readonly Tally[]): Promise<Pick<MergeCounts, 'left'>> {
  const { session, load, sql, steps, slices, staged } = settling;
  const { table } = load;
  const parts = keyParts(staged.rows, slices.keys);
  const hasFirsts = await foldChains({ session, table, sql, staged, parts, checksum: CHECKSUM }, tallies);
  const before = await countRows(session, table);
  const old = before === 0 ? undefined : steps.old;
  await match({ session, table, sql, staged, hasFirsts, old, checksum: CHECKSUM, atOnce: slices.rows }, tallies);
  if (before === 0) return {};
  const left = await settleUnnamed(settling, before, tallies);
  for (const range of rowRanges(staged.rows, slices.rows)) await session.run(steps.deleteOutdated(range));
  return left;
}

/** Deletes the rows that a package of everything does not name, or leaves them all. */
async function settleUnnamed(
  { session, load, steps, slices, staged }: Settling,
  before: number,
  tallies: readonly Tally[],
): Promise<Pick<MergeCounts, 'left'>> {
  const isRejecting = staged.packages.some(({ rejected }) => rejected > 0);
  if (load.scope !== 'everything' || isRejecting) return {};
  // Counted first: a transaction cannot take back a part of what it did.
  const [named] = await session.rows(`SELECT count(*) FROM ${MATCHED}`);
  const rows = { unnamed: before - Number(named?.[0]), of: before };
  if (rows.unnamed === 0) return {};
  if (load.unnamed(rows) === 'leave') return { left: rows };
  let gone = 0;
  for (const part of keyParts(before, slices.keys)) gone += await session.run(steps.deleteUnnamed(part));
  addCounts(tallies, [[0, gone]], ['deleted']);
  return {};
}

/** DuckDB knows the number without a look at the rows. */
async function countRows(session: FileSession, { schema, name }: Table): Promise<number> {
  return Number((await session.rows(`SELECT count(*) FROM ${duckDb.table(schema, name)}`))[0]?.[0]);
}
