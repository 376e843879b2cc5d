/** What a load does about packages in a warehouse that the job's state does not know. */
import { type Stream, TidemillError } from '@tidemill/kit';
import { type Strangers, strangersIn } from './bronze/strangers.ts';
import { openTarget } from './order.ts';
import type { Work } from './work.ts';

/**
 * Right before packages are loaded for the first time. The state is older than the warehouse, so what it reads again is
 * there already: where a key tells rows apart that is only said, and where none does it throws `silver-ahead`.
 */
export async function refuseStrangers(work: Work, stream: Stream, target: string, newest: string): Promise<void> {
  const strangers = await strangersOf(work, target, newest);
  if (strangers === undefined) return;
  const { id } = work.order.job;
  const ahead = `the warehouse ${target} has ${strangers.id} of ${id}, which its state does not know`;
  if (stream.write !== 'append' || stream.key.length > 0) return work.telling.notice(`${ahead}: it is an older one`);
  throw new TidemillError('config', 'silver-ahead', `${ahead}, and without a key its rows would be there twice`, {
    hint: `Was an older version of the state restored? Restore the newest. Or make the table what the state knows, which was read again: \`tidemill replay ${id}\`. Nothing was loaded.`,
  });
}

/** Bronze objects of an `append` table whose rows a replay must not leave beside those that were read again. */
export async function objectsOfStrangers(work: Work, { write }: Stream, target: string): Promise<readonly string[]> {
  if (write !== 'append') return [];
  const strangers = await strangersOf(work, target, work.ledger.state.head);
  if (strangers === undefined) return [];
  const { service, data_type } = work.order.job;
  if (strangers.objects === undefined)
    work.telling.notice(
      `rows of ${strangers.id} and others that the state does not know cannot be found: drop ${service}.${data_type} in ${target} and replay again to be rid of them`,
    );
  return strangers.objects ?? [];
}

async function strangersOf(work: Work, target: string, head: string | undefined): Promise<Strangers | undefined> {
  const { job } = work.order;
  const warehouse = await openTarget(work.world, target);
  const id = await warehouse.lastPackage(job.id);
  return id === undefined ? undefined : strangersIn(work.world.bucket, { id, head, table: job });
}
