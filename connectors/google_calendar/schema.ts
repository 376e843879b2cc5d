/** What Google Calendar answers (https://developers.google.com/workspace/calendar/api/v3/reference) and the silver rows. */
import { boolean, date, integer, jsonb, recordsHere, text, timestamptz } from '@tidemill/kit';
import { z } from 'zod';

/**
 * A list of events; the last page has a token for the next sync. Nothing but `kind` is in every list, and an answer that
 * is none would say that there is nothing.
 */
export const EventList = z.object({
  kind: z.literal('calendar#events'),
  items: recordsHere().optional(),
  nextPageToken: z.string().optional(),
  nextSyncToken: z.string().optional(),
});

export const CalendarList = z.object({
  kind: z.literal('calendar#calendarList'),
  items: recordsHere().optional(),
  nextPageToken: z.string().optional(),
  nextSyncToken: z.string().optional(),
});

/** An instant, or of an event that lasts all day, a day. */
const Time = z.object({
  dateTime: z.string().optional(),
  date: z.string().optional(),
  timeZone: z.string().optional(),
});

/** Somebody, as far as the account may know. */
const Person = z.object({ email: z.string().optional() });

/**
 * All that is sure of what was cancelled: https://developers.google.com/workspace/calendar/api/v3/reference/events#status
 * With a series, it is an occurrence that does not take place; else an event that was deleted.
 */
const Cancelled = z.object({
  id: z.string(),
  status: z.literal('cancelled'),
  recurringEventId: z.string().optional(),
  originalStartTime: Time.optional(),
});
export type Cancelled = z.output<typeof Cancelled>;

const Event = z.object({
  id: z.string(),
  // Of a plain event it may be missing; then it is confirmed.
  status: z.enum(['confirmed', 'tentative']).optional(),
  eventType: z.string().optional(),
  summary: z.string().optional(),
  description: z.string().optional(),
  location: z.string().optional(),
  start: Time,
  end: Time,
  created: z.string().optional(),
  updated: z.string().optional(),
  creator: Person.optional(),
  organizer: Person.optional(),
  attendees: z.array(z.unknown()).optional(),
  recurrence: z.array(z.string()).optional(),
  recurringEventId: z.string().optional(),
  originalStartTime: Time.optional(),
  transparency: z.string().optional(),
  visibility: z.string().optional(),
  iCalUID: z.string().optional(),
  sequence: z.number().optional(),
  htmlLink: z.string().optional(),
});

/** Of an event in any state. */
export type EventFields = Omit<z.output<typeof Event>, 'status'> & { readonly status?: string | undefined };

/** The event as Google gave it, and what was asked: an event names neither its calendar nor how its series is told. */
export const EventRecord = z.object({
  calendar: z.string(),
  /** The option of the job. Where it is not said, it is as if it were true. */
  single_events: z.boolean().optional(),
  event: z.union([Cancelled, Event]),
});

export const EventRow = z.object({
  calendar_id: text().describe('Calendar, as the job names it: `primary` is the one of the account.'),
  id: text().describe('Identifier of the event in its calendar; of an occurrence, that of its series and a time.'),
  status: text().describe(
    '`confirmed` or `tentative`; with `single_events: false` also `cancelled`, of an occurrence that does not take place. Other cancelled events are deleted.',
  ),
  type: text().describe('Such as `default`, `birthday`, `focusTime`, `outOfOffice`, `workingLocation`, `fromGmail`.'),
  summary: text().nullable().describe('Title.'),
  description: text().nullable().describe('Description, which may hold HTML.'),
  location: text().nullable().describe('Where, as free text.'),
  is_all_day: boolean().describe('Whether it has days instead of times.'),
  starts_at: timestamptz().nullable().describe('When it begins; null when it lasts all day or is cancelled.'),
  ends_at: timestamptz().nullable().describe('When it is over; null when it lasts all day or is cancelled.'),
  start_date: date().nullable().describe('First day of an event that lasts all day.'),
  end_date: date().nullable().describe('Day after the last day of an event that lasts all day.'),
  time_zone: text().nullable().describe('Time zone the beginning is meant in, if it has one of its own.'),
  series_id: text().nullable().describe('Of an occurrence, identifier of its series.'),
  original_starts_at: timestamptz()
    .nullable()
    .describe('When the series has this occurrence begin, wherever it was moved.'),
  original_start_date: date().nullable().describe('The same for occurrences that last all day.'),
  recurrence: jsonb()
    .nullable()
    .describe('Of a series, array of its RRULE, EXRULE, RDATE and EXDATE lines (RFC 5545).'),
  organizer_email: text().nullable().describe('Who organizes it.'),
  creator_email: text().nullable().describe('Who made it.'),
  attendees: jsonb().nullable().describe('Array of those invited, as Google has them.'),
  is_busy: boolean().describe('Whether it blocks time.'),
  visibility: text().nullable().describe('`default`, `public`, `private` or `confidential`.'),
  ical_uid: text().nullable().describe('Identifier across calendar systems; occurrences of a series share it.'),
  sequence: integer().nullable().describe('Number of its revision.'),
  html_link: text().nullable().describe('Its page in Google Calendar.'),
  created_at: timestamptz().nullable().describe('When it was made.'),
  updated_at: timestamptz().nullable().describe('When it was last changed.'),
});

export const CalendarRecord = z.object({
  id: z.string(),
  summary: z.string().optional(),
  summaryOverride: z.string().optional(),
  description: z.string().optional(),
  location: z.string().optional(),
  timeZone: z.string().optional(),
  accessRole: z.string(),
  primary: z.boolean().optional(),
  selected: z.boolean().optional(),
  hidden: z.boolean().optional(),
  backgroundColor: z.string().optional(),
});

export const CalendarRow = z.object({
  id: text().describe('Identifier, for the option `calendars` of `events`; mostly an e-mail address.'),
  name: text().nullable().describe('Its name in this account.'),
  own_name: text().nullable().describe('Its name where it comes from.'),
  description: text().nullable().describe('Description.'),
  location: text().nullable().describe('Where it is meant for, as free text.'),
  time_zone: text().nullable().describe('Its time zone.'),
  access_role: text().describe('What the account may do: `freeBusyReader`, `reader`, `writer` or `owner`.'),
  is_primary: boolean().describe('Whether it is the calendar of the account itself.'),
  is_selected: boolean().describe('Whether its events are shown.'),
  is_hidden: boolean().describe('Whether it is hidden from the list.'),
  color: text().nullable().describe('Colour, `#rrggbb`.'),
});
