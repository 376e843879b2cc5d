import type { Clock } from '@tidemill/kit/retry';

export interface HandClock extends Clock {
  /** Moves the time on; whoever sleeps until then wakes up, in the order of their hours. */
  pass(milliseconds: number): Promise<void>;
  /** How many are asleep. */
  readonly sleepers: number;
}

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/** A clock that a test moves by hand. */
export function handClock(start: string): HandClock {
  let now = Date.parse(start);
  const asleep = new Set<Sleeper>();
  const earliest = (until: number): Sleeper | undefined =>
    [...asleep].filter((sleeper) => sleeper.until <= until).sort((a, b) => a.until - b.until)[0];
  return {
    now: () => new Date(now),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: now + milliseconds, wake: resolve };
        asleep.add(sleeper);
        const stop = (): void => {
          asleep.delete(sleeper);
          reject(signal?.reason);
        };
        if (signal?.aborted) stop();
        else signal?.addEventListener('abort', stop, { once: true });
      }),
    async pass(milliseconds) {
      const until = now + milliseconds;
      for (let next = earliest(until); next !== undefined; next = earliest(until)) {
        asleep.delete(next);
        now = Math.max(now, next.until);
        next.wake();
        await new Promise(setImmediate);
      }
      now = until;
    },
    get sleepers() {
      return asleep.size;
    },
  };
}
