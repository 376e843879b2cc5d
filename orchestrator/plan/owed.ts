/** What a job owes by its schedule, and what the legs ask about it. Pure. */
import type { Job } from '../config/job.ts';
import type { JobState, Outcome, Settlement } from '../state/job-state.ts';
import { cronFault } from './cron.ts';
import { nextSlot, slotAt, slotsBetween, type Timetable } from './slots.ts';
import { isTimeZone } from './zone.ts';

/** A registered schedule, and the instant up to which nothing of it is owed. */
export interface Debt {
  readonly timetable: Timetable;
  readonly after: Date;
}

/**
 * What is owed is every slot after this up to now. A settled slot may be older than the schedule: whatever ran before
 * the schedule was edited does not count against it. Undefined for a job without a registered schedule.
 */
export function debtOf({ schedule, settled_through: settled }: JobState): Debt | undefined {
  if (schedule === undefined) return undefined;
  const after = Math.max(Date.parse(schedule.effective_from), settled === undefined ? 0 : Date.parse(settled));
  return { timetable: schedule, after: new Date(after) };
}

/** Whether nobody has said yet what became of the slot, which may be older than the schedule. */
export function isOwed(state: JobState, slot: string): boolean {
  const debt = debtOf(state);
  return debt !== undefined && !isManual(slot) && Date.parse(slot) > debt.after.getTime();
}

/** A registered schedule may have been edited by hand, or its zone have left tzdata: then its slots are unknown. */
export const isReadable = ({ timetable }: Debt): boolean =>
  cronFault(timetable.cron) === undefined && isTimeZone(timetable.timezone);

/** Slots that nobody has settled yet. */
export interface OwedSlots {
  /** After an outage of years not all of them are counted. */
  readonly count: number;
  readonly oldest: Date;
  readonly newest: Date;
}

const MOST_COUNTED = 10_000;

/** What is owed by the registered schedule; undefined when it is nothing, or cannot be told. */
export function owedSlots(state: JobState, now: Date): OwedSlots | undefined {
  const debt = debtOf(state);
  if (debt === undefined || !isReadable(debt)) return undefined;
  const [oldest] = slotsBetween(debt.timetable, debt.after, now);
  if (oldest === undefined) return undefined;
  const count = slotsBetween(debt.timetable, debt.after, now)
    .take(MOST_COUNTED)
    .reduce((sum) => sum + 1, 0);
  return { count, oldest, newest: slotAt(debt.timetable, now) };
}

/** The job's timetable, or undefined for one that only runs by hand. */
export const timetableOf = ({ cron, timezone }: Pick<Job, 'cron' | 'timezone'>): Timetable | undefined =>
  cron === undefined ? undefined : { cron, timezone };

/** The job's first slot after the instant; undefined for one that only runs by hand. */
export function nextSlotOf(job: Job, after: Date): string | undefined {
  const timetable = timetableOf(job);
  return timetable === undefined ? undefined : nextSlot(timetable, after).toISOString();
}

export const isManual = (slot: string): boolean => slot.startsWith('manual-');

/** The oldest owed slot, when it lies before `slot` and must run first: only with `catchup: all`. */
export function olderSlotOwed(job: Job, state: JobState, slot: string): string | undefined {
  if (job.catchup !== 'all' || isManual(slot)) return undefined;
  const [oldest] = olderSlots(state, slot);
  return oldest?.toISOString();
}

/** Whether a newer slot has come by now that cannot run before this one is settled: only with `catchup: all`. */
export function holdsBackNext(job: Job, slot: string, now: Date): boolean {
  if (job.catchup !== 'all' || isManual(slot)) return false;
  const next = nextSlotOf(job, new Date(slot));
  return next !== undefined && Date.parse(next) <= now.getTime();
}

/**
 * The settlements of the owed slots that the claimed slot takes the place of, to be written together with its own;
 * none for a manual run, and none with `catchup: all`, where each slot runs for itself.
 */
export function supersededBy(job: Job, state: JobState, slot: string): Settlement[] {
  const { claim } = state;
  if (job.catchup === 'all' || isManual(slot) || claim === undefined) return [];
  const settlements = settleAll(olderSlots(state, slot), claim.claimed_at, () => ({ outcome: 'superseded' }));
  return settlements.map((settlement) => ({ ...settlement, run: claim.run }));
}

function olderSlots(state: JobState, slot: string): Iterable<Date> {
  const debt = debtOf(state);
  if (debt === undefined || !isReadable(debt)) return [];
  return slotsBetween(debt.timetable, debt.after, new Date(Date.parse(slot) - 1));
}

/** How a slot ends without a run of its own. */
export interface Ending {
  readonly outcome: Outcome;
  readonly reason?: string;
}

/** One settlement for each stretch of consecutive slots that end the same way. */
export function settleAll(slots: Iterable<Date>, at: string, endingOf: (slot: Date) => Ending): Settlement[] {
  const settlements: Settlement[] = [];
  for (const instant of slots) {
    const slot = instant.toISOString();
    const ending = endingOf(instant);
    const last = settlements.at(-1);
    if (last === undefined || last.outcome !== ending.outcome || last.reason !== ending.reason) {
      settlements.push({ slot, ...ending, at });
    } else {
      const count = (last.count ?? 1) + 1;
      settlements[settlements.length - 1] = { ...last, slot, from: last.from ?? last.slot, count };
    }
  }
  return settlements;
}

/** How many slots the settlements stand for. */
export const countSlots = (settlements: readonly Settlement[]): number =>
  settlements.reduce((slots, { count = 1 }) => slots + count, 0);
