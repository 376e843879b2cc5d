/** How many of a reading's checkpoints are worth a commit. */
import type { CheckpointPace } from '@tidemill/kit';

/** A page of 100 records is some 50 kB: so much is quickly read again, and a commit costs two writes and a load. */
const DEFAULT: CheckpointPace = { pages: 25, seconds: 30 };

/** Counts what has come since the last commit. */
export class Pace {
  readonly #limit: CheckpointPace;
  readonly #clock: { now(): Date };
  #pages = 0;
  #records = 0;
  #isPassed = true;
  #since: Date;

  constructor(clock: { now(): Date }, limit: CheckpointPace = DEFAULT) {
    this.#limit = limit;
    this.#clock = clock;
    this.#since = clock.now();
  }

  came(records: number): void {
    this.#pages += 1;
    this.#records += records;
    this.#isPassed = false;
  }

  /** A checkpoint behind nothing new: to find that out cost a request as well. */
  passed(): void {
    if (this.#isPassed) this.#pages += 1;
    this.#isPassed = true;
  }

  restart(): void {
    this.#pages = 0;
    this.#records = 0;
    this.#isPassed = true;
    this.#since = this.#clock.now();
  }

  /** Whether a checkpoint that covers all that came becomes a mark. */
  get isDue(): boolean {
    const { pages = Number.POSITIVE_INFINITY, records = Number.POSITIVE_INFINITY, seconds } = this.#limit;
    // The page behind the checkpoint may have been asked for already: it counts among those that are asked for again.
    if (this.#pages + 1 >= pages || this.#records >= records) return true;
    return this.#pages > 1 && this.#clock.now().getTime() - this.#since.getTime() >= seconds * 1000;
  }
}
