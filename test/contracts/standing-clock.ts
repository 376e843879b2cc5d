import type { Clock } from '@tidemill/kit/retry';

/**
 * Waits of a minute and more (leases, time limits) only end by being aborted; shorter ones are over at once. To look at
 * the clock takes a millisecond, or the wait for a vendor's minute to be over would be one of the long ones.
 */
export function standingClock(start: string): Clock {
  let now = Date.parse(start);
  return {
    now: () => new Date(now++),
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      if (milliseconds < 60_000) now += milliseconds;
      else await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    },
  };
}

/** The same clock, whose time a source is told: now, and whenever somebody has slept. */
export function shown(clock: Clock, tell: (now: Date) => void = () => undefined): Clock {
  tell(clock.now());
  return {
    now: () => clock.now(),
    async sleep(milliseconds, signal) {
      await clock.sleep(milliseconds, signal);
      tell(clock.now());
    },
  };
}
