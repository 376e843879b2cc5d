/** A package into a table: staged once, settled with the newest version until one of ours is the next. */
import { type Clock, retryDelay } from '@tidemill/kit/retry';
import type { Capabilities, Load, MergeResult } from '../contract.ts';
import { withMoreMemory } from '../engine/memory.ts';
import { keyParts, type Slices } from '../engine/slices.ts';
import { stage, stagingMemoryMb } from '../engine/stage.ts';
import { IS_DELETION, STAGED, stagedSql } from '../engine/staged.ts';
import { checkLoad, provenance } from '../table.ts';
import type { Desk } from './desk.ts';
import { tableBusy } from './errors.ts';
import { LIMITS, type Limits } from './fold.ts';
import { count, type StagedRows } from './match.ts';
import { type Settled, settle } from './settle.ts';
import type { Declared, LakeTable, TableVersion } from './table.ts';

export const CAPABILITIES: Capabilities = { atomic: 'package', deletes: true, schemaChanges: true };

/** DuckDB's share of the memory while it merges, in MB: enough for a million rows of ten columns, staged, joined and written. */
const MERGE_MEMORY_MB = 128;
/** A table of very many columns or very long values may need more: tried again with so much. */
const MORE_MEMORY_MB = [4 * MERGE_MEMORY_MB, 4_096];
const MEMORY_MB = 4_096;

/** What MERGE_MEMORY_MB is enough for. */
const SLICES: Slices = { keys: 500_000, rows: 100_000 };

/** Each of so many writers that begin at once comes first some time before it has tried as often. */
const ATTEMPTS = 100;
const WAITS = { baseMs: 100, capMs: 10_000 };

export interface Merging {
  readonly clock: Pick<Clock, 'sleep'>;
  random(): number;
  readonly slices?: Slices | undefined;
  /** When files are written anew. */
  readonly limits?: Limits | undefined;
  /** How often it begins anew; as often as ought to be enough, unless told otherwise. */
  readonly attempts?: number | undefined;
  /** Called before a package of the job is in the table, so that both are found. Without a version the commit makes the table. */
  readonly begin: (table: LakeTable, job: string, base: TableVersion | undefined) => Promise<void>;
}

export async function merge(desk: Desk, table: LakeTable, load: Load, merging: Merging): Promise<MergeResult> {
  const { session } = desk;
  let base = await table.current();
  const recorded = loadedBefore(base, load);
  if (recorded !== undefined) return recorded;
  checkLoad(load, CAPABILITIES);
  // Refused before a row is read.
  table.next(base, declaredOf(load), load.now);
  const width = stagingMemoryMb(load.table);
  const more = MORE_MEMORY_MB.map((limit) => limit + width);
  try {
    await session.limitMemory(MERGE_MEMORY_MB + width);
    const staged = await stageRows(desk, load, merging.slices ?? SLICES);
    const { attempts = ATTEMPTS } = merging;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const result = await withMoreMemory(session, more, () => attemptOn(desk, table, base, { load, staged, merging }));
      if (result !== undefined) return result;
      // At random: of writers that wait alike the quickest would always be the same.
      await merging.clock.sleep(retryDelay(attempt, { ...WAITS, random: merging.random }));
      base = await table.current();
      const meanwhile = loadedBefore(base, load);
      if (meanwhile !== undefined) return meanwhile;
    }
    throw tableBusy(table.url, attempts);
  } finally {
    await session.limitMemory(MEMORY_MB);
  }
}

function loadedBefore(version: TableVersion | undefined, { packageId }: Load): MergeResult | undefined {
  const found = version?.packages.find(({ id }) => id === packageId);
  return found && { counts: found.counts, alreadyLoaded: true };
}

const declaredOf = ({ table: { description, columns, key } }: Load): Declared => ({
  description,
  columns: [...columns, ...provenance],
  key,
});

/** The rows as texts, of those with one key the last. */
async function stageRows(desk: Desk, { table, rows }: Load, slices: Slices): Promise<StagedRows> {
  const { session } = desk;
  const sql = stagedSql(table);
  await session.run(sql.create);
  const staged = await stage(session, rows);
  let duplicates = 0;
  const parts = table.key.length === 0 ? [] : keyParts(staged.rows, slices.keys);
  for (const part of parts) duplicates += await session.run(sql.deleteDuplicates(part));
  const deletions = staged.deletions === 0 ? 0 : await count(desk, `${STAGED} WHERE ${IS_DELETION} IS NOT NULL`);
  return { ...staged, sql, duplicates, deletions };
}

interface Attempt {
  readonly load: Load;
  readonly staged: StagedRows;
  readonly merging: Merging;
}

/** Undefined when somebody else has made the version that was to be ours. */
async function attemptOn(
  desk: Desk,
  table: LakeTable,
  base: TableVersion | undefined,
  { load, staged, merging }: Attempt,
): Promise<MergeResult | undefined> {
  const next = table.next(base, declaredOf(load), load.now);
  const { slices = SLICES, limits = LIMITS } = merging;
  const { counts, change } = await settle(desk, { load, staged, next, folder: table.folder, slices, limits });
  await merging.begin(table, load.job, base);
  await load.beforeCommit(counts);
  const loaded = { id: load.packageId, job: load.job, at: load.now.toISOString(), counts };
  if ((await next.publish({ ...change, loaded })) === 'refused') {
    await discard(desk, change);
    return undefined;
  }
  const changed = [...change.removed, ...change.deletes.map(({ of }) => of)];
  desk.mirror.forget([...change.removed, ...changed.flatMap(({ deletes }) => deletes)].map(({ key }) => key));
  return { counts, alreadyLoaded: false };
}

/** Files of a commit that was refused: nothing names them. What stays for want of an answer `gc` removes. */
async function discard({ bucket, mirror }: Desk, { added, deletes }: Settled['change']): Promise<void> {
  const keys = [...added, ...deletes.map(({ file }) => file)].map(({ key }) => key);
  mirror.forget(keys);
  for (const key of keys) await bucket.remove(key).catch(() => undefined);
}
