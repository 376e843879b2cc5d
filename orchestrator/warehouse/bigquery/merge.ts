/** A load from beginning to end: stage the rows, count what they come to, write it in one transaction. */
import type { TidemillError } from '@tidemill/kit/errors';
import type { Bucket } from '../../storage/contract.ts';
import type { Capabilities, Load, MergeCounts, MergeResult, PackageCounts, PackageRows } from '../contract.ts';
import {
  addCounts,
  addRoom,
  allNew,
  mergedPackages,
  newIn,
  type Recorded,
  type Tally,
  talliesFor,
} from '../packages.ts';
import { checkLoad } from '../table.ts';
import type { Client } from './client.ts';
import { asWarehouseError, overtaken, type Refusal } from './errors.ts';
import { answerTo, jobId, queryOf, runJob } from './jobs.ts';
import type { Dataset } from './location.ts';
import {
  COUNTED,
  LOADED,
  OVERTAKEN,
  roomIn,
  type Staged,
  type Weighed,
  weighedOf,
  weighing,
  writing,
} from './merge-sql.ts';
import { makeRecord, recordedOf } from './record.ts';
import { type Staging, stage } from './stage.ts';
import { changesOf, findTable, type Resource, settleTable } from './tables.ts';

export const CAPABILITIES: Capabilities = { atomic: 'package', deletes: true, schemaChanges: true };

/** Merges the load. Only one merge of this process may run at a time. */
export async function merge(client: Client, bucket: Bucket, load: Load): Promise<MergeResult> {
  const recorded = await recordedOf(
    client,
    load.packages.map(({ id }) => id),
  );
  const packages = newIn(load, recorded);
  if (packages.length === 0) return { packages: mergedPackages(load, recorded) };
  checkLoad(load, CAPABILITIES);
  const found = await findTable(client, load.table);
  // Asked for its refusals: no row is read for a table that cannot be made.
  if (found !== undefined) changesOf(load.table, found);
  const staging = await stage(client, bucket, { ...load, packages });
  try {
    return await settle({ client, load, recorded, packages, found, staging });
  } finally {
    // It goes by itself, and gc finds the objects.
    await staging.remove().catch(() => undefined);
  }
}

interface Settling {
  readonly client: Client;
  readonly load: Load;
  readonly recorded: Recorded;
  /** Those that are not loaded yet. */
  readonly packages: readonly PackageRows[];
  readonly found: Resource | undefined;
  readonly staging: Staging;
}

async function settle(settling: Settling): Promise<MergeResult> {
  const { client, load, packages, found, staging } = settling;
  const { table, scope } = load;
  const staged = {
    ...{ table, scope, staging: staging.table, packages: packages.length },
    existing: found?.schema.fields.map(({ name }) => name),
    replaces: packages.flatMap(({ replaces = [] }) => replaces),
  };
  const weighed = await weigh(settling, staged);
  const { applied, room, gone } = countsFor(settling, weighed);
  await load.beforeCommit(applied);
  await makeRecord(client);
  await settleTable(client, table, found);
  const script = writing({
    ...staged,
    ...load,
    packages: packages.length,
    applied,
    changes: weighed.changes,
    room,
    gone,
  });
  return write(settling, { applied, script, bytesBilled: weighed.bytesBilled });
}

interface WeighedLoad extends Weighed {
  /** Objects whose rows make room, and how many those are. */
  readonly room: readonly (readonly unknown[])[];
  readonly bytesBilled: number;
}

async function weigh({ client, staging }: Settling, staged: Staged): Promise<WeighedLoad> {
  const asksForRoom = staged.existing !== undefined && staged.replaces.length > 0;
  const room = asksForRoom ? await answered(client, roomIn(staged)) : NOTHING;
  if (staged.table.key.length === 0) {
    const inserts = staging.taken.reduce((sum, { rows }) => sum + rows, 0);
    const changes = { inserts, updates: 0, deletes: 0 };
    return { packages: [], held: 0, unnamed: 0, changes, room: room.rows, bytesBilled: room.bytesBilled };
  }
  const { rows, bytesBilled } = await answered(client, weighing(staged));
  return { ...weighedOf(rows), room: room.rows, bytesBilled: bytesBilled + room.bytesBilled };
}

interface Answered {
  readonly rows: readonly (readonly unknown[])[];
  readonly bytesBilled: number;
}

const NOTHING: Answered = { rows: [], bytesBilled: 0 };

/** All rows of a query of counts. */
async function answered(client: Client, sql: string): Promise<Answered> {
  const rows: (readonly unknown[])[] = [];
  let bytesBilled = 0;
  for await (const page of answerTo(client, sql)) {
    rows.push(...page.rows);
    ({ bytesBilled } = page);
  }
  return { rows, bytesBilled };
}

interface Counts {
  readonly applied: readonly PackageCounts[];
  /** Rows that make room, and rows that are not named and go. */
  readonly room: number;
  readonly gone: number;
}

/** What each package comes to. */
function countsFor({ load, packages, staging }: Settling, weighed: WeighedLoad): Counts {
  const { taken } = staging;
  const tallies = talliesFor(packages.length);
  if (load.table.key.length === 0) allNew(taken, tallies);
  addCounts(
    tallies,
    weighed.packages.map(([number = 0, keys = 0, ...counts]) => [number, ...counts, (taken[number]?.rows ?? 0) - keys]),
    [...COUNTED, 'duplicates'],
  );
  addRoom(tallies, packages, weighed.room);
  const { gone, ...left } = unnamedOf(load, weighed, taken);
  addCounts(tallies, [[0, gone]], ['deleted']);
  const applied = packages.map(({ id }, index): PackageCounts => {
    return { id, counts: { rows: taken[index]?.rows ?? 0, ...(tallies[index] as Tally), ...left } };
  });
  return { applied, room: weighed.room.reduce((sum, [, rows]) => sum + Number(rows), 0), gone };
}

/** How many rows that a package of everything does not name are to go. */
function unnamedOf(
  { scope, unnamed: decide }: Load,
  { unnamed, held: of }: Weighed,
  taken: Staging['taken'],
): { readonly gone: number } & Pick<MergeCounts, 'left'> {
  if (scope !== 'everything' || unnamed === 0 || taken.some(({ rejected }) => rejected > 0)) return { gone: 0 };
  const rows = { unnamed, of };
  return decide(rows) === 'leave' ? { gone: 0, left: rows } : { gone: unnamed };
}

interface Counted {
  readonly applied: readonly PackageCounts[];
  readonly script: string;
  /** For the count. */
  readonly bytesBilled: number;
}

/**
 * One job for a load, by the id of its first package: a process that finds another's waits for its end, also where that has fewer
 * packages, for the oldest that waits is the first of both. One that has ended well and of which nothing is recorded was of a dataset
 * that was made anew since.
 */
async function write(settling: Settling, { applied, script, bytesBilled: before }: Counted): Promise<MergeResult> {
  const { client, load, recorded } = settling;
  const { project, dataset } = client.dataset;
  let others: Recorded = new Map();
  const isDone = async (): Promise<boolean> => {
    others = await recordedOf(
      client,
      applied.map(({ id }) => id),
    );
    return others.size > 0;
  };
  const id = jobId(project, dataset, applied[0]?.id ?? '');
  const { bytesBilled } = await runJob(client, { id, work: queryOf(client, script), job: load.job, explain, isDone });
  if (others.size === applied.length) return { packages: mergedPackages(load, new Map([...recorded, ...others])) };
  // What is staged is more than what is left: the next try counts that alone.
  if (others.size > 0) throw overtaken(client.dataset);
  return { packages: mergedPackages(load, recorded, applied), bytesBilled: before + bytesBilled };
}

/** The script gives up by itself where the table is not what was counted. */
const explain = (dataset: Dataset, refusal: Refusal): TidemillError =>
  [OVERTAKEN, LOADED].some((said) => refusal.message.includes(said))
    ? overtaken(dataset)
    : asWarehouseError(dataset, refusal);
