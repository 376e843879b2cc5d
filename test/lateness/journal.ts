/** Every settlement that is ever written, whoever writes it: states remember only the newest, so each swap is read. */
import type { JobState, Outcome, Settlement } from '../../orchestrator/state/job-state.ts';
import { keys } from '../../orchestrator/storage/keys.ts';
import type { Calendar } from './calendar.ts';

/** One slot, as it was settled. */
export interface Entry {
  readonly job: string;
  readonly slot: string;
  readonly word: Outcome;
  readonly at: string;
}

export class Journal {
  readonly entries: Entry[] = [];
  /** What cannot be: a settlement that stands for other slots than it says. */
  readonly faults: string[] = [];
  readonly #calendar: Calendar;
  readonly #onEntry: (entry: Entry) => void;
  readonly #states = new Map<string, JobState>();

  constructor(calendar: Calendar, onEntry: (entry: Entry) => void) {
    this.#calendar = calendar;
    this.#onEntry = onEntry;
  }

  onWrite = (key: string, text: string): void => {
    if (!key.startsWith(keys.statePrefix)) return;
    const next = JSON.parse(text) as JobState;
    const before = this.#states.get(next.job) ?? this.#movedTo(next.job);
    this.#states.set(next.job, next);
    for (const settlement of added(before?.recent ?? [], next.recent)) this.#enter(next.job, before, settlement);
  };

  #movedTo(job: string): JobState | undefined {
    return [...this.#states.values()].find((state) => state.moved_to === job);
  }

  #enter(job: string, before: JobState | undefined, settlement: Settlement): void {
    const { slot, from = slot, count = 1, outcome: word, at } = settlement;
    const slots = slot.startsWith('manual-') ? [slot] : this.#slots(before, from, slot);
    if (slots.length !== count) this.faults.push(`${job}: ${from} to ${slot} are ${slots.length} slots, not ${count}`);
    for (const each of slots) {
      const entry = { job, slot: each, word, at };
      this.entries.push(entry);
      this.#onEntry(entry);
    }
  }

  #slots(before: JobState | undefined, from: string, to: string): string[] {
    const { schedule } = before ?? {};
    if (schedule === undefined) return [];
    const all = this.#calendar.slots(schedule.cron, schedule.timezone, '');
    return all.filter((slot) => slot >= from && slot <= to);
  }
}

/** The fewest settlements that make the later list out of the earlier one, whose oldest may have been forgotten. */
function added(before: readonly Settlement[], after: readonly Settlement[]): readonly Settlement[] {
  for (let kept = Math.min(before.length, after.length); kept > 0; kept -= 1) {
    if (before.slice(-kept).every((each, index) => isSame(each, after[index]))) return after.slice(kept);
  }
  return after;
}

const isSame = (a: Settlement, b: Settlement | undefined): boolean =>
  a.slot === b?.slot && a.outcome === b.outcome && a.at === b.at && a.count === b.count && a.run === b.run;
