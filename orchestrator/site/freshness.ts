/** How far the data of a job is behind its own schedule. Pure. */
import type { Job } from '../config/job.ts';
import { nextSlot, slotAt, slotsBetween, type Timetable } from '../plan/slots.ts';

/**
 * - `fresh`: the newest slot is in. `due`: a slot has come, and its tolerance is not over, or its run waits for its source. `late`: it is over.
 * - `new`: it was never loaded, and none of its slots has come since it is known.
 * - `resting`: switched off, paused or of another environment. `by_hand`: it has no schedule.
 */
export type FreshnessWord = 'fresh' | 'due' | 'late' | 'new' | 'resting' | 'by_hand';

export interface Freshness {
  readonly word: FreshnessWord;
  /** The newest slot, or run by hand, whose data is in. */
  readonly asOf?: Date;
  /** Slots that have come since. */
  readonly behind?: number;
  /** The same, and how far the time to the next slot is over: below 1 everything is in. */
  readonly position?: number;
  /** Since the first of them came, in seconds. */
  readonly lateSeconds?: number;
}

/** Beyond this nobody needs the exact number. */
export const MOST_BEHIND = 999;

export interface Known {
  readonly now: Date;
  readonly isResting: boolean;
  /** It has begun in time, and waits for its source. */
  readonly isWaiting: boolean;
  /** The newest slot, or run by hand, that was done. */
  readonly lastDone: Date | undefined;
  /** From when on its schedule counts. */
  readonly effectiveFrom: Date | undefined;
}

export function freshnessOf(job: Job, { now, isResting, isWaiting, lastDone, effectiveFrom }: Known): Freshness {
  const asOf = lastDone === undefined ? {} : { asOf: lastDone };
  if (isResting) return { word: 'resting', ...asOf };
  if (job.cron === undefined) return { word: 'by_hand', ...asOf };
  const since = lastDone ?? effectiveFrom;
  if (since === undefined) return { word: 'new' };
  const timetable: Timetable = { cron: job.cron, timezone: job.timezone };
  const waiting = [...slotsBetween(timetable, since, now).take(MOST_BEHIND)];
  const position = waiting.length + elapsed(timetable, now);
  const [first] = waiting;
  if (first === undefined) return { word: lastDone === undefined ? 'new' : 'fresh', ...asOf, behind: 0, position };
  const lateSeconds = (now.getTime() - first.getTime()) / 1000;
  const word = isWaiting || lateSeconds <= job.tolerance_minutes * 60 ? 'due' : 'late';
  return { word, ...asOf, behind: waiting.length, position, lateSeconds };
}

/** How much of the time between the last slot and the next is over: from 0 to 1. */
function elapsed(timetable: Timetable, now: Date): number {
  const last = slotAt(timetable, now).getTime();
  return (now.getTime() - last) / (nextSlot(timetable, now).getTime() - last);
}
