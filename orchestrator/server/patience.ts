import type { Clock } from '@tidemill/kit/retry';

/** Waits for something that never rejects, and no longer than so long. */
export async function inTime(something: Promise<unknown>, clock: Clock, milliseconds: number): Promise<void> {
  const enough = new AbortController();
  await Promise.race([something, clock.sleep(milliseconds, enough.signal).catch(() => undefined)]);
  enough.abort();
}
