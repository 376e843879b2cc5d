/** The span of time that a run reads: it begins where the last one that was read to its end stopped. Pure. */
import type { Interval } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import type { JobState } from '../state/job-state.ts';
import { debtOf, isManual, isOwed, isReadable, timetableOf } from './owed.ts';
import { nextSlot, previousSlot } from './slots.ts';
import { DAY_MS, MINUTE_MS } from './zone.ts';

/** Whose interval is asked for. */
export interface Asked {
  /** UTC instant of a cron occurrence, or `manual-<run id>`. */
  readonly slot: string;
  /** When the run begins: where a manual one ends. */
  readonly now: Date;
  /** Of a run by hand that was asked for a slot: the slot, where it ends instead. */
  readonly upTo?: Date | undefined;
}

/**
 * - `on`: reads on from where the last run stopped, and moves that line.
 * - `again`: a person asked for a span that lies before the line, or of a job that has none yet; the line stays.
 * - `nothing`: the slot lies before the line, so that there is nothing left to read.
 */
export interface Reading {
  readonly interval: Interval;
  readonly what: 'on' | 'again' | 'nothing';
}

/**
 * What a run reads by the state: `[line, slot)`, and by hand `[line, now)`, whatever became of the slots between. What
 * reads nothing new, or is the first of its job, is `[previous slot, slot)`, and without a cron the last 24 hours.
 */
export function readingOf(job: Job, state: JobState, { slot, now, upTo }: Asked): Reading {
  const end = upTo ?? (isManual(slot) ? now : new Date(slot));
  const line = lineOf(state);
  if (line === undefined) return { interval: spanUpTo(job, end), what: upTo === undefined ? 'on' : 'again' };
  if (line < end) return { interval: { start: line, end }, what: 'on' };
  // By hand there is always a run: a program that does not ask for its interval says what there is.
  if (upTo === undefined && isManual(slot)) return { interval: { start: line, end: line }, what: 'on' };
  const isAgain = upTo !== undefined && !isOwed(state, upTo.toISOString());
  return { interval: spanUpTo(job, end), what: isAgain ? 'again' : 'nothing' };
}

/** Up to where the source was read; undefined for a job that nobody has registered or run. */
export function lineOf(state: JobState): Date | undefined {
  const known = state.read_through ?? state.settled_through;
  if (known !== undefined) return new Date(known);
  // Registered by a Tidemill that did not keep the line yet.
  const debt = debtOf(state);
  return debt !== undefined && isReadable(debt)
    ? previousSlot(debt.timetable, nextSlot(debt.timetable, debt.after))
    : undefined;
}

/**
 * Whether the configuration says that a run reads its interval and nothing else: then what is between two intervals is lost,
 * and what is in both is there twice. Of a connector only its stream says so, and the leg knows that.
 */
export const readsByInterval = ({ command, scope }: Pick<Job, 'command' | 'scope'>): boolean =>
  command !== undefined && scope === 'changes';

function spanUpTo(job: Job, end: Date): Interval {
  const timetable = timetableOf(job);
  const start = timetable === undefined ? new Date(end.getTime() - DAY_MS) : previousSlot(timetable, end);
  return { start, end };
}

/** The interval in the pieces that are read one after the other: none longer than `max_interval`. */
export function* piecesOf(
  { max_interval_minutes: most }: Pick<Job, 'max_interval_minutes'>,
  interval: Interval,
): Generator<Interval> {
  const { end } = interval;
  let { start } = interval;
  if (most !== undefined) {
    for (let next = after(start, most); next < end; next = after(start, most)) {
      yield { start, end: next };
      start = next;
    }
  }
  yield { start, end };
}

const after = (instant: Date, minutes: number): Date =>
  new Date(instant.getTime() + Math.max(1, Math.round(minutes * MINUTE_MS)));
