/** Owed slots that end without a run, because no leg will ever settle them. Pure. */
import type { Job } from '../config/job.ts';
import { attemptsAt, countedAttempts } from '../state/attempts.ts';
import type { JobState, Settlement } from '../state/job-state.ts';
import { lineOf, readsByInterval } from './interval.ts';
import { type Debt, debtOf, type Ending, isManual, isReadable, settleAll } from './owed.ts';
import { nextSlot, previousSlot, slotAt } from './slots.ts';
import { MINUTE_MS } from './zone.ts';

/**
 * Settles every owed slot as `skipped`: the job does not follow its schedule for now, and when it does again the past
 * must not fire. The slots are those of the registered schedule, whatever the configuration says today.
 */
export function skipAll(state: JobState, now: Date, reason: string): Settlement[] {
  const debt = debtOf(state);
  if (debt === undefined || !isReadable(debt)) return [];
  return settleAll(debt, [{ through: now, outcome: 'skipped', reason }], now.toISOString());
}

/**
 * Settles the owed slots that have no run before them any more:
 *
 * - A slot whose attempts are used up, the last one cut short, is `failed`. (The leg says so itself when it can.) With
 *   `catchup: all` that is said of the oldest slot only, the others wait for their turn. A fault that may pass by itself
 *   uses nothing up.
 * - A slot that is too late is `missed`, or `failed` if it has been tried: later than `max_lateness_minutes`, or with
 *   `catchup: none` later than `tolerance_minutes`.
 * - What a `missed` slot should have read, of a job that reads by interval, stays unread: the settlement says from where
 *   on. What a `failed` or `superseded` one should have read, the next run reads.
 * - What is older than such a slot goes with it, as `superseded`.
 */
export function endHopeless(job: Job, state: JobState, debt: Debt, now: Date): Settlement[] {
  const last = Math.max(...usedUpSlots(job, state, debt, now), tooLateSlot(job, debt, now));
  if (last <= debt.after.getTime()) return [];
  const turns = turnsOf(job, state, now).filter((turn) => turn > debt.after.getTime() && turn < last);
  const endings = [...turns.sort((a, b) => a - b), last].map((turn) => endingOf(job, state, new Date(turn), now));
  const ended = settleAll(debt, endings, now.toISOString());
  return readsByInterval(job) ? withUnread(ended, lineOf(state)) : ended;
}

function withUnread(ended: readonly Settlement[], line: Date | undefined): Settlement[] {
  let from = line?.toISOString();
  return ended.map((settlement) => {
    const { outcome, slot } = settlement;
    if (outcome !== 'missed' || from === undefined || from >= slot) return settlement;
    const unread = { ...settlement, unread_from: from };
    from = slot;
    return unread;
  });
}

/** The last instants before the endings of slots may be others: the slots that were tried, and the last one too late. */
function turnsOf(job: Job, state: JobState, now: Date): number[] {
  const tried = triedSlots(state).map((slot) => Date.parse(slot));
  const tooLate = Math.ceil(latestInTime(job, now)) - 1;
  return [tooLate, ...tried.flatMap((slot) => [slot - 1, slot])];
}

const triedSlots = ({ attempt, claim }: JobState): string[] =>
  [attempt?.slot, claim?.slot].filter((slot) => slot !== undefined).filter((slot) => !isManual(slot));

function usedUpSlots(job: Job, state: JobState, { timetable, after }: Debt, now: Date): number[] {
  return triedSlots(state)
    .filter((slot) => countedAttempts(state, slot) >= job.max_attempts)
    .map((slot) => new Date(slot))
    .filter((slot) => slot <= now && slotAt(timetable, slot).getTime() === slot.getTime())
    .filter((slot) => job.catchup !== 'all' || nextSlot(timetable, after).getTime() === slot.getTime())
    .map((slot) => slot.getTime());
}

/** How late a slot may run at all, in minutes. */
export const mostLate = ({
  catchup,
  tolerance_minutes,
  max_lateness_minutes = Number.POSITIVE_INFINITY,
}: Job): number => (catchup === 'none' ? Math.min(tolerance_minutes, max_lateness_minutes) : max_lateness_minutes);

/** Slots before it are too late; fractions of a millisecond count. */
const latestInTime = (job: Job, now: Date): number => now.getTime() - mostLate(job) * MINUTE_MS;

const isTooLate = (job: Job, slot: Date, now: Date): boolean => slot.getTime() < latestInTime(job, now);

function tooLateSlot(job: Job, { timetable }: Debt, now: Date): number {
  const most = mostLate(job);
  if (most === Number.POSITIVE_INFINITY) return Number.NEGATIVE_INFINITY;
  return previousSlot(timetable, new Date(now.getTime() - most * MINUTE_MS)).getTime();
}

/** How a slot at that instant ends, and those between it and the turn before. */
function endingOf(job: Job, state: JobState, through: Date, now: Date): Ending {
  const slot = through.toISOString();
  const attempts = attemptsAt(state, slot);
  const counted = countedAttempts(state, slot);
  if (counted >= job.max_attempts) {
    const { attempt } = state;
    const isLast = attempt?.slot === slot && attempt.count === attempts;
    const reason = isLast ? attempt.reason : 'the run ended without a word';
    return { through, outcome: 'failed', reason: `attempt ${counted} of ${job.max_attempts}: ${reason}` };
  }
  if (!isTooLate(job, through, now)) return { through, outcome: 'superseded' };
  const reason = `more than ${mostLate(job)} min late`;
  if (attempts === 0) return { through, outcome: 'missed', reason };
  return { through, outcome: 'failed', reason: `tried, and now ${reason}` };
}
