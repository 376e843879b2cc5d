/** A merge from beginning to end: stage the rows, settle them against the table in one transaction. */
import { TidemillError } from '@tidemill/kit';
import type { Capabilities, Load, MergeCounts, MergeResult, Table } from '../contract.ts';
import { recordedCounts, recordPackage, schemaChanges } from '../sql.ts';
import { checkLoad } from '../table.ts';
import { existingTable } from './catalogue.ts';
import { type FileSession, MEMORY_MB, MERGE_MEMORY_MB } from './database.ts';
import { duckDb } from './dialect.ts';
import { type KeyPart, type MergeSteps, mergeSteps, type RowRange } from './merge-sql.ts';
import { type Staged, stage } from './stage.ts';

/** How much a step joins at once: staged keys alone, and staged rows with their checksums. */
export interface Slices {
  readonly keys: number;
  readonly rows: number;
}

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
  const steps = mergeSteps(load.table);
  try {
    await session.limitMemory(MERGE_MEMORY_MB);
    await session.run(steps.createStaging);
    const staged = await stage(session, load.rows);
    const counts = await withMemory(session, () => settle(session, load, { changes, steps, slices, ...staged }));
    return { counts, alreadyLoaded: false };
  } finally {
    await session.limitMemory(MEMORY_MB);
    await session.checkpoint();
  }
}

async function withMemory<T>(session: FileSession, action: () => Promise<T>): Promise<T> {
  for (const more of MORE_MEMORY_MB) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof TidemillError) || error.code !== 'warehouse-memory') throw error;
      await session.limitMemory(more);
    }
  }
  return action();
}

interface Settling extends Staged {
  readonly changes: readonly string[];
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

type Settled = Pick<MergeCounts, 'updated' | 'unchanged' | 'duplicates' | 'deleted' | 'deletions'>;

const NOTHING: Settled = { updated: 0, unchanged: 0, duplicates: 0, deleted: 0, deletions: 0 };

async function settleKeys(session: FileSession, { table, scope }: Load, staged: Settling): Promise<Settled> {
  const { steps, rows, slices } = staged;
  const sum = async <T>(all: readonly T[], step: (slice: T) => string): Promise<number> => {
    let affected = 0;
    for (const slice of all) affected += await session.run(step(slice));
    return affected;
  };
  const parts = keyParts(rows, slices.keys);
  const ranges = rowRanges(rows, slices.rows);
  const duplicates = await sum(parts, steps.deleteDuplicates);
  const asked = staged.deletions === 0 ? 0 : await session.run(steps.deleteAsked);
  const deletions = staged.deletions === 0 ? 0 : await session.run(steps.forgetDeletions);
  if (await isEmpty(session, table)) return { ...NOTHING, duplicates, deleted: asked, deletions };
  const gone = scope === 'everything' && staged.rejected === 0 ? await sum(parts, steps.deleteGone) : 0;
  const deleted = asked + gone;
  const unchanged = await sum(ranges, steps.deleteUnchanged);
  let updated = 0;
  if (table.write === 'append') return { updated, unchanged, duplicates, deleted, deletions };
  for (const range of ranges) updated += Number((await session.rows(steps.countOutdated(range)))[0]?.[0]);
  await sum(ranges, steps.deleteOutdated);
  return { updated, unchanged, duplicates, deleted, deletions };
}

async function isEmpty(session: FileSession, { schema, name }: Table): Promise<boolean> {
  return (await session.rows(`SELECT 1 FROM ${duckDb.table(schema, name)} LIMIT 1`)).length === 0;
}

function keyParts(rows: number, atOnce: number): KeyPart[] {
  const of = Math.max(1, Math.ceil(rows / atOnce));
  return Array.from({ length: of }, (_, part) => ({ part, of }));
}

function rowRanges(rows: number, atOnce: number): RowRange[] {
  return Array.from({ length: Math.ceil(rows / atOnce) }, (_, index) => ({
    first: index * atOnce,
    last: (index + 1) * atOnce - 1,
  }));
}
