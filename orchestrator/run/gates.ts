/** What is asked of a run that ended well: the facts, and which gates they do not meet. */
import { asTidemillError } from '@tidemill/kit';
import { type AskedGate, askedGates, askedRemains, type Freshness } from '../result/gates.ts';
import { latenessOf, rejectsOf } from '../result/result-of.ts';
import { askedCrawls, readSoFar } from './crawl/words.ts';
import type { Source } from './extract/source.ts';
import { leftOutOf } from './left-out.ts';
import { type Order, openTarget, targetsOf, type World } from './order.ts';
import { isByInterval } from './reading.ts';
import { newestOf } from './silver/newest.ts';
import type { Work } from './work.ts';

/** The gates that were asked. What somebody reads again of the past is not what those of `expect` are about. */
export async function lookAtGates(work: Work, source: Source): Promise<AskedGate[]> {
  const { order, reads, world, telling } = work;
  const { soFar } = telling;
  const { left } = soFar;
  const totals = { ...soFar.totals, ...readSoFar(work) };
  const { environment } = world;
  const remains = askedRemains(order.job, { totals, rejects: rejectsOf(soFar), environment, leftOut: leftOutOf(work) });
  if (order.mode === 'backfill' || order.mode === 'replay') return remains;
  remains.push(...(source.stream.crawl === undefined ? [] : askedCrawls(work)));
  const freshness = await freshnessOf(order, world, source);
  const isUnchanged = soFar.isUnchanged || (reads === 'nothing' && isByInterval(source.stream));
  const latenessSeconds = latenessOf(soFar);
  const facts = { environment, totals, isUnchanged, left, latenessSeconds, freshness, now: world.clock.now() };
  return [...remains, ...askedGates(order.job, facts)];
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
