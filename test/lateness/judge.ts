/** Compares what Tidemill does with what the books say, and keeps every promise that was broken. */
import type { Interval } from '@tidemill/kit';
import type { Config, Job } from '../../orchestrator/config/job.ts';
import type { Plan, PlannedRun } from '../../orchestrator/plan/types.ts';
import type { Outcome } from '../../orchestrator/state/job-state.ts';
import { type Answer, Book, type Expectation, type Holder } from './book.ts';
import type { Calendar } from './calendar.ts';
import { identityOf, type JobId, jobIds } from './jobs.ts';
import { type Entry, Journal } from './journal.ts';
import type { Timeline } from './timeline.ts';

/**
 * - `plan`: it runs other slots than are due.
 * - `leg`: it runs what it must not, or does not run what it must.
 * - `twice`, `never`, `word`: a slot is settled twice, never, or with the wrong word.
 * - `foreign`: something is settled that is no slot.
 * - `interval`: what is read overlaps what was read before, or leaves a hole after it.
 */
export type Breach = 'plan' | 'leg' | 'twice' | 'never' | 'word' | 'foreign' | 'interval';

export interface Violation {
  readonly breach: Breach;
  readonly what: string;
}

/** What a plan must record, by job id. */
export type Found = ReadonlyMap<string, Expectation>;

export class Judge {
  readonly violations: Violation[] = [];
  readonly journal: Journal;
  /** How often each job's source was asked. */
  readonly visits = new Map<JobId, number>();
  readonly #books: ReadonlyMap<JobId, Book>;
  readonly #timeline: Timeline;
  readonly #stopAt: Breach | undefined;
  /** When the source was last asked for a slot; the arrivals that must run; what became of slots. By job and slot. */
  readonly #asked = new Map<string, number>();
  readonly #mayRun = new Map<string, boolean>();
  readonly #words = new Map<string, Outcome>();

  constructor(calendar: Calendar, timeline: Timeline, stopAt: Breach | undefined) {
    this.#timeline = timeline;
    this.#stopAt = stopAt;
    this.journal = new Journal(calendar, (entry) => this.#settled(entry));
    this.#books = new Map(jobIds.map((id) => [id, new Book(id, calendar)]));
  }

  book(id: string): Book {
    const book = this.#books.get(identityOf(id));
    if (book === undefined) throw new Error(`there is no book of ${id}`);
    return book;
  }

  isSettledUpTo(end: number): boolean {
    return [...this.#books.values()].every((book) => book.owed(end).length === 0);
  }

  planned({ jobs }: Config, { runs }: Plan): Found {
    const now = this.#timeline.now;
    const found = new Map(jobs.map((job) => [job.id, this.book(job.id).expect(job, now, now)]));
    for (const { id } of jobs) this.#require(id, runs, found.get(id)?.runs ?? []);
    return found;
  }

  plannedByHand({ jobs }: Config, { runs }: Plan, isPicked: (id: string) => boolean, slot: string): void {
    for (const job of jobs) {
      const isDue = isPicked(job.id) && this.book(job.id).mayRunByHand(job, this.#timeline.now);
      this.#require(job.id, runs, isDue ? [slot] : []);
    }
  }

  /** A plan that was made at `asOf` has been recorded. */
  recorded({ jobs }: Config, found: Found, asOf: Date): void {
    for (const job of jobs) {
      const { settles = [], isNew = false } = found.get(job.id) ?? {};
      if (settles.length > 0 || isNew) this.book(job.id).record(job, asOf.getTime(), this.#timeline.now);
    }
  }

  arrives(job: Job, slot: string): void {
    const now = this.#timeline.now;
    this.book(job.id).adopt(job, now, now);
    this.#mayRun.set(keyOf(job.id, slot), this.book(job.id).mayRun(job, slot, now));
  }

  asks(job: Job, slot: string, holder: Holder, interval: Interval): void {
    const now = this.#timeline.now;
    const id = identityOf(job.id);
    const book = this.book(id);
    if (!book.mayRun(job, slot, now)) this.#breach('leg', `${job.id}@${slot} must not run`);
    const read = `${interval.start.toISOString()} ${interval.end.toISOString()}`;
    const due = book.interval(slot, now, interval.start.getTime());
    if (read !== due) this.#breach('interval', `${job.id}@${slot} reads ${read}, should read ${due}`);
    book.asked(slot, holder, interval.end, now);
    this.visits.set(id, (this.visits.get(id) ?? 0) + 1);
    this.#asked.set(keyOf(id, slot), now);
  }

  /** The source was not asked, for the slot lies before what was read. */
  asksNothing(job: Job, slot: string): void {
    const now = this.#timeline.now;
    const book = this.book(job.id);
    if (!book.isRead(slot)) this.#breach('interval', `${job.id}@${slot} is done and was not read`);
    book.settledUnasked(job, slot, now);
    this.#asked.set(keyOf(job.id, slot), now);
  }

  answered(job: Job, run: string, how: Answer): void {
    this.book(job.id).answered(job, run, how, this.#timeline.now);
  }

  refused(job: Job, slot: string, why: string): void {
    const key = keyOf(job.id, slot);
    if (this.#mayRun.get(key) !== true) return;
    // Of two that begin at the same instant one is refused, and maybe before the other has asked the source.
    const now = this.#timeline.now;
    this.#timeline.at(now, () => {
      if (this.#asked.get(key) !== now) this.#breach('leg', `${job.id}@${slot} was refused: ${why}`);
    });
  }

  surprised(job: Job, slot: string, what: string): void {
    this.#breach('leg', `${job.id}@${slot}: ${what}`);
  }

  /** At the end: every slot up to there was settled, with the word of the books, and nothing else was settled. */
  compare(end: number): void {
    for (const fault of this.journal.faults) this.#breach('foreign', fault);
    const foreign = new Map(this.#words);
    for (const [id, book] of this.#books) {
      for (const { slot, word } of book.settled) {
        const written = this.#words.get(keyOf(id, slot));
        foreign.delete(keyOf(id, slot));
        if (written === undefined) this.#breach('never', `${id}@${slot} should be ${word}`);
        else if (written !== word) this.#breach('word', `${id}@${slot} is ${written}, should be ${word}`);
      }
      for (const slot of book.owed(end)) this.#breach('never', `${id}@${slot} is owed`);
    }
    for (const [slot, word] of foreign) this.#breach('foreign', `${slot} is ${word}`);
  }

  #settled({ job, slot, word }: Entry): void {
    const key = keyOf(job, slot);
    const before = this.#words.get(key);
    this.#words.set(key, word);
    if (before !== undefined) this.#breach('twice', `${key} is ${before} and ${word}`);
  }

  #require(id: string, runs: readonly PlannedRun[], due: readonly string[]): void {
    const slots = runs.filter(({ job }) => job === id).map(({ slot }) => slot);
    if (slots.join() === due.join()) return;
    this.#breach('plan', `${id} runs [${slots.join(', ')}], should run [${due.join(', ')}]`);
  }

  #breach(breach: Breach, what: string): void {
    this.violations.push({ breach, what: `${new Date(this.#timeline.now).toISOString()} ${what}` });
    if (breach === this.#stopAt) this.#timeline.stop();
  }
}

/** The same for a job before and after its rename. */
const keyOf = (id: string, slot: string): string => `${identityOf(id)}@${slot}`;
