/** Packages into a table: staged once, settled with the newest version until one of ours is the next. */
import { type Clock, retryDelay } from '@tidemill/kit/retry';
import type { Capabilities, Load, MergeResult, PackageCounts, PackageRows } from '../contract.ts';
import { foldChains } from '../engine/chains.ts';
import { withMoreMemory } from '../engine/memory.ts';
import type { FileSession } from '../engine/session.ts';
import { keyParts, type Slices } from '../engine/slices.ts';
import { stagingMemoryMb } from '../engine/stage.ts';
import { type StagedPackages, stageAll, stagedSql } from '../engine/staged.ts';
import { mergedPackages, newIn, type Recorded, talliesFor } from '../packages.ts';
import { checkLoad, provenance } from '../table.ts';
import type { Desk } from './desk.ts';
import { tableBusy } from './errors.ts';
import { LIMITS, type Limits } from './fold.ts';
import type { StagedRows } from './match.ts';
import { LAKE_CHECKSUM } from './rows.ts';
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
  const base = await table.current();
  const recorded = recordedIn(base);
  const packages = newIn(load, recorded);
  if (packages.length === 0) return { packages: mergedPackages(load, recorded) };
  checkLoad(load, CAPABILITIES);
  // Refused before a row is read.
  table.next(base, declaredOf(load), load.now);
  const width = stagingMemoryMb(load.table);
  const more = MORE_MEMORY_MB.map((limit) => limit + width);
  try {
    await session.limitMemory(MERGE_MEMORY_MB + width);
    await session.run(stagedSql(load.table).create);
    const taken = await stageAll(session, { table: load.table, packages });
    const staged = await withMoreMemory(session, more, () => folded(session, load, taken, merging.slices ?? SLICES));
    return await commit({ desk, table, load, packages, staged, merging, more }, base);
  } finally {
    await session.limitMemory(MEMORY_MB);
  }
}

const recordedIn = (version: TableVersion | undefined): Recorded =>
  new Map(version?.packages.map(({ id, counts }) => [id, counts]));

const declaredOf = ({ table: { description, columns, key } }: Load): Declared => ({
  description,
  columns: [...columns, ...provenance],
  key,
});

/** Of rows with one key the last. */
async function folded(
  session: FileSession,
  { table }: Load,
  staged: StagedPackages,
  slices: Slices,
): Promise<StagedRows> {
  const sql = stagedSql(table);
  const tallies = talliesFor(staged.packages.length);
  const parts = table.key.length === 0 ? [] : keyParts(staged.rows, slices.keys);
  const chains = { session, table, sql, staged, parts, checksum: LAKE_CHECKSUM };
  const hasFirsts = table.key.length > 0 && (await foldChains(chains, tallies));
  return { ...staged, sql, tallies, hasFirsts };
}

interface Committing {
  readonly desk: Desk;
  readonly table: LakeTable;
  readonly load: Load;
  /** Those that the table did not have when they were staged. */
  readonly packages: readonly PackageRows[];
  readonly staged: StagedRows;
  readonly merging: Merging;
  /** Limits of the memory that are tried, in MB. */
  readonly more: readonly number[];
}

/** Settles what is staged with the newest version, until the next one is ours. */
async function commit(committing: Committing, found: TableVersion | undefined): Promise<MergeResult> {
  const { desk, table, load, packages, merging, more } = committing;
  const { attempts = ATTEMPTS } = merging;
  const before = recordedIn(found);
  let base = found;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const applied = await withMoreMemory(desk.session, more, () => attemptOn(committing, base));
    if (applied !== undefined) return { packages: mergedPackages(load, before, applied) };
    // At random: of writers that wait alike the quickest would always be the same.
    await merging.clock.sleep(retryDelay(attempt, { ...WAITS, random: merging.random }));
    base = await table.current();
    const meanwhile = recordedIn(base);
    const left = newIn({ packages }, meanwhile);
    if (left.length === 0) return { packages: mergedPackages(load, new Map([...before, ...meanwhile])) };
    // Their rows are staged with the others: the next load leaves them out.
    if (left.length < packages.length) throw tableBusy(table.url, attempt);
  }
  throw tableBusy(table.url, attempts);
}

/** Undefined when somebody else has made the version that was to be ours. */
async function attemptOn(
  { desk, table, load, packages, staged, merging }: Committing,
  base: TableVersion | undefined,
): Promise<readonly PackageCounts[] | undefined> {
  const next = table.next(base, declaredOf(load), load.now);
  const { slices = SLICES, limits = LIMITS } = merging;
  const settling = { load, packages, staged, next, folder: table.folder, slices, limits };
  const { applied, change } = await settle(desk, settling);
  await merging.begin(table, load.job, base);
  await load.beforeCommit(applied);
  const at = load.now.toISOString();
  const loaded = applied.map(({ id, counts }) => ({ id, job: load.job, at, counts }));
  if ((await next.publish({ ...change, loaded })) === 'refused') {
    await discard(desk, change);
    return undefined;
  }
  const changed = [...change.removed, ...change.deletes.map(({ of }) => of)];
  desk.mirror.forget([...change.removed, ...changed.flatMap(({ deletes }) => deletes)].map(({ key }) => key));
  return applied;
}

/** Files of a commit that was refused: nothing names them. What stays for want of an answer `gc` removes. */
async function discard({ bucket, mirror }: Desk, { added, deletes }: Settled['change']): Promise<void> {
  const keys = [...added, ...deletes.map(({ file }) => file)].map(({ key }) => key);
  mirror.forget(keys);
  for (const key of keys) await bucket.remove(key).catch(() => undefined);
}
