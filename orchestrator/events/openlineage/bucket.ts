/** Run events as objects of the bucket: one each, in the order of a listing as they happened. */
import type { Bucket } from '../../storage/contract.ts';
import { keys } from '../../storage/keys.ts';
import type { RunEvent } from './run-event.ts';
import type { Taker } from './taker.ts';

export const bucketTaker = (bucket: Bucket): Taker => ({
  url: `${bucket.url.replace(/\/$/, '')}/${keys.lineagePrefix}`,
  async take(event) {
    // One that comes again is the same object.
    const body = Buffer.from(`${JSON.stringify(event)}\n`);
    await bucket.write(keyOf(event), body, { contentType: 'application/json' });
  },
  check: () => bucket.check(),
  close: async () => undefined,
});

/** A run may begin and end in one millisecond: then the beginning is before. */
function keyOf({ job, run, eventTime, eventType }: RunEvent): string {
  const at = eventTime.replaceAll(/[-:]/g, '');
  const turn = eventType === 'START' ? 0 : 1;
  return keys.lineage(encodeURIComponent(job.name), eventTime.slice(0, 10), `${at}-${run.runId}-${turn}-${eventType}`);
}
