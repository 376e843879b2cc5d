/** Hands events to everybody who wants to know, each in their order, without letting anybody hold or break a run. */
import { asTidemillError, type TidemillError } from '@tidemill/kit';
import type { Observer, RunEvent } from './run-event.ts';

export interface Observers {
  on(event: RunEvent): void;
  /** Resolves when every observer has had every event; answers the first fault of each that failed. */
  settled(): Promise<TidemillError[]>;
}

/**
 * An observer that answers at once is called at once. One that answers with a promise is handed its next event when that has
 * settled. What fails is remembered, and its later events are still handed over.
 */
export function observers(all: readonly Observer[]): Observers {
  const lines = all.map((observer) => new Line(observer));
  return {
    on: (event) => {
      for (const line of lines) line.on(event);
    },
    settled: async () => (await Promise.all(lines.map((line) => line.settled()))).flat(),
  };
}

class Line {
  readonly #observer: Observer;
  #waiting: Promise<void> | undefined;
  #fault: TidemillError | undefined;

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  on(event: RunEvent): void {
    if (this.#waiting === undefined) this.#hand(event);
    else this.#wait(this.#waiting.then(() => this.#observer.on(event)));
  }

  async settled(): Promise<TidemillError[]> {
    while (this.#waiting !== undefined) await this.#waiting;
    return this.#fault === undefined ? [] : [this.#fault];
  }

  #hand(event: RunEvent): void {
    try {
      const answer: unknown = this.#observer.on(event);
      if (answer instanceof Promise) this.#wait(answer);
    } catch (thrown) {
      this.#remember(thrown);
    }
  }

  #wait(answer: Promise<unknown>): void {
    const waiting = answer
      .catch((thrown: unknown) => this.#remember(thrown))
      .then(() => {
        if (this.#waiting === waiting) this.#waiting = undefined;
      });
    this.#waiting = waiting;
  }

  #remember(thrown: unknown): void {
    this.#fault ??= asTidemillError(thrown);
  }
}
