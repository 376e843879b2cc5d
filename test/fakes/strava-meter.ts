/** Strava's rate limits: https://developers.strava.com/docs/rate-limits/ */
import type { Reply } from './http-server.ts';
import { tooMany } from './strava-errors.ts';

/** Requests in a quarter of an hour and in a day. */
export interface Limits {
  readonly overall: readonly [number, number];
  readonly read: readonly [number, number];
}

/** Of a new app. */
const STANDARD: Limits = { overall: [200, 2000], read: [100, 1000] };
const WINDOWS_MS = [900_000, 86_400_000] as const;

/** Counts from nothing at :00, :15, :30 and :45, and at 00:00 UTC. What is refused counts too. */
export class StravaMeter {
  readonly #now: () => Date;
  readonly #windows = [
    { began: 0, used: 0 },
    { began: 0, used: 0 },
  ];

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** One more request; every request this fake knows reads. */
  count({ overall, read }: Limits = STANDARD): { headers: Record<string, string>; refusal?: Reply } {
    for (const [index, window] of this.#windows.entries()) {
      const length = WINDOWS_MS[index] ?? 1;
      const began = Math.floor(this.#now().getTime() / length) * length;
      window.used = window.began === began ? window.used + 1 : 1;
      window.began = began;
    }
    const used = this.#windows.map((window) => window.used);
    const headers = {
      'x-ratelimit-limit': overall.join(),
      'x-ratelimit-usage': used.join(),
      'x-readratelimit-limit': read.join(),
      'x-readratelimit-usage': used.join(),
    };
    const isOver = used.some((count, index) => count > (overall[index] ?? 0) || count > (read[index] ?? 0));
    return isOver ? { headers, refusal: tooMany() } : { headers };
  }
}
