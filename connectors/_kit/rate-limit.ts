/** A vendor's published limits, kept without asking the vendor. */

import { TidemillError } from './errors.ts';
import type { RateLimit } from './limits.ts';
import type { Clock } from './retry.ts';

/** Resolves when the next request may be sent. */
export type Permit = (signal?: AbortSignal) => Promise<void>;

/**
 * Never more than `requests` in any span of `perSeconds`, whichever way the vendor cuts its windows: a token bucket
 * would let up to twice as many into one window. Throws kind `quota` instead of waiting longer than `maxWaitMs`.
 */
export function rateLimiter(limits: readonly RateLimit[], clock: Clock, maxWaitMs: number): Permit {
  const windows = limits.map((limit) => ({ limit, sent: [] as number[] }));
  return async (signal) => {
    const now = clock.now().getTime();
    const at = Math.max(now, ...windows.map(({ limit, sent }) => firstFree(limit, sent)));
    const wait = at - now;
    if (wait > maxWaitMs) throw exhausted(wait);
    // Booked before the wait, so that two callers cannot be given the same place.
    for (const { limit, sent } of windows) {
      sent.push(at);
      if (sent.length > limit.requests) sent.shift();
    }
    if (wait > 0) await clock.sleep(wait, signal);
  };
}

/** The earliest instant (epoch milliseconds) one more request fits; `sent` holds at most the last `limit.requests`. */
function firstFree({ requests, perSeconds }: RateLimit, sent: readonly number[]): number {
  const [oldest] = sent;
  return oldest === undefined || sent.length < requests ? 0 : oldest + perSeconds * 1000;
}

/** The next request fits after so many milliseconds, and nobody waits that long. */
export function exhausted(waitMs: number): TidemillError {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  return new TidemillError('quota', 'rate-limit', `The source's published rate limit is used up`, {
    hint: `The next request fits in ${retryAfterSeconds} s.`,
    retryAfterSeconds,
  });
}
