/** Time that only passes when nothing is left to do: what happens next is taken from a queue, one thing after the other. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@tidemill/kit/retry';

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly happen: () => unknown;
}

export class Timeline {
  #now: number;
  #order = 0;
  /** A binary heap: the parent of `i` is `(i - 1) / 2`. */
  readonly #heap: Happening[] = [];
  /** Legs at work: as long as there are any, time stands still. */
  readonly busy = new Set<object>();

  /** Nothing happens any more. */
  isStopped = false;

  constructor(start: number) {
    this.#now = start;
  }

  stop(): void {
    this.isStopped = true;
  }

  get now(): number {
    return this.#now;
  }

  /** Lets it happen at the instant, or now when that has passed. */
  at(instant: number, happen: () => unknown): void {
    const heap = this.#heap;
    const next = { at: Math.max(this.#now, Math.round(instant)), order: this.#order++, happen };
    let place = heap.length;
    for (let parent = (place - 1) >> 1; place > 0; parent = (place - 1) >> 1) {
      const above = heap[parent] as Happening;
      if (!isBefore(next, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = next;
  }

  /** Everything up to the instant. */
  async run(until: number): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      if (this.isStopped) return;
      this.#takeFirst();
      this.#now = next.at;
      if (next.happen() === NOTHING) continue;
      do await setImmediate();
      while (this.busy.size > 0);
    }
    this.#now = until;
  }

  #takeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      const [left, right] = [heap[child] as Happening, heap[child + 1]];
      if (right !== undefined && isBefore(right, left)) child += 1;
      const below = heap[child] as Happening;
      if (!isBefore(below, last)) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = last;
  }
}

const isBefore = (a: Happening, b: Happening): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Answered by what turned out to be of no consequence: nobody has to be waited for. */
const NOTHING = Symbol('nothing');

/** The clock of one process, which can stop for ever or for a while. */
export class ProcessClock implements Clock {
  readonly #timeline: Timeline;
  #isDead = false;
  #frozenUntil = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  now = (): Date => new Date(this.#timeline.now);

  sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((wake, reject) => {
      let isOver = signal?.aborted === true;
      const abort = (): void => {
        isOver = true;
        reject(signal?.reason);
      };
      if (isOver) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      const ring = (): unknown => {
        if (isOver || this.#isDead) return NOTHING;
        if (this.#frozenUntil > this.#timeline.now) return this.#timeline.at(this.#frozenUntil, ring);
        signal?.removeEventListener('abort', abort);
        return wake();
      };
      this.#timeline.at(this.#timeline.now + milliseconds, ring);
    });

  /** SIGKILL: whoever sleeps never wakes. */
  kill(): void {
    this.#isDead = true;
  }

  /** SIGSTOP, and SIGCONT at the instant. */
  freeze(until: number): void {
    this.#frozenUntil = until;
  }
}
