/** Which spans of time the packages of a job were read for. */
import type { Interval } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { chainOf } from './chain.ts';
import type { Manifest } from './manifest.ts';

/**
 * The newest package that was read for a part of the span; undefined when there is none, as far as the chain goes back.
 * Packages are not in the order of their intervals, so all manifests are read.
 */
export async function readBefore(
  bucket: Bucket,
  head: string | undefined,
  { start, end }: Interval,
): Promise<Pick<Manifest, 'package' | 'interval'> | undefined> {
  for await (const link of chainOf(bucket, head)) {
    if ('missing' in link) return undefined;
    const [from, to] = [Date.parse(link.manifest.interval.start), Date.parse(link.manifest.interval.end)];
    // A run by hand right after another one was handed an empty interval, which is a part of none.
    if (from < to && from < end.getTime() && start.getTime() < to) return link.manifest;
  }
  return undefined;
}
