import { type Emission, type ExtractContext, goOn, type Http, type Resume, stream, TidemillError } from '@tidemill/kit';
import { googlePages } from '@tidemill/kit/google';
import { SYNC_EXPIRED } from '@tidemill/kit/google-errors';
import { z } from 'zod';
import { eventsOf, needed, openApi } from './api.ts';
import { withSeries } from './occurrences.ts';
import {
  CalendarList,
  CalendarRecord,
  CalendarRow,
  type Cancelled,
  type EventFields,
  EventRecord,
  EventRow,
} from './schema.ts';

export const LIST_SCOPE = 'https://www.googleapis.com/auth/calendar.calendarlist.readonly';
const EVENTS_SCOPE = 'https://www.googleapis.com/auth/calendar.events.readonly';

const CALENDARS_PER_PAGE = 250;

const EventsOptions = z.object({
  calendars: z
    .array(z.string().min(1))
    .min(1)
    .default(['primary'])
    .describe('Identifiers of calendars, as the data type `calendars` has them.'),
  single_events: z
    .boolean()
    .default(true)
    .describe(
      'true: every occurrence of a series is a row. false: the series is one row, with its rule, and so is each occurrence that was moved, changed or cancelled.',
    ),
});
type EventsOptions = z.output<typeof EventsOptions>;

const EventsCursor = z.object({
  /** Sync tokens by calendar; without one for each that is asked for, everything is read. */
  tokens: z.record(z.string(), z.string()),
  /** What the tokens were got with: Google takes them back with the same parameters only. */
  settings: z.string().optional(),
  /** Where a backfill begins. */
  from: z.iso.datetime().optional(),
});
type EventsCursor = z.output<typeof EventsCursor>;

type Context = ExtractContext<EventsCursor, EventsOptions>;

/** Another text than the cursor has: everything is read anew. So it once was when cancelled occurrences became rows. */
const settingsOf = ({ single_events }: EventsOptions): string =>
  single_events ? 'single_events=true' : 'single_events=false, with cancelled occurrences';

/** What has changed since the tokens: a mark for each calendar. */
async function* readChanges({ http, options, cursor }: Context): AsyncGenerator<Emission<EventsCursor>> {
  const tokens = { ...cursor.tokens };
  for (const calendar of new Set(options.calendars)) {
    const { [calendar]: syncToken = '' } = tokens;
    tokens[calendar] = needed(yield* eventsOf(http, calendar, options, { syncToken }));
    yield { mark: { tokens: { ...tokens }, settings: settingsOf(options) } };
  }
}

/** Where a reading of everything goes on: the sync tokens of the calendars that are out, and the page of the next one. */
const Place = z.object({ tokens: z.record(z.string(), z.string()), page: z.string().optional() });
type Place = z.output<typeof Place>;

const placeIn = (resume: string | undefined): Place =>
  resume === undefined ? { tokens: {} } : Place.parse(JSON.parse(resume));

const resumeAt = (place: Place): Resume => ({ resume: JSON.stringify(place) });

/** Everything there is in the calendars, and by leaving it out, what is not there any more. */
async function* readEverything(
  { http, options }: Context,
  resume: string | undefined,
): AsyncGenerator<Emission<EventsCursor>> {
  if (resume === undefined) yield { everything: true };
  const place = placeIn(resume);
  const { tokens } = place;
  const left = [...new Set(options.calendars)].filter((calendar) => tokens[calendar] === undefined);
  for (const [index, calendar] of left.entries()) {
    const from = index === 0 ? place.page : undefined;
    const after = (page: string): Resume => resumeAt({ tokens, page });
    tokens[calendar] = needed(yield* eventsOf(http, calendar, options, {}, { from, after }));
    yield resumeAt({ tokens });
  }
  yield { mark: { tokens, settings: settingsOf(options) } };
}

/** Of some imported events Google says that they were made in the year 0. */
const known = (instant: string | undefined): string | null =>
  instant === undefined || instant.startsWith('0000-') ? null : instant;

/** Tokens of other calendars than those asked for say that the options have changed. */
function isInSync({ tokens, settings }: EventsCursor, options: EventsOptions): boolean {
  const held = Object.keys(tokens).sort().join('\n');
  return settings === settingsOf(options) && held === [...new Set(options.calendars)].sort().join('\n');
}

/**
 * An occurrence that is cancelled must be known beside its series, which has it in its rule; where every occurrence is a row,
 * a list of them has it no more.
 */
function isDeletion({ event, single_events: isSingle = true }: z.output<typeof EventRecord>): boolean {
  return event.status === 'cancelled' && (isSingle || withSeries(event).recurringEventId === undefined);
}

/** What is left of an occurrence that is cancelled: it has no time and blocks none. */
const withoutTime = (event: Cancelled) => ({ ...withSeries(event), start: {}, end: {}, transparency: 'transparent' });

export const events = stream({
  name: 'events',
  description: 'Events of one or more calendars, kept in step with what was changed and deleted.',
  source: EventRecord,
  row: EventRow,
  preview: true,
  key: ['calendar_id', 'id'],
  indexes: ['starts_at'],
  write: 'upsert',
  scope: 'either',
  end: 'last-page',
  // A list has a stable order, and its token is handed back with the parameters it was got with; nothing says for how long:
  // https://developers.google.com/workspace/calendar/api/v3/reference/events/list
  pageTokens: { goodForHours: 6 },
  method: 'api_json',
  options: EventsOptions,
  oauthScopes: [EVENTS_SCOPE],
  cursor: {
    version: 1,
    schema: EventsCursor,
    start: { tokens: {} },
    // Google tells the changes since a token, never since an instant: a rewind reads everything.
    at: (instant) => ({ tokens: {}, from: instant.toISOString() }),
  },
  examples: [
    {
      question: 'Whose events are there most of?',
      sql: `SELECT organizer_email, count(*) AS events
FROM google_calendar.events
WHERE is_busy AND NOT is_all_day
GROUP BY organizer_email
ORDER BY events DESC, organizer_email
LIMIT 10`,
    },
  ],
  async *extract(context) {
    const { http, cursor, options, until, resume } = context;
    if (until !== undefined && cursor.from !== undefined) {
      const span = { timeMin: cursor.from, timeMax: until.toISOString() };
      for (const calendar of new Set(options.calendars)) yield* eventsOf(http, calendar, options, span);
      return;
    }
    const everything = (resume: string | undefined) => goOn(resume, (from) => readEverything(context, from));
    if (resume !== undefined || !isInSync(cursor, options)) return yield* everything(resume);
    try {
      yield* readChanges(context);
    } catch (error) {
      if (!(error instanceof TidemillError) || error.code !== SYNC_EXPIRED) throw error;
      context.notice('a sync token was too old: everything was read');
      yield* everything(undefined);
    }
  },
  deletes: (record) => (isDeletion(record) ? { calendar_id: record.calendar, id: record.event.id } : undefined),
  toRow: ({ calendar, event: told }) => {
    const event: EventFields = told.status === 'cancelled' ? withoutTime(told) : told;
    const { start, end, originalStartTime: original } = event;
    return {
      calendar_id: calendar,
      id: event.id,
      status: event.status ?? 'confirmed',
      type: event.eventType ?? 'default',
      summary: event.summary ?? null,
      description: event.description ?? null,
      location: event.location ?? null,
      is_all_day: start.dateTime === undefined && (start.date ?? original?.date) !== undefined,
      starts_at: start.dateTime ?? null,
      ends_at: end.dateTime ?? null,
      start_date: start.date ?? null,
      end_date: end.date ?? null,
      time_zone: start.timeZone ?? null,
      series_id: event.recurringEventId ?? null,
      original_starts_at: original?.dateTime ?? null,
      original_start_date: original?.date ?? null,
      recurrence: event.recurrence ?? null,
      organizer_email: event.organizer?.email ?? null,
      creator_email: event.creator?.email ?? null,
      attendees: event.attendees ?? null,
      // https://developers.google.com/workspace/calendar/api/v3/reference/events#transparency
      is_busy: event.transparency !== 'transparent',
      visibility: event.visibility ?? null,
      ical_uid: event.iCalUID ?? null,
      sequence: event.sequence ?? null,
      html_link: event.htmlLink ?? null,
      created_at: known(event.created),
      updated_at: known(event.updated),
    };
  },
});

/** Every page of them; answers the last page's envelope. */
export async function* calendarPages(http: Http) {
  const api = await openApi(http);
  return yield* googlePages(
    (pageToken) =>
      api.calendarList.list({
        maxResults: CALENDARS_PER_PAGE,
        showHidden: true,
        ...(pageToken === undefined ? {} : { pageToken }),
      }),
    CalendarList,
  );
}

export const calendars = stream({
  name: 'calendars',
  description: 'Calendars in the list of the account.',
  source: CalendarRecord,
  row: CalendarRow,
  preview: true,
  key: ['id'],
  write: 'upsert',
  scope: 'everything',
  end: 'last-page',
  method: 'api_json',
  oauthScopes: [LIST_SCOPE],
  async *extract({ http }) {
    needed((yield* calendarPages(http)).nextSyncToken);
  },
  toRow: (calendar) => ({
    id: calendar.id,
    name: calendar.summaryOverride ?? calendar.summary ?? null,
    own_name: calendar.summary ?? null,
    description: calendar.description ?? null,
    location: calendar.location ?? null,
    time_zone: calendar.timeZone ?? null,
    access_role: calendar.accessRole,
    is_primary: calendar.primary ?? false,
    is_selected: calendar.selected ?? false,
    is_hidden: calendar.hidden ?? false,
    color: calendar.backgroundColor ?? null,
  }),
});
