/** The slots in one stretch of a wall clock, by the policy that `slots.ts` documents. Pure. */
import type { CronFields } from './cron.ts';
import { DAY_MS, MINUTE_MS, type Stretch } from './zone.ts';

/** The first slot in the stretch that lies after the instant. */
export function firstIn(fields: CronFields, stretch: Stretch, after: number): number | undefined {
  const { from, to, offset } = stretch;
  if (after >= to - 1) return undefined;
  const earliest = Math.max(firstWall(fields, stretch), after < from ? Number.NEGATIVE_INFINITY : after + 1 + offset);
  const wall = wallFrom(fields, earliest, to + offset);
  return wall === undefined ? undefined : Math.max(from, wall - offset);
}

/** The last slot in the stretch that lies before the instant. */
export function lastIn(fields: CronFields, stretch: Stretch, before: number): number | undefined {
  const { from, to, offset } = stretch;
  if (before <= from) return undefined;
  const wall = wallBefore(fields, Math.min(to, before) + offset, firstWall(fields, stretch));
  return wall === undefined ? undefined : Math.max(from, wall - offset);
}

/** How many slots the stretch has after the instant `after`, up to and including `through`. */
export function countIn(fields: CronFields, stretch: Stretch, after: number, through: number): number {
  const { from, to, offset } = stretch;
  if (through < from || after >= to - 1) return 0;
  const start = from + offset;
  const low = Math.max(firstWall(fields, stretch), after < from ? Number.NEGATIVE_INFINITY : after + 1 + offset);
  const high = Math.min(to, through + 1) + offset;
  if (low >= start) return matchesIn(fields, low, high);
  // Whatever was skipped is one slot, at the first instant.
  return Math.min(1, matchesIn(fields, low, start + 1)) + matchesIn(fields, start + 1, high);
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

/** How many wall times match, at or after `from` and before `to`. */
function matchesIn(fields: CronFields, from: number, to: number): number {
  let count = 0;
  for (let date = Math.floor(from / DAY_MS); date * DAY_MS < to; date += 1) {
    if (!isOnDate(fields, date)) continue;
    const midnight = date * DAY_MS;
    count += Math.max(0, minutesBefore(fields, to - midnight) - minutesBefore(fields, from - midnight));
  }
  return count;
}

/** How many minutes of a day match that begin before so many milliseconds of it. */
function minutesBefore({ hours, minutes }: CronFields, milliseconds: number): number {
  const end = Math.min(DAY_MS / MINUTE_MS, Math.max(0, Math.ceil(milliseconds / MINUTE_MS)));
  const hour = Math.floor(end / 60);
  const ofWholeHours = hours.filter((each) => each < hour).length * minutes.length;
  return ofWholeHours + (hours.includes(hour) ? minutes.filter((each) => each < end % 60).length : 0);
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
export function isOnDate({ daysOfMonth, months, daysOfWeek, eitherDay }: CronFields, date: number): boolean {
  const day = new Date(date * DAY_MS);
  if (!months.includes(day.getUTCMonth() + 1)) return false;
  const onDayOfMonth = daysOfMonth.includes(day.getUTCDate());
  const onDayOfWeek = daysOfWeek.includes(day.getUTCDay());
  return eitherDay ? onDayOfMonth || onDayOfWeek : onDayOfMonth && onDayOfWeek;
}
