/** How a run went, in lines: the last ones are kept. */
import { shortened } from '../text/table.ts';

const MOST_LINES = 100;
const MOST_CHARACTERS = 300;

export class RunLog {
  readonly #clock: { now(): Date };
  readonly #lines: string[] = [];

  constructor(clock: { now(): Date }) {
    this.#clock = clock;
  }

  /** The last hundred, oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** What happened now, on one line: `06:17:02 claimed …`, UTC. Never a record or a secret. */
  add(what: string): void {
    const time = this.#clock.now().toISOString().slice(11, 19);
    this.#lines.push(shortened(`${time} ${what.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`, MOST_CHARACTERS));
    if (this.#lines.length > MOST_LINES) this.#lines.shift();
  }
}
