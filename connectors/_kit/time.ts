/** The few things connectors do with dates. All of it is UTC, but for `dayIn`. */
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

/**
 * The calendar day that it is in a zone, `YYYY-MM-DD`; undefined where nobody knows the zone. One is named as IANA does
 * (`America/Vancouver`) or by what it is ahead of UTC (`+05:30`, `UTC-01:00`, `GMT +1:00`).
 */
export function dayIn(zone: string, instant: Instant): string | undefined {
  const parts = daysIn(zone)?.formatToParts(toDate(instant));
  if (parts === undefined) return undefined;
  const { year = '', month, day } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${year.padStart(4, '0')}-${month}-${day}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const OFFSET = /^(?:UTC|GMT)? ?(?<sign>[+-])(?<hours>\d{1,2})(?::?(?<minutes>\d{2}))?$/;

/** Made once for each zone: that takes far longer than to use it. */
function daysIn(zone: string): Intl.DateTimeFormat | undefined {
  const made = formats.get(zone);
  if (made !== undefined) return made;
  const { sign, hours = '', minutes = '00' } = OFFSET.exec(zone)?.groups ?? {};
  const timeZone = sign === undefined ? zone : `${sign}${hours.padStart(2, '0')}:${minutes}`;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(zone, format);
    return format;
  } catch {
    return undefined;
  }
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
