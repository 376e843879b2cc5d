/** What a job owes by its schedule, and what the legs ask about it. Pure. */
import type { Job } from '../config/job.ts';
import type { JobState, Outcome, Settlement } from '../state/job-state.ts';
import { cronFault } from './cron.ts';
import { nextSlot, slotAt, slotCount, type Timetable } from './slots.ts';
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
  readonly count: number;
  readonly oldest: Date;
  readonly newest: Date;
}

/** What is owed by the registered schedule; undefined when it is nothing, or cannot be told. */
export function owedSlots(state: JobState, now: Date): OwedSlots | undefined {
  const debt = debtOf(state);
  if (debt === undefined || !isReadable(debt)) return undefined;
  const { timetable, after } = debt;
  const oldest = nextSlot(timetable, after);
  if (oldest > now) return undefined;
  return { count: slotCount(timetable, after, now), oldest, newest: slotAt(timetable, now) };
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
  const debt = readableDebt(state);
  if (debt === undefined) return undefined;
  const oldest = nextSlot(debt.timetable, debt.after);
  return oldest <= justBefore(slot) ? oldest.toISOString() : undefined;
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
  const debt = readableDebt(state);
  if (debt === undefined) return [];
  const ending: Ending = { through: justBefore(slot), outcome: 'superseded' };
  return settleAll(debt, [ending], claim.claimed_at).map((settlement) => ({ ...settlement, run: claim.run }));
}

const justBefore = (slot: string): Date => new Date(Date.parse(slot) - 1);

function readableDebt(state: JobState): Debt | undefined {
  const debt = debtOf(state);
  return debt !== undefined && isReadable(debt) ? debt : undefined;
}

/** How the owed slots up to and including an instant end without a run of their own: all those after the ending before it. */
export interface Ending {
  readonly through: Date;
  readonly outcome: Outcome;
  readonly reason?: string;
}

/**
 * One settlement for each stretch of consecutive slots that end the same way; `endings` ascend. Slots are counted, not
 * walked: a quarter has 120,000 minutes, and a plan may find thousands of jobs that were silent for so long.
 */
export function settleAll({ timetable, after }: Debt, endings: Iterable<Ending>, at: string): Settlement[] {
  const settlements: Settlement[] = [];
  let start = after;
  for (const ending of endings) {
    const settlement = settlementOf(timetable, start, ending, at);
    if (settlement === undefined) continue;
    start = ending.through;
    const last = settlements.at(-1);
    if (last !== undefined && endAlike(last, settlement)) settlements.splice(-1, 1, joined(last, settlement));
    else settlements.push(settlement);
  }
  return settlements;
}

function settlementOf(
  timetable: Timetable,
  after: Date,
  { through, ...ending }: Ending,
  at: string,
): Settlement | undefined {
  const count = slotCount(timetable, after, through);
  if (count === 0) return undefined;
  const settlement = { slot: slotAt(timetable, through).toISOString(), ...ending, at };
  return count === 1 ? settlement : { ...settlement, from: nextSlot(timetable, after).toISOString(), count };
}

const endAlike = (one: Settlement, other: Settlement): boolean =>
  one.outcome === other.outcome && one.reason === other.reason;

function joined(one: Settlement, next: Settlement): Settlement {
  const { slot, from = slot, count = 1 } = one;
  return { ...one, slot: next.slot, from, count: count + (next.count ?? 1) };
}

/** How many slots the settlements stand for. */
export const countSlots = (settlements: readonly Settlement[]): number =>
  settlements.reduce((slots, { count = 1 }) => slots + count, 0);
