/**
 * A load from beginning to end: staged here, held against the table as of one moment, and written in as few commits as its limits
 * allow. What fits one commit is seen whole or not at all; of a larger load each commit says how far it has come.
 */
import type { Capabilities, Load, MergeResult, PackageCounts, PackageRows } from '../contract.ts';
import { foldChains } from '../engine/chains.ts';
import { withMoreMemory } from '../engine/memory.ts';
import type { FileSession } from '../engine/session.ts';
import { keyParts, type Slices } from '../engine/slices.ts';
import { stagingMemoryMb } from '../engine/stage.ts';
import { CHECKSUM, STAGED, stageAll } from '../engine/staged.ts';
import { mergedPackages, newIn, type Recorded, talliesFor } from '../packages.ts';
import { checkLoad } from '../table.ts';
import { overtaken } from './errors.ts';
import { stagedByIdentity } from './held.ts';
import { groupsOf, stateOf } from './journal.ts';
import type { CommitLimits } from './portions.ts';
import type { Link } from './read.ts';
import { recordedOf } from './record.ts';
import type { Room } from './room.ts';
import { changesOf, findTable } from './schema.ts';
import { settle } from './settle.ts';
import { fitting, type Taken } from './values.ts';
import type { StagedLoad } from './weigh.ts';

export const CAPABILITIES: Capabilities = { atomic: 'rows', deletes: true, schemaChanges: true };

/** DuckDB's share of the memory while it merges, in MB: enough for a million rows of ten columns, staged and joined. */
const MERGE_MEMORY_MB = 128;
/** A table of very many columns or very long values may need more: tried again with so much. */
const MORE_MEMORY_MB = [4 * MERGE_MEMORY_MB, 4_096];

/** What MERGE_MEMORY_MB is enough for. */
const SLICES: Slices = { keys: 500_000, rows: 100_000 };

export interface Merging {
  readonly link: Link;
  readonly room: () => Promise<Room>;
  readonly limits: CommitLimits;
}

export async function merge(merging: Merging, load: Load): Promise<MergeResult> {
  const { link } = merging;
  const recorded = await recordedOf(
    link,
    load.packages.map(({ id }) => id),
  );
  const packages = newIn(load, recorded);
  if (packages.length === 0) return { packages: mergedPackages(load, recorded) };
  checkLoad(load, CAPABILITIES);
  // Asked for its refusals: no row is read for a table that cannot be made.
  changesOf(load.table, await findTable(link, load.table));
  let before = recorded;
  const applied: PackageCounts[] = [];
  for (const group of groupsOf(packages, await stateOf(link, load.table))) {
    const done = await mergeGroup(merging, load, group);
    if ('others' in done) before = new Map([...before, ...done.others]);
    else applied.push(...done.applied);
  }
  return { packages: mergedPackages(load, before, applied) };
}

type Merged = { readonly applied: readonly PackageCounts[] } | { readonly others: Recorded };

async function mergeGroup(
  { link, room, limits }: Merging,
  load: Load,
  packages: readonly PackageRows[],
): Promise<Merged> {
  return (await room()).session(async (session) => {
    const width = stagingMemoryMb(load.table);
    const more = MORE_MEMORY_MB.map((limit) => limit + width);
    await session.limitMemory(MERGE_MEMORY_MB + width);
    const taken: Taken = { rows: 0, bytes: 0 };
    const staged = await stageLoad(session, load.table, packages, { taken, more });
    const content = await contentOf(session);
    const weighing = { load, packages, session, staged, slices: SLICES };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const ended = await settle({ ...weighing, link, limits, more, taken, content });
      if (ended !== 'overtaken') return { applied: ended };
      const others = await recordedOf(
        link,
        packages.map(({ id }) => id),
      );
      if (others.size === packages.length) return { others };
      // Their rows are staged with the others: the next load leaves them out.
      if (others.size > 0) break;
    }
    throw overtaken(link.client.place);
  });
}

/** Each of so many writers that begin at once comes first some time before it has tried as often. */
const ATTEMPTS = 100;

async function stageLoad(
  session: FileSession,
  table: Load['table'],
  packages: readonly PackageRows[],
  { taken, more }: { readonly taken: Taken; readonly more: readonly number[] },
): Promise<StagedLoad> {
  const sql = stagedByIdentity(table);
  await session.run(sql.create);
  const checked = packages.map((one) => ({ ...one, rows: fitting(table, one.rows, taken) }));
  const staged = await stageAll(session, { table, packages: checked });
  if (table.key.length === 0) return { ...staged, sql, tallies: talliesFor(packages.length), hasFirsts: false };
  return withMoreMemory(session, more, async () => {
    const tallies = talliesFor(packages.length);
    const parts = keyParts(staged.rows, SLICES.keys);
    const hasFirsts = await foldChains({ session, table, sql, staged, parts, checksum: CHECKSUM }, tallies);
    return { ...staged, sql, tallies, hasFirsts };
  });
}

/** Stands for the rows that stay staged, in their order. */
async function contentOf(session: FileSession): Promise<string> {
  const sql = `SELECT count(*), CAST(bit_xor(hash(rowid, ${CHECKSUM})) AS VARCHAR) FROM ${STAGED}`;
  const [row = []] = await session.rows(sql);
  return row.map(String).join(' ');
}
