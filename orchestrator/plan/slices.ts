/** A span of the past in the pieces that a backfill reads one after the other. Pure. */
import type { Interval } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { piecesOf } from './interval.ts';
import { timetableOf } from './owed.ts';
import { slotsBetween } from './slots.ts';
import { DAY_MS } from './zone.ts';

/**
 * The job's own intervals within `[from, to)`, oldest first, cut at both ends; for a job without a cron the days, UTC.
 * None is longer than `max_interval`. They are found one by one as they are asked for.
 */
export function* slicesOf(
  job: Pick<Job, 'cron' | 'timezone' | 'max_interval_minutes'>,
  from: Date,
  to: Date,
): Generator<Interval, void, undefined> {
  const timetable = timetableOf(job);
  let start = from;
  for (const end of timetable === undefined ? midnights(from, to) : slotsBetween(timetable, from, to)) {
    yield* piecesOf(job, { start, end });
    start = end;
  }
  if (start < to) yield* piecesOf(job, { start, end: to });
}

function* midnights(from: Date, to: Date): Generator<Date, void, undefined> {
  const first = (Math.floor(from.getTime() / DAY_MS) + 1) * DAY_MS;
  for (let midnight = first; midnight <= to.getTime(); midnight += DAY_MS) yield new Date(midnight);
}
