/** The few things connectors do with dates. All of it is UTC. */
import { TidemillError } from './errors.ts';

/** An instant: a Date, an RFC 3339 text with `Z` or an offset, or `YYYY-MM-DD`, the start of that day in UTC. */
export type Instant = Date | string;

export interface Duration {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

const DAY_MS = 86_400_000;
const WITH_ZONE = /^\d{4}-\d{2}-\d{2}(?:T.*(?:Z|[+-]\d{2}:?\d{2}))?$/i;

/** The instant that much earlier; a day is 24 hours. */
export function minus(instant: Instant, { days = 0, hours = 0, minutes = 0, seconds = 0 }: Duration): Date {
  return new Date(toDate(instant).getTime() - (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
}

/** Whole seconds since 1970, rounded down: as a lower bound it loses nothing. */
export function epochSeconds(instant: Instant): number {
  return Math.floor(toDate(instant).getTime() / 1000);
}

/** The calendar day in UTC, `YYYY-MM-DD`. */
export function isoDate(instant: Instant): string {
  return toDate(instant).toISOString().slice(0, 10);
}

/** Every UTC day, `YYYY-MM-DD`, that has a moment in `[start, end)`, in order; none when the span is empty. */
export function* eachDay(start: Instant, end: Instant): Generator<string> {
  const first = toDate(start).getTime();
  const last = toDate(end).getTime();
  if (first >= last) return;
  for (let day = first - (((first % DAY_MS) + DAY_MS) % DAY_MS); day < last; day += DAY_MS)
    yield isoDate(new Date(day));
}

function toDate(instant: Instant): Date {
  // A text without a zone would be read in the zone of whatever machine runs the job.
  const date = typeof instant === 'string' && !WITH_ZONE.test(instant) ? new Date(Number.NaN) : new Date(instant);
  if (!Number.isNaN(date.getTime())) return date;
  throw new TidemillError('bug', 'invalid-instant', 'A date is not an instant', {
    hint: 'Give a Date, an RFC 3339 text with its zone, or YYYY-MM-DD.',
  });
}
