/** What a load does when a warehouse and the job's state do not know the same packages. */
import { type Stream, TidemillError } from '@tidemill/kit';
import type { PendingPackage } from '../state/job-state.ts';
import { targetIn } from '../state/targets.ts';
import { readManifest, scopeOf } from './bronze/manifest.ts';
import { strangersIn } from './bronze/strangers.ts';
import { openTarget } from './order.ts';
import type { Work } from './work.ts';

/**
 * Right before packages, oldest first, are loaded for the first time. Where the state is older than the warehouse, what it reads
 * again is there already: where a key tells rows apart that is only said, and where none does it throws `silver-ahead`. Where the
 * warehouse has nothing of what was loaded before, it was lost or replaced: that is said, and the state remembers it.
 */
export async function lookBeforeLoading(
  work: Work,
  stream: Stream,
  target: string,
  pending: readonly PendingPackage[],
): Promise<void> {
  const [oldest, newest] = [pending[0], pending.at(-1)];
  if (oldest === undefined || newest === undefined) return;
  const last = await lastPackage(work, target);
  if (last === undefined) return noteEmpty(work, stream, target, oldest);
  const strangers = await strangersIn(work.world.bucket, { id: last, head: newest.manifest, table: work.order.job });
  if (strangers === undefined) return;
  const { id } = work.order.job;
  const ahead = `the warehouse ${target} has ${strangers.id} of ${id}, which its state does not know`;
  if (stream.write !== 'append' || stream.key.length > 0) return work.telling.notice(`${ahead}: it is an older one`);
  throw new TidemillError('config', 'silver-ahead', `${ahead}, and without a key its rows would be there twice`, {
    hint: `Was an older version of the state restored? Restore the newest. Or make the table what the state knows, which was read again: \`npx tidemill replay ${id}\`. Nothing was loaded.`,
  });
}

/** Bronze objects of an `append` table whose rows a replay must not leave beside those that were read again. */
export async function objectsOfStrangers(work: Work, { write }: Stream, target: string): Promise<readonly string[]> {
  if (write !== 'append') return [];
  const last = await lastPackage(work, target);
  if (last === undefined) return [];
  const { head } = work.ledger.state;
  const strangers = await strangersIn(work.world.bucket, { id: last, head, table: work.order.job });
  if (strangers === undefined) return [];
  const { service, data_type } = work.order.job;
  if (strangers.objects === undefined)
    work.telling.notice(
      `rows of ${strangers.id} and others that the state does not know cannot be found: drop ${service}.${data_type} in ${target} and replay again to be rid of them`,
    );
  return strangers.objects ?? [];
}

/** Of the job, or of what it was called before. */
async function lastPackage({ order: { job }, world }: Work, target: string): Promise<string | undefined> {
  const warehouse = await openTarget(world, target);
  for (const id of [job.id, ...job.previous_ids]) {
    const last = await warehouse.lastPackage(id);
    if (last !== undefined) return last;
  }
  return undefined;
}

async function noteEmpty(work: Work, stream: Stream, target: string, { manifest: key }: PendingPackage): Promise<void> {
  const { order, world, ledger, telling } = work;
  const manifest = await readManifest(world.bucket, key).catch(() => undefined);
  // What says everything makes the table whole again by itself.
  if (manifest?.previous === undefined || scopeOf(manifest, stream) === 'everything') return;
  if (targetIn(ledger.state, target).begins_after !== undefined) return;
  await ledger.foundEmpty(target, manifest.previous);
  const { id } = order.job;
  const replay = Object.keys(ledger.state.targets).length > 1 ? `${id} --warehouse ${target}` : id;
  telling.notice(
    `the warehouse ${target} has nothing of what ${id} has loaded before: if it was lost or moved, \`npx tidemill replay ${replay}\` loads that`,
  );
}
