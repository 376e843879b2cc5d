/**
 * Turns a cron expression and a time zone into instants, forwards and backwards. Pure: the zone's rules come from the
 * runtime's tzdata.
 *
 * When the wall clock changes:
 * - A wall time that does not exist fires once, at the first instant after the gap.
 * - A wall time that exists twice fires at the first.
 * - A job whose hour field is a star, with or without a step, follows elapsed time instead: it fires in both passes of
 *   a repeated hour, and not at all for a skipped one.
 *
 * Slots that fall on the same instant are one slot.
 */
import { TidemillError } from '@tidemill/kit';
import { type CronFields, parseCron } from './cron.ts';
import { countIn, firstIn, isOnDate, lastIn } from './stretch-slots.ts';
import { DAY_MS, stretchesOf } from './zone.ts';

/** When a job runs; both a configured job with a cron and a registered schedule are one. */
export interface Timetable {
  /** Five fields, as `parseCron` reads them. */
  readonly cron: string;
  /** IANA name. */
  readonly timezone: string;
}

/** Leap days are at most eight years apart, and a wildcard job may lose one of them to a clock change. */
const MAX_DAYS = 13 * 366;

/** The first slot after the instant. Throws a TidemillError of kind `config` for an invalid cron or time zone. */
export function nextSlot({ cron, timezone }: Timetable, after: Date): Date {
  const fields = parseCron(cron);
  const start = after.getTime();
  let day = Math.floor(start / DAY_MS);
  for (const end = day + MAX_DAYS; day < end; day = dayAhead(fields, day)) {
    for (const stretch of stretchesOf(timezone, day)) {
      const slot = firstIn(fields, stretch, start);
      if (slot !== undefined) return new Date(slot);
    }
  }
  throw neverFires(cron, timezone);
}

/** The last slot before the instant. Throws a TidemillError of kind `config` for an invalid cron or time zone. */
export function previousSlot({ cron, timezone }: Timetable, before: Date): Date {
  const fields = parseCron(cron);
  const end = before.getTime();
  let day = Math.floor((end - 1) / DAY_MS);
  for (const start = day - MAX_DAYS; day > start; day = dayBack(fields, day)) {
    for (const stretch of stretchesOf(timezone, day).toReversed()) {
      const slot = lastIn(fields, stretch, end);
      if (slot !== undefined) return new Date(slot);
    }
  }
  throw neverFires(cron, timezone);
}

/** The last slot at or before the instant. Throws as `previousSlot` does. */
export function slotAt(timetable: Timetable, instant: Date): Date {
  return previousSlot(timetable, new Date(instant.getTime() + 1));
}

/** The slots after `after` up to and including `through`, in order, found one by one as they are asked for. */
export function* slotsBetween(timetable: Timetable, after: Date, through: Date): Generator<Date, void, undefined> {
  for (let slot = nextSlot(timetable, after); slot <= through; slot = nextSlot(timetable, slot)) yield slot;
}

/** How many slots there are after `after` up to and including `through`: a day takes one step, however many it has. */
export function slotCount({ cron, timezone }: Timetable, after: Date, through: Date): number {
  const fields = parseCron(cron);
  const [start, end] = [after.getTime(), through.getTime()];
  let count = 0;
  for (let day = Math.floor(start / DAY_MS); day * DAY_MS <= end; day = dayAhead(fields, day)) {
    for (const stretch of stretchesOf(timezone, day)) count += countIn(fields, stretch, start, end);
  }
  return count;
}

function neverFires(cron: string, timezone: string): TidemillError {
  return new TidemillError('bug', 'cron-never', `cron "${cron}" in ${timezone} does not fire within ${MAX_DAYS} days`);
}

/**
 * The next UTC day that can hold a slot. It shows the local dates of the day before and after it, too, so a slot's
 * date is never more than one day away.
 */
function dayAhead(fields: CronFields, day: number): number {
  let date = day;
  while (!isOnDate(fields, date)) date = isInMonth(fields, date) ? date + 1 : startOfMonth(date, 1);
  return Math.max(day + 1, date - 1);
}

/** The UTC day before this one that can hold a slot. */
function dayBack(fields: CronFields, day: number): number {
  let date = day;
  while (!isOnDate(fields, date)) date = isInMonth(fields, date) ? date - 1 : startOfMonth(date, 0) - 1;
  return Math.min(day - 1, date + 1);
}

const isInMonth = ({ months }: CronFields, date: number): boolean =>
  months.includes(new Date(date * DAY_MS).getUTCMonth() + 1);

/** The first date of the date's month, or of as many months later. */
function startOfMonth(date: number, later: 0 | 1): number {
  const day = new Date(date * DAY_MS);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + later, 1) / DAY_MS;
}
