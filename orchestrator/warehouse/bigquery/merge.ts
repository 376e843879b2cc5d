/** A load from beginning to end: stage the rows, count what they come to, write it in one transaction. */
import type { TidemillError } from '@tidemill/kit/errors';
import type { Bucket } from '../../storage/contract.ts';
import type { Capabilities, Load, MergeCounts, MergeResult } from '../contract.ts';
import { checkLoad } from '../table.ts';
import type { Client } from './client.ts';
import { asWarehouseError, overtaken, type Refusal } from './errors.ts';
import { answerTo, jobId, queryOf, runJob } from './jobs.ts';
import type { Dataset } from './location.ts';
import { LOADED, OVERTAKEN, type Weighed, weighedOf, weighing, writing } from './merge-sql.ts';
import { countsOf, makeRecord } from './record.ts';
import { type Staging, stage } from './stage.ts';
import { changesOf, findTable, type Resource, settleTable } from './tables.ts';

export const CAPABILITIES: Capabilities = { atomic: 'package', deletes: true, schemaChanges: true };

/** Merges the load. Only one merge of this process may run at a time. */
export async function merge(client: Client, bucket: Bucket, load: Load): Promise<MergeResult> {
  const before = await countsOf(client, load.packageId);
  if (before !== undefined) return { counts: before, alreadyLoaded: true };
  checkLoad(load, CAPABILITIES);
  const found = await findTable(client, load.table);
  // Asked for its refusals: no row is read for a table that cannot be made.
  if (found !== undefined) changesOf(load.table, found);
  const staging = await stage(client, bucket, load);
  try {
    return await settle({ client, load, found, staging });
  } finally {
    // It goes by itself, and gc finds the objects.
    await staging.remove().catch(() => undefined);
  }
}

interface Settling {
  readonly client: Client;
  readonly load: Load;
  readonly found: Resource | undefined;
  readonly staging: Staging;
}

async function settle({ client, load, found, staging }: Settling): Promise<MergeResult> {
  const { table, scope, replaces = [] } = load;
  const { rows, rejected } = staging.taken;
  const existing = found?.schema.fields.map(({ name }) => name);
  const staged = { table, staging: staging.table, existing, scope, replaces };
  const { weighed, bytesBilled } = await weigh(client, weighing(staged));
  const { counts, gone } = countsFor(load, weighed, { rows, rejected });
  await load.beforeCommit(counts);
  await makeRecord(client);
  await settleTable(client, table, found);
  const script = writing({ ...staged, ...load, replaces, counts, room: weighed.room, asked: weighed.asked, gone });
  return write(client, load, { counts, script, bytesBilled });
}

async function weigh(client: Client, sql: string): Promise<{ weighed: Weighed; bytesBilled: number }> {
  for await (const { rows, bytesBilled } of answerTo(client, sql)) {
    const [row = []] = rows;
    return { weighed: weighedOf(row), bytesBilled };
  }
  throw new TypeError('A query of counts has one row');
}

/** What the package comes to, and how many rows that it does not name are to go. */
function countsFor(
  load: Load,
  { added, outdated, same, deletions, asked, unnamed, held, room }: Weighed,
  { rows, rejected }: Staging['taken'],
): { readonly counts: MergeCounts; readonly gone: number } {
  const isAppend = load.table.write === 'append';
  const updated = isAppend ? 0 : outdated;
  const unchanged = isAppend ? outdated + same : same;
  const mayGo = load.scope === 'everything' && rejected === 0 && unnamed > 0;
  const left = mayGo && load.unnamed({ unnamed, of: held }) === 'leave' ? { left: { unnamed, of: held } } : {};
  const gone = mayGo && !('left' in left) ? unnamed : 0;
  const duplicates = rows - added - outdated - same - deletions;
  const deleted = room + asked + gone;
  return { counts: { rows, inserted: added, updated, unchanged, duplicates, deleted, deletions, ...left }, gone };
}

interface Counted {
  readonly counts: MergeCounts;
  readonly script: string;
  /** For the count. */
  readonly bytesBilled: number;
}

/**
 * One job for a package, by its id: a process that finds another's waits for its end. One that has ended well and of which nothing is
 * recorded was of a dataset that was made anew since.
 */
async function write(client: Client, { packageId, job }: Load, counted: Counted): Promise<MergeResult> {
  const { project, dataset } = client.dataset;
  let others: MergeCounts | undefined;
  const isDone = async (): Promise<boolean> => {
    others = await countsOf(client, packageId);
    return others !== undefined;
  };
  const id = jobId(project, dataset, packageId);
  const { bytesBilled } = await runJob(client, { id, work: queryOf(client, counted.script), job, explain, isDone });
  if (others !== undefined) return { counts: others, alreadyLoaded: true };
  return { counts: counted.counts, alreadyLoaded: false, bytesBilled: counted.bytesBilled + bytesBilled };
}

/** The script gives up by itself where the table is not what was counted. */
const explain = (dataset: Dataset, refusal: Refusal): TidemillError =>
  [OVERTAKEN, LOADED].some((said) => refusal.message.includes(said))
    ? overtaken(dataset)
    : asWarehouseError(dataset, refusal);
