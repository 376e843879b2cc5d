import type { Cancelled } from './schema.ts';

/** Google's own: an id that a client chooses has no underscore. */
const OCCURRENCE =
  /^(?<series>.+)_(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})(?:T(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})Z)?$/u;

/**
 * Google promises to say of a cancelled occurrence what series it is of, and when it would have been. It has been seen to say
 * its id only (https://github.com/KeepSoftwareSimple/compass-calendar/pull/2808), which has both.
 */
export function withSeries(event: Cancelled): Cancelled {
  const { groups } = (event.recurringEventId === undefined ? OCCURRENCE.exec(event.id) : undefined) ?? {};
  if (groups === undefined) return event;
  const { series, year, month, day, hour, minute, second } = groups;
  const date = `${year}-${month}-${day}`;
  const time = hour === undefined ? { date } : { dateTime: `${date}T${hour}:${minute}:${second}Z` };
  return { ...event, recurringEventId: series, originalStartTime: event.originalStartTime ?? time };
}
