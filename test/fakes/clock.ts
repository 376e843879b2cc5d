import type { Clock } from '@tidemill/kit';

export interface FakeClock extends Clock {
  /** Milliseconds of every sleep, in order. */
  readonly slept: readonly number[];
}

/** A clock that stands still except while somebody sleeps, which takes no time. */
export function fakeClock(start = '2026-03-01T12:00:00Z'): FakeClock {
  const slept: number[] = [];
  let now = Date.parse(start);
  return {
    slept,
    now: () => new Date(now),
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
}
