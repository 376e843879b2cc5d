/**
 * What must become of every slot of one job, kept by hand: a list of open slots from which each is crossed out once,
 * with its word. It hears only what happens in the world (a plan was recorded, the source was asked, the machine died)
 * and knows the rules as the documents say them; of the planner, the ledger and the state it knows nothing.
 */
import type { Job } from '../../orchestrator/config/job.ts';
import type { Outcome } from '../../orchestrator/state/job-state.ts';
import type { Calendar } from './calendar.ts';
import { DAY, MINUTE } from './deliveries.ts';

export interface Settled {
  readonly slot: string;
  readonly word: Outcome;
}

/** `badly`: somebody must act; `away`: it may pass by itself. */
export type Answer = 'well' | 'badly' | 'away';

/** A run that asked the source, and whether its machine is well. */
export interface Holder {
  readonly run: string;
  /** When its lease ends, if it says nothing more from now on. */
  leaseUntil(now: number): number;
}

interface Claim {
  readonly slot: string;
  readonly attempt: number;
  /** Where the interval that it reads ends. */
  readonly end: Date;
  readonly holder: Holder;
}

interface Epoch {
  readonly cron: string;
  readonly timezone: string;
  /** Its slots that are not settled, those of the future among them, oldest first. */
  open: string[];
}

/** What a plan that reads the book now must find. */
export interface Expectation {
  readonly settles: readonly Settled[];
  readonly isNew: boolean;
  /** Slots to run, in order. */
  readonly runs: readonly string[];
}

const NOTHING: Expectation = { settles: [], isNew: false, runs: [] };

const isManual = (slot: string): boolean => slot.startsWith('manual-');

export class Book {
  readonly settled: Settled[] = [];
  readonly #calendar: Calendar;
  readonly #retired = new Set<string>();
  /** Slots for which the source was asked at least once. */
  readonly #asked = new Set<string>();
  #id: string;
  #epoch: Epoch | undefined;
  #isPaused = false;
  #claim: Claim | undefined;
  /** Failed tries at a slot, and how many of them failed for what passes by itself. */
  #tried: { readonly slot: string; readonly count: number; readonly passed: number } | undefined;
  /** Up to where the source was read; unknown before the first time. */
  #line: Date | undefined;
  #failures = { count: 0, last: 0 };

  constructor(id: string, calendar: Calendar) {
    this.#id = id;
    this.#calendar = calendar;
  }

  setPaused(state: 'paused' | 'following'): void {
    this.#isPaused = state === 'paused';
  }

  /** Slots up to the instant of which nobody has said what became of them. */
  owed(now: number): string[] {
    const limit = new Date(now).toISOString();
    return this.#epoch?.open.filter((slot) => slot <= limit) ?? [];
  }

  /** What a scheduled plan must find. `asOf` is the plan's own time, which may have passed since. */
  expect(job: Job, asOf: number, now: number): Expectation {
    if (this.#retired.has(job.id) || this.#isHeld(asOf, now)) return NOTHING;
    const owed = this.owed(asOf);
    const isNew = this.#epoch?.cron !== job.cron || this.#epoch?.timezone !== job.timezone;
    if (this.#isPaused || isNew) {
      const settles = owed.map((slot) => ({ slot, word: 'skipped' as const }));
      return { settles, isNew: isNew && !this.#isPaused, runs: [] };
    }
    const settles = this.#hopeless(job, owed, asOf);
    return { settles, isNew, runs: this.#due(job, owed.slice(settles.length), asOf) };
  }

  /** What a plan by hand must do. */
  mayRunByHand(job: Job, now: number): boolean {
    return !this.#retired.has(job.id) && !this.#isPaused && !this.#isHeld(now, now);
  }

  /** A plan that found something to record, records it. */
  record(job: Job, asOf: number, now: number): void {
    if (!this.adopt(job, asOf, now)) return;
    const { settles, isNew } = this.expect(job, asOf, now);
    this.#settle(settles, now);
    if (!isNew || job.cron === undefined) return;
    const { cron, timezone } = job;
    this.#epoch = { cron, timezone, open: this.#calendar.slots(cron, timezone, new Date(asOf).toISOString()) };
    this.#tried = undefined;
  }

  /** The job goes by its new id from now on, unless it is running under the old one. */
  adopt(job: Job, asOf: number, now: number): boolean {
    if (job.id === this.#id || !job.previous_ids.includes(this.#id)) return true;
    if (this.#isHeld(asOf, now)) return false;
    this.#bury(now);
    this.#retired.add(this.#id);
    this.#id = job.id;
    return true;
  }

  /** What a run that begins now must read: on from the last one, and the first from a slot on, `start` in milliseconds. */
  interval(slot: string, now: number, start: number): string {
    // The last slot before the job was registered: monthly ones are the rarest.
    const isFirst = this.#line === undefined && start < now && start > now - 40 * DAY;
    const line = isFirst ? new Date(start) : (this.#line ?? new Date(now));
    const end = isManual(slot) ? new Date(now).toISOString() : slot;
    return `${line.toISOString()} ${end}`;
  }

  /** Whether what the slot answers for was read, by hand or for a newer slot. */
  isRead(slot: string): boolean {
    return this.#line !== undefined && slot <= this.#line.toISOString();
  }

  /** Whether a leg that comes now may run the slot. */
  mayRun(job: Job, slot: string, now: number): boolean {
    if (this.#retired.has(job.id) || job.id !== this.#id || this.#isHeld(now, now)) return false;
    if (isManual(slot)) return !this.settled.some((each) => each.slot === slot && each.word === 'done');
    const open = this.#epoch?.open ?? [];
    const oldest = open[0];
    return open.includes(slot) && (job.catchup !== 'all' || oldest === slot) && this.#probeAt(job) <= now;
  }

  asked(slot: string, holder: Holder, end: Date, now: number): void {
    const attempt = this.#tries(slot) + 1;
    this.#bury(now);
    this.#claim = { slot, attempt, end, holder };
    this.#asked.add(slot);
  }

  /** The source has answered a run, well or not. Whoever has lost the claim meanwhile changes nothing. */
  answered(job: Job, run: string, how: Answer, now: number): void {
    const claim = this.#claim;
    if (claim?.holder.run !== run) return;
    const { slot, attempt, end } = claim;
    this.#claim = undefined;
    if (how === 'well') this.#failures = { count: 0, last: 0 };
    else this.#countFailure(now);
    const passed = this.#passed(slot) + (how === 'away' ? 1 : 0);
    const isOwed = how === 'away' || (how === 'badly' && attempt - passed < job.max_attempts);
    if (isOwed && !isManual(slot)) {
      this.#tried = { slot, count: attempt, passed };
      return;
    }
    if (how === 'well') this.#line = end;
    this.#end(job, slot, how === 'well' ? 'done' : 'failed', now);
  }

  /** A leg found that the slot was read, and settled it. */
  settledUnasked(job: Job, slot: string, now: number): void {
    this.#bury(now);
    this.#failures = { count: 0, last: 0 };
    this.#end(job, slot, 'done', now);
  }

  #end(job: Job, slot: string, word: Outcome, now: number): void {
    const older = isManual(slot) || job.catchup === 'all' ? [] : this.owed(Date.parse(slot) - 1);
    this.#settle([...older.map((each) => ({ slot: each, word: 'superseded' as const })), { slot, word }], now);
  }

  #passed(slot: string): number {
    return this.#tried?.slot === slot ? this.#tried.passed : 0;
  }

  #isHeld(asOf: number, now: number): boolean {
    return this.#claim !== undefined && this.#claim.holder.leaseUntil(now) > asOf;
  }

  #tries(slot: string): number {
    const recorded = this.#tried?.slot === slot ? this.#tried.count : 0;
    return Math.max(recorded, this.#claim?.slot === slot ? this.#claim.attempt : 0);
  }

  /** The owed slots that must end without a run: up to the newest one that has no attempt left or is too late. */
  #hopeless(job: Job, owed: readonly string[], asOf: number): Settled[] {
    const late = Math.min(
      job.max_lateness_minutes ?? Number.POSITIVE_INFINITY,
      job.catchup === 'none' ? job.tolerance_minutes : Number.POSITIVE_INFINITY,
    );
    const isLate = (slot: string): boolean => asOf - Date.parse(slot) > late * MINUTE;
    const isUsedUp = (slot: string): boolean => this.#tries(slot) - this.#passed(slot) >= job.max_attempts;
    const last = owed.findLastIndex(
      (slot, index) => isLate(slot) || (isUsedUp(slot) && (job.catchup !== 'all' || index === 0)),
    );
    return owed.slice(0, last + 1).map((slot) => {
      if (isUsedUp(slot)) return { slot, word: 'failed' };
      if (!isLate(slot)) return { slot, word: 'superseded' };
      return { slot, word: this.#asked.has(slot) ? 'failed' : 'missed' };
    });
  }

  #due(job: Job, owed: readonly string[], asOf: number): readonly string[] {
    const due = job.catchup === 'all' ? owed.slice(0, job.max_catchup) : owed.slice(-1);
    if (this.#failures.count < job.breaker_failures) return due;
    return this.#probeAt(job) <= asOf ? due.slice(0, 1) : [];
  }

  #probeAt(job: Job): number {
    const { count, last } = this.#failures;
    return count < job.breaker_failures ? 0 : last + job.breaker_minutes * MINUTE;
  }

  #countFailure(now: number): void {
    this.#failures = { count: this.#failures.count + 1, last: now };
  }

  /** A holder that said nothing more has failed, too. */
  #bury(now: number): void {
    if (this.#claim === undefined) return;
    const { slot } = this.#claim;
    this.#tried = { slot, count: this.#tries(slot), passed: this.#passed(slot) };
    this.#claim = undefined;
    this.#countFailure(now);
  }

  #settle(settles: readonly Settled[], now: number): void {
    const slots = new Set(settles.map(({ slot }) => slot));
    if (this.#claim !== undefined && slots.has(this.#claim.slot)) this.#bury(now);
    this.settled.push(...settles);
    if (this.#epoch !== undefined) this.#epoch.open = this.#epoch.open.filter((slot) => !slots.has(slot));
  }
}
