/**
 * The verdict on a job by its schedule: what is owed, what ends without a run, and why. Pure.
 *
 * While a claim is live nothing is recorded for its job: the leg that holds it settles slots, too, and each slot is
 * settled once. What this plan would have recorded, the next one will.
 */
import type { Job } from '../config/job.ts';
import { attemptsAt, countedAttempts } from '../state/attempts.ts';
import type { JobState, Settlement } from '../state/job-state.ts';
import { emptyState } from '../state/transitions.ts';
import { plural } from '../text/format.ts';
import { openBreaker } from './breaker.ts';
import { endHopeless, skipAll } from './ending.ts';
import { lineOf, readingOf, readsByInterval } from './interval.ts';
import { countSlots, type Debt, debtOf, timetableOf } from './owed.ts';
import { nextSlot, slotAt, slotCount, slotsBetween, type Timetable } from './slots.ts';
import type { DecisionWord, PlanInput, PlannedRun, Span, StateChange } from './types.ts';
import {
  claimReason,
  elsewhereReason,
  gaps,
  goneReason,
  idle,
  isElsewhere,
  laterNote,
  liveClaim,
  missingReason,
  type Verdict,
} from './verdict.ts';
import { waitingVerdict } from './waiting.ts';
import { instantText, latenessText } from './words.ts';
import { MINUTE_MS } from './zone.ts';

/** A job that does not follow its schedule for now. */
interface Off {
  readonly decision: DecisionWord;
  readonly reason: string;
}

/** A job whose registered schedule is the configured one. */
interface Scheduled {
  readonly job: Job;
  readonly state: JobState;
  readonly debt: Debt;
  readonly input: PlanInput;
  /** The first slot after now. */
  readonly next: string;
}

export function scheduledVerdict(job: Job, input: PlanInput): Verdict {
  const { now } = input;
  const state = stateOf(job, input);
  if (state.moved_to !== undefined) return idle(job, 'renamed', `renamed to ${state.moved_to}`, {});
  const claim = liveClaim(state, input);
  const timetable = currentTimetable(job, state, input.environment);
  if ('decision' in timetable) {
    const isByHand = timetable.decision === 'manual_only' && claim === undefined && state.paused === undefined;
    const waiting = isByHand ? waitingVerdict(job, state, input) : undefined;
    return waiting ?? offVerdict(job, timetable, claim ? [] : skipAll(state, now, timetable.reason));
  }
  const next = nextSlot(timetable, now).toISOString();
  if (claim !== undefined) return idle(job, 'in_progress', claimReason(claim), { slot: claim.slot, next });
  const waiting = waitingVerdict(job, state, input, next);
  if (waiting !== undefined && state.parked !== undefined) return waiting;
  const debt = debtOf(state);
  if (debt === undefined || !isSame(debt.timetable, timetable)) return registration(job, state, timetable, input);
  const verdict = owedVerdict({ job, state, debt, input, next });
  // A run of a newer slot goes on with the crawls, too.
  return waiting === undefined || verdict.runs.length > 0 ? verdict : { ...waiting, records: verdict.records };
}

/** An id whose state has moved on is free again once the job it moved to stands beside it in the configuration. */
function stateOf(job: Job, { config, states }: PlanInput): JobState {
  const state = states.get(job.id) ?? emptyState(job.id);
  const isFree = state.moved_to !== undefined && config.jobs.some(({ id }) => id === state.moved_to);
  return isFree ? emptyState(job.id) : state;
}

function currentTimetable(job: Job, { paused }: JobState, environment: string): Timetable | Off {
  const timetable = timetableOf(job);
  if (isElsewhere(job, environment)) return { decision: 'other_environment', reason: elsewhereReason(job) };
  if (!job.enabled) return { decision: 'disabled', reason: 'disabled in the configuration' };
  if (timetable === undefined) return { decision: 'manual_only', reason: 'has no cron, so it only runs by hand' };
  if (paused === undefined) return timetable;
  return { decision: 'paused', reason: `paused since ${instantText(new Date(paused.at))}: ${paused.reason}` };
}

function offVerdict(job: Job, { decision, reason }: Off, skipped: readonly Settlement[]): Verdict {
  const records = settling(job, skipped);
  return idle(job, decision, `${reason}${skippedText(skipped)}`, { records });
}

/** A schedule that is new to this environment starts now: editing one fires nothing, and nothing of the past. */
function registration(job: Job, state: JobState, timetable: Timetable, input: PlanInput): Verdict {
  const { now } = input;
  const before = state.schedule;
  const skipped = skipAll(state, now, 'the schedule was changed');
  const change = before === undefined ? 'new' : 'changed';
  const schedule = { ...timetable, effective_from: now.toISOString() };
  const reads_from = (lineOf(state) ?? slotAt(timetable, now)).toISOString();
  const register = { kind: 'register', job: job.id, schedule, change, reads_from } as const;
  const records: StateChange[] = [...settling(job, skipped), register];
  const first = nextSlot(timetable, now);
  const was = before === undefined ? 'new' : `the schedule was "${before.cron}" in ${before.timezone}`;
  const reason = `${was}; first slot ${instantText(first)}${skippedText(skipped)}${laterNote(job, input)}`;
  return idle(job, 'not_due', reason, { next: first.toISOString(), records });
}

function owedVerdict(scheduled: Scheduled): Verdict {
  const { job, state, debt, input, next } = scheduled;
  const ended = endHopeless(job, state, debt, input.now);
  const [records, unread] = [settling(job, ended), unreadOf(ended)];
  const last = ended.at(-1);
  const open = last === undefined ? debt : { ...debt, after: new Date(last.slot) };
  const slots = dueSlots(job, open, input.now);
  const slot = slots[0]?.toISOString();
  if (slot === undefined) {
    if (last === undefined) return notDue(scheduled);
    const heir =
      unread.length > 0 ? 'nobody reads their intervals' : 'the next slot reads on from where the last run stopped';
    const reason = `${plural(countSlots(ended), 'slot')} ended without a run: ${last.reason ?? last.outcome}; ${heir}`;
    return idle(job, last.outcome === 'missed' ? 'missed' : 'failed', reason, {
      slot: last.slot,
      next,
      records,
      unread,
    });
  }
  const gone = goneReason(job, input);
  if (gone !== undefined) return idle(job, 'unit_gone', gone, { slot, next, records });
  const missing = missingReason(job, input);
  if (missing !== undefined) return idle(job, 'missing_credentials', missing, { slot, next, records });
  const breaker = openBreaker(job, state);
  if (breaker !== undefined && breaker.probeAt > input.now) {
    const reason = `the last ${breaker.failures} runs failed; the next probe is at ${instantText(breaker.probeAt)}`;
    return idle(job, 'breaker_open', reason, { slot, next, records });
  }
  if (breaker !== undefined) slots.splice(1);
  const runs = slots.map((each, index) => plannedRun(scheduled, each, slots[index - 1]));
  const probe = breaker === undefined ? '' : `, a probe after ${breaker.failures} failed runs`;
  const reason = `${runs[0]?.reason}${probe}${companyText(job, open, slots, input.now)}`;
  return { decision: { job: job.id, decision: 'run', reason, slot, next, ...gaps(unread) }, runs, records };
}

const unreadOf = (ended: readonly Settlement[]): Span[] =>
  ended.flatMap(({ unread_from: from, slot: to }) => (from === undefined ? [] : [{ from, to }]));

/** A clock that was ahead may have settled what has not come yet: the job is silent until then, and so it is said. */
function notDue({ job, debt: { timetable, after }, input, next }: Scheduled): Verdict {
  const note = laterNote(job, input);
  if (after <= input.now) return idle(job, 'not_due', `nothing is owed${note}`, { next });
  const reason = `nothing is owed up to ${instantText(after)}, which an earlier run took for the past${note}`;
  return idle(job, 'not_due', reason, { next: nextSlot(timetable, after).toISOString() });
}

/**
 * `all`: the oldest owed slots, up to `max_catchup`. Otherwise only the newest; what is older is superseded by it. That
 * holds for `none`, too, when several slots are within the tolerance: to catch up is just what it does not want.
 */
function dueSlots({ catchup, max_catchup: most }: Job, { timetable, after }: Debt, now: Date): Date[] {
  if (catchup === 'all') return [...slotsBetween(timetable, after, now).take(most)];
  const newest = slotAt(timetable, now);
  return newest > after ? [newest] : [];
}

/** `before` is the slot that the same plan runs just before it: then its interval begins there. */
function plannedRun({ job, state, input: { now } }: Scheduled, instant: Date, before: Date | undefined): PlannedRun {
  const slot = instant.toISOString();
  const line = lineOf(state);
  const known =
    before !== undefined && line !== undefined && line < before
      ? { ...state, read_through: before.toISOString() }
      : state;
  const { interval, what } = readingOf(job, known, { slot, now });
  const attempt = attemptsAt(state, slot) + 1;
  const late = latenessText(instant, now);
  const isOnTime = now.getTime() - instant.getTime() <= job.tolerance_minutes * MINUTE_MS;
  const isRead = what === 'nothing' && readsByInterval(job);
  const reason = [
    isOnTime && late !== 'on time' ? `on time (${late})` : late,
    ...(attempt > 1 ? [`attempt ${countedAttempts(state, slot) + 1} of ${job.max_attempts}`] : []),
    ...(isRead ? [`read already, up to ${instantText(line ?? instant)}: only settles`] : []),
  ].join(', ');
  const { start, end } = interval;
  return { job: job.id, slot, interval: { start: start.toISOString(), end: end.toISOString() }, attempt, reason };
}

/** What becomes of the owed slots besides the first one that runs. */
function companyText({ catchup }: Job, { timetable, after }: Debt, slots: readonly Date[], now: Date): string {
  const [first = now] = slots;
  const last = slots.at(-1) ?? now;
  if (catchup !== 'all') {
    const older = countText(slotCount(timetable, after, new Date(first.getTime() - 1)));
    return older === undefined ? '' : `; supersedes ${older}`;
  }
  const waiting = countText(slotCount(timetable, last, now));
  const more = slots.length > 1 ? `, then ${slots.length - 1} more in order` : '';
  return `${more}${waiting === undefined ? '' : `; ${waiting} left for the next plan`}`;
}

/** After an outage of months nobody needs the exact number. */
const MOST_TOLD = 100;

function countText(slots: number): string | undefined {
  if (slots === 0) return undefined;
  return slots < MOST_TOLD ? plural(slots, 'slot') : `at least ${plural(MOST_TOLD, 'slot')}`;
}

function settling({ id: job }: Job, settlements: readonly Settlement[]): StateChange[] {
  return settlements.length === 0 ? [] : [{ kind: 'settle', job, settlements }];
}

const skippedText = (skipped: readonly Settlement[]): string =>
  skipped.length === 0 ? '' : `; ${plural(countSlots(skipped), 'slot')} skipped`;

const isSame = (a: Timetable, b: Timetable): boolean => a.cron === b.cron && a.timezone === b.timezone;
