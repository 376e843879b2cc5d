/** A merge from beginning to end: stage the rows, settle them against the table in one transaction. */
import type { Capabilities, Load, MergeCounts, MergeResult, Table } from '../contract.ts';
import { duckDb } from '../engine/dialect.ts';
import { withMoreMemory } from '../engine/memory.ts';
import type { FileSession } from '../engine/session.ts';
import { type KeyPart, keyParts, rowRanges, type Slices } from '../engine/slices.ts';
import { type Staged, stage, stagingMemoryMb } from '../engine/stage.ts';
import { type StagedSql, stagedSql } from '../engine/staged.ts';
import { recordedCounts, recordPackage, schemaChanges } from '../sql.ts';
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
  const [recorded] = await session.rows(recordedCounts(duckDb, load.packageId));
  if (recorded !== undefined) {
    // One that an older version recorded knows of no deletions.
    const counts: MergeCounts = { deletions: 0, ...JSON.parse(String(recorded[0])) };
    return { counts, alreadyLoaded: true };
  }
  checkLoad(load, CAPABILITIES);
  const changes = schemaChanges(duckDb, load.table, await existingTable(session, load.table));
  const sql = stagedSql(load.table);
  const steps = mergeSteps(load.table, sql);
  const width = stagingMemoryMb(load.table);
  const more = MORE_MEMORY_MB.map((limit) => limit + width);
  try {
    await session.limitMemory(MERGE_MEMORY_MB + width);
    await session.run(sql.create);
    const staged = await stage(session, load.rows);
    const counts = await withMoreMemory(session, more, () =>
      settle(session, load, { changes, sql, steps, slices, ...staged }),
    );
    return { counts, alreadyLoaded: false };
  } finally {
    await session.limitMemory(MEMORY_MB);
    await session.checkpoint();
  }
}

interface Settling extends Staged {
  readonly changes: readonly string[];
  readonly sql: StagedSql;
  readonly steps: MergeSteps;
  readonly slices: Slices;
}

async function settle(session: FileSession, load: Load, staged: Settling): Promise<MergeCounts> {
  await session.run('BEGIN TRANSACTION');
  try {
    for (const change of staged.changes) await session.run(change);
    const room = await makeRoom(session, load, staged.steps);
    const settled = load.table.key.length === 0 ? NOTHING : await settleKeys(session, load, staged);
    const written = await session.run(staged.steps.insert(load.now));
    const counts = {
      rows: staged.rows,
      inserted: written - settled.updated,
      ...settled,
      deleted: settled.deleted + room,
    };
    await session.run(recordPackage(duckDb, { ...load, counts }));
    await load.beforeCommit(counts);
    await session.run('COMMIT');
    return counts;
  } catch (error) {
    // A COMMIT that failed has rolled back already; closing the connection would, too.
    await session.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function makeRoom(session: FileSession, { replaces = [] }: Load, steps: MergeSteps): Promise<number> {
  return replaces.length === 0 ? 0 : session.run(steps.deleteFrom(replaces));
}

type Settled = Pick<MergeCounts, 'updated' | 'unchanged' | 'duplicates' | 'deleted' | 'deletions' | 'left'>;

const NOTHING: Settled = { updated: 0, unchanged: 0, duplicates: 0, deleted: 0, deletions: 0 };

async function settleKeys(session: FileSession, load: Load, staged: Settling): Promise<Settled> {
  const { table } = load;
  const { sql, steps, rows, slices } = staged;
  const sum = <T>(all: readonly T[], step: (slice: T) => string): Promise<number> =>
    summed(all, (slice) => session.run(step(slice)));
  const parts = keyParts(rows, slices.keys);
  const ranges = rowRanges(rows, slices.rows);
  const duplicates = await sum(parts, sql.deleteDuplicates);
  const before = await countRows(session, table);
  const asked = staged.deletions === 0 ? 0 : await session.run(steps.deleteAsked);
  const deletions = staged.deletions === 0 ? 0 : await session.run(steps.forgetDeletions);
  if (before === asked) return { ...NOTHING, duplicates, deleted: asked, deletions };
  const { gone, ...left } = await settleUnnamed(session, load, staged, { parts, before });
  const deleted = asked + gone;
  const unchanged = await sum(ranges, steps.deleteUnchanged);
  let updated = 0;
  if (table.write === 'append') return { updated, unchanged, duplicates, deleted, deletions, ...left };
  for (const range of ranges) updated += Number((await session.rows(steps.countOutdated(range)))[0]?.[0]);
  await sum(ranges, steps.deleteOutdated);
  return { updated, unchanged, duplicates, deleted, deletions, ...left };
}

/** Deletes the rows that a package of everything does not name, or leaves them all. */
async function settleUnnamed(
  session: FileSession,
  { scope, unnamed: decide }: Load,
  { steps, rejected }: Settling,
  { parts, before }: { readonly parts: readonly KeyPart[]; readonly before: number },
): Promise<{ readonly gone: number } & Pick<MergeCounts, 'left'>> {
  if (scope !== 'everything' || rejected > 0) return { gone: 0 };
  // Counted first: a transaction cannot take back a part of what it did.
  const unnamed = await summed(parts, async (part) => Number((await session.rows(steps.countGone(part)))[0]?.[0]));
  if (unnamed === 0) return { gone: 0 };
  const rows = { unnamed, of: before };
  if (decide(rows) === 'leave') return { gone: 0, left: rows };
  return { gone: await summed(parts, (part) => session.run(steps.deleteGone(part))) };
}

async function summed<T>(all: readonly T[], action: (one: T) => Promise<number>): Promise<number> {
  let sum = 0;
  for (const one of all) sum += await action(one);
  return sum;
}

/** DuckDB knows the number without a look at the rows. */
async function countRows(session: FileSession, { schema, name }: Table): Promise<number> {
  return Number((await session.rows(`SELECT count(*) FROM ${duckDb.table(schema, name)}`))[0]?.[0]);
}
