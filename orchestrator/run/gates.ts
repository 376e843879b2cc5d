/** What `expect` asks of a run that ended well: the facts, and which gates they do not meet. */
import { asTidemillError } from '@tidemill/kit';
import { latenessOf } from '../result/fold.ts';
import { type Freshness, unmetGates } from '../result/gates.ts';
import type { Source } from './extract/source.ts';
import { type Order, openTarget, targetsOf, type World } from './order.ts';
import { isByInterval } from './reading.ts';
import { newestOf } from './silver/newest.ts';
import type { Work } from './work.ts';

/** The gates that are not met. What somebody reads again of the past is not what they are about. */
export async function lookAtGates({ order, reads, world, telling }: Work, source: Source): Promise<string[]> {
  if (order.mode === 'backfill' || order.mode === 'replay') return [];
  const freshness = await freshnessOf(order, world, source);
  const { soFar } = telling;
  const { totals } = soFar;
  const isUnchanged = soFar.isUnchanged || (reads === 'nothing' && isByInterval(source.stream));
  const facts = { totals, isUnchanged, latenessSeconds: latenessOf(soFar), freshness, now: world.clock.now() };
  return unmetGates(order.job.expect, facts);
}

/** How new the table's rows are in each warehouse, where a gate asks. That it cannot be told is no reason to read the source again. */
async function freshnessOf(order: Order, world: World, { stream }: Source): Promise<Map<string, Freshness>> {
  const { expect, service } = order.job;
  const fresh = new Map<string, Freshness>();
  for (const name of expect.fresh_within_minutes === undefined ? [] : targetsOf(order.job, world.warehouses)) {
    const newest = openTarget(world, name).then((warehouse) => newestOf(warehouse, service, stream, expect.fresh_by));
    fresh.set(
      name,
      await newest.then(
        (found) => ({ newest: found }),
        (thrown: unknown) => ({ unknown: asTidemillError(thrown).message }),
      ),
    );
  }
  return fresh;
}
