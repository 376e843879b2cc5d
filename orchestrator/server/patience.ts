/** How long somebody waits. */
import type { Clock } from '@tidemill/kit/retry';
import type { Assignment } from '../app/assignments.ts';
import type { Job } from '../config/job.ts';

/** Waits for something that never rejects, and no longer than so long. */
export async function inTime(something: Promise<unknown>, clock: Clock, milliseconds: number): Promise<void> {
  const enough = new AbortController();
  await Promise.race([something, clock.sleep(milliseconds, enough.signal).catch(() => undefined)]);
  enough.abort();
}

/** What is being done for those who wait for an answer. */
export class Answering {
  readonly #under = new Set<Promise<unknown>>();

  add<T>(work: Promise<T>): Promise<T> {
    this.#under.add(work);
    const over = (): void => void this.#under.delete(work);
    work.then(over, over);
    return work;
  }

  /** When nothing is being done; never rejects. */
  async ended(): Promise<void> {
    while (this.#under.size > 0) await Promise.allSettled(this.#under);
  }
}

/** Of the time that a run may take: the rest is for what has come to be downloaded and loaded. */
const WAITING_SHARE = 0.5;

/** How a run in the background asks after the crawls of a job. */
export interface Polling {
  readonly poll_interval_seconds: number;
  readonly max_polling_time_minutes: number;
}

export function pollingOf({ crawl, timeout_minutes }: Pick<Job, 'crawl' | 'timeout_minutes'>): Polling {
  const { poll_interval_seconds, max_polls } = crawl;
  const minutes = Math.min((poll_interval_seconds * max_polls) / 60, timeout_minutes * WAITING_SHARE);
  return { poll_interval_seconds, max_polling_time_minutes: minutes };
}

/** Of runs that are one after the other: that of the least patient. */
export const waitSecondsOf = (assignments: readonly Pick<Assignment, 'job'>[]): number =>
  Math.min(...assignments.map(({ job }) => pollingOf(job).max_polling_time_minutes * 60));
