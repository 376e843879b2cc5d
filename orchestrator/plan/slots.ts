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
import { DAY_MS, MINUTE_MS, type Stretch, stretchesOf } from './zone.ts';

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

function neverFires(cron: string, timezone: string): TidemillError {
  return new TidemillError('bug', 'cron-never', `cron "${cron}" in ${timezone} does not fire within ${MAX_DAYS} days`);
}

/** The first slot in the stretch that lies after the instant. */
function firstIn(fields: CronFields, stretch: Stretch, after: number): number | undefined {
  const { from, to, offset } = stretch;
  if (after >= to - 1) return undefined;
  const earliest = Math.max(firstWall(fields, stretch), after < from ? Number.NEGATIVE_INFINITY : after + 1 + offset);
  const wall = wallFrom(fields, earliest, to + offset);
  return wall === undefined ? undefined : Math.max(from, wall - offset);
}

/** The last slot in the stretch that lies before the instant. */
function lastIn(fields: CronFields, stretch: Stretch, before: number): number | undefined {
  const { from, to, offset } = stretch;
  if (before <= from) return undefined;
  const wall = wallBefore(fields, Math.min(to, before) + offset, firstWall(fields, stretch));
  return wall === undefined ? undefined : Math.max(from, wall - offset);
}

/**
 * The wall time from which a stretch answers for slots. By the wall clock that is how far it had come: skipped times
 * are caught up with at the stretch's first instant, repeated ones are not fired again.
 */
function firstWall({ everyHour }: CronFields, { from, offset, shown }: Stretch): number {
  return everyHour ? from + offset : shown;
}

/** The first wall time that matches, at or after `from` and before `to`. */
function wallFrom(fields: CronFields, from: number, to: number): number | undefined {
  for (let date = Math.floor(from / DAY_MS); date * DAY_MS < to; date += 1) {
    if (!isOnDate(fields, date)) continue;
    const minute = firstMinute(fields, Math.max(0, Math.ceil((from - date * DAY_MS) / MINUTE_MS)));
    if (minute === undefined) continue;
    const wall = date * DAY_MS + minute * MINUTE_MS;
    return wall < to ? wall : undefined;
  }
  return undefined;
}

/** The last wall time that matches, before `to` and at or after `from`. */
function wallBefore(fields: CronFields, to: number, from: number): number | undefined {
  for (let date = Math.floor((to - 1) / DAY_MS); (date + 1) * DAY_MS > from; date -= 1) {
    if (!isOnDate(fields, date)) continue;
    const minute = lastMinute(
      fields,
      Math.min(DAY_MS / MINUTE_MS - 1, Math.floor((to - 1 - date * DAY_MS) / MINUTE_MS)),
    );
    if (minute === undefined) continue;
    const wall = date * DAY_MS + minute * MINUTE_MS;
    return wall >= from ? wall : undefined;
  }
  return undefined;
}

/** The first minute of the day that matches, at or after the given one. */
function firstMinute({ hours, minutes }: CronFields, from: number): number | undefined {
  const hour = Math.floor(from / 60);
  const minute = minutes.find((each) => each >= from % 60);
  if (minute !== undefined && hours.includes(hour)) return hour * 60 + minute;
  const later = hours.find((each) => each > hour);
  return later === undefined ? undefined : later * 60 + (minutes[0] ?? 0);
}

/** The last minute of the day that matches, at or before the given one. */
function lastMinute({ hours, minutes }: CronFields, to: number): number | undefined {
  const hour = Math.floor(to / 60);
  const minute = minutes.findLast((each) => each <= to % 60);
  if (minute !== undefined && hours.includes(hour)) return hour * 60 + minute;
  const earlier = hours.findLast((each) => each < hour);
  return earlier === undefined ? undefined : earlier * 60 + (minutes.at(-1) ?? 0);
}

/** Whether slots fall on the calendar date, counted in days since 1970-01-01. */
function isOnDate({ daysOfMonth, months, daysOfWeek, eitherDay }: CronFields, date: number): boolean {
  const day = new Date(date * DAY_MS);
  if (!months.includes(day.getUTCMonth() + 1)) return false;
  const onDayOfMonth = daysOfMonth.includes(day.getUTCDate());
  const onDayOfWeek = daysOfWeek.includes(day.getUTCDay());
  return eitherDay ? onDayOfMonth || onDayOfWeek : onDayOfMonth && onDayOfWeek;
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
