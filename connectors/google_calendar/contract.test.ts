import { serviceContract } from '../../test/contracts/service.ts';
import { type CalendarContents, type FakeEvent, startGoogleCalendar } from '../../test/fakes/google-calendar.ts';

const event = (number: number, fields: object = {}): FakeEvent => {
  const hour = String(number % 24).padStart(2, '0');
  return {
    kind: 'calendar#event',
    etag: `"${number}"`,
    id: `event${number}`,
    status: 'confirmed',
    created: '2026-11-01T08:00:00.000Z',
    updated: '2026-11-01T08:00:00.000Z',
    summary: `Event ${number}`,
    creator: { email: 'user-1@example.org', self: true },
    organizer: { email: 'user-1@example.org', self: true },
    start: { dateTime: `2026-11-20T${hour}:00:00+01:00`, timeZone: 'Europe/Berlin' },
    end: { dateTime: `2026-11-20T${hour}:30:00+01:00`, timeZone: 'Europe/Berlin' },
    iCalUID: `event${number}@google.com`,
    sequence: 0,
    reminders: { useDefault: true },
    eventType: 'default',
    ...fields,
  };
};

const allDay = event(4, { start: { date: '2026-11-20' }, end: { date: '2026-11-21' }, transparency: 'transparent' });
const occurrence = event(5, {
  id: 'event5_20261120T050000Z',
  recurringEventId: 'event5',
  originalStartTime: { dateTime: '2026-11-20T06:00:00+01:00' },
});
const series = event(5, { recurrence: ['RRULE:FREQ=DAILY'] });

/** Of two calendars: the account's, and one that somebody shares. */
const eventsAre = (...own: readonly FakeEvent[]): CalendarContents => ({
  calendars: [],
  events: { primary: own, 'team@example.org': [event(1), event(2)] },
});
const all = [event(1), event(2), event(3), allDay, series, occurrence];
const { start: _, ...startless } = event(3);

const calendar = (number: number, fields: object = {}) => ({
  kind: 'calendar#calendarListEntry',
  etag: `"${number}"`,
  id: `calendar-${number}@group.calendar.google.com`,
  summary: `Calendar ${number}`,
  timeZone: 'Europe/Berlin',
  accessRole: 'owner',
  backgroundColor: '#9fe1e7',
  selected: true,
  ...fields,
});
const calendarsAre = (...calendars: readonly ReturnType<typeof calendar>[]): CalendarContents => ({
  calendars,
  events: {},
});
const { accessRole: __, ...roleless } = calendar(3);
const three = [calendar(1, { primary: true }), calendar(2), calendar(3)];

await serviceContract('google_calendar', {
  module: new URL('./index.ts', import.meta.url),
  open: startGoogleCalendar,
  streams: {
    events: {
      options: { calendars: ['primary', 'team@example.org'] },
      first: { contents: eventsAre(...all), rows: 7 },
      news: { contents: eventsAre(...all, event(6)), rows: 8 },
      late: {
        contents: eventsAre(...all, event(7, { start: { date: '2019-01-01' }, end: { date: '2019-01-02' } })),
        rows: 8,
      },
      edited: { contents: eventsAre(event(1, { summary: 'Event 1, moved' }), ...all.slice(1)), rows: 7 },
      deleted: { contents: eventsAre(...all.slice(1)), rows: 6 },
      cut: { ...eventsAre(...all), isCut: true },
      empty: { contents: { calendars: [], events: { primary: [], 'team@example.org': [] } }, rows: 0 },
      without: { contents: eventsAre(event(1), event(2), startless as FakeEvent, allDay, series, occurrence), rows: 6 },
      retyped: { contents: eventsAre(event(1), event(2, { summary: 2 }), ...all.slice(2)), rows: 6 },
      paged: {
        contents: {
          calendars: [],
          events: {
            primary: Array.from({ length: 100 }, (_, number) => event(number)),
            'team@example.org': Array.from({ length: 60 }, (_, number) => event(number)),
          },
        },
      },
      many: (length) => ({
        contents: {
          calendars: [],
          events: { primary: { length, at: (index) => event(index) }, 'team@example.org': [] },
          pageSize: 2500,
        },
        rows: length,
      }),
    },
    calendars: {
      first: { contents: calendarsAre(...three), rows: 3 },
      news: { contents: calendarsAre(...three, calendar(4)), rows: 4 },
      edited: {
        contents: calendarsAre(calendar(1, { primary: true, summary: 'Calendar one' }), ...three.slice(1)),
        rows: 3,
      },
      deleted: { contents: calendarsAre(...three.slice(1)), rows: 2 },
      cut: { ...calendarsAre(...three), isCut: true },
      empty: { contents: calendarsAre(), rows: 0 },
      without: { contents: calendarsAre(calendar(1), calendar(2), roleless as (typeof three)[0]), rows: 2 },
      retyped: { contents: calendarsAre(calendar(1), calendar(2, { timeZone: 2 }), calendar(3)), rows: 2 },
      // More than the 250 that one has are on nobody's list.
      paged: 'one request',
      cannot: { late: 'A calendar has no date, so none can come late.' },
    },
  },
});
