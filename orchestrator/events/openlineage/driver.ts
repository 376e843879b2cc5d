/**
 * OpenLineage as a sink of events (https://openlineage.io): what is published of runs as its run events, to a collector such as Marquez or
 * DataHub, or each as an object of the bucket. What OpenLineage has no event for is passed over.
 */
import type { EventSink, EventsOptions, OpenEvents } from '../contract.ts';
import { bucketTaker } from './bucket.ts';
import { collectorTaker } from './collector.ts';
import { collectorAt } from './location.ts';
import { runEventOf } from './run-event.ts';
import type { Taker } from './taker.ts';

export default ((options: EventsOptions): EventSink => {
  const collector = collectorAt(options.location, options.env);
  const namespace = options.env['OPENLINEAGE_NAMESPACE']?.trim() || undefined;
  return sinkOf(collector === 'bucket' ? bucketTaker(options.bucket) : collectorTaker(collector, options), namespace);
}) satisfies OpenEvents;

const sinkOf = (taker: Taker, namespace: string | undefined): EventSink => ({
  url: taker.url,
  check: () => taker.check(),
  async send(events, { taken, signal }) {
    for (const event of events) {
      signal.throwIfAborted();
      const told = runEventOf(event, namespace);
      if (told !== undefined) await taker.take(told);
      taken(1);
    }
  },
  close: () => taker.close(),
});
