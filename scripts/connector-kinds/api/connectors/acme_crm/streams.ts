import { ascending, cursorToken, minus, stream } from '@tidemill/kit';
import { Contact, ContactRow, ContactsCursor, ContactsPage } from './schema.ts';

/** The service may show a change some minutes after the time it bears: what is read twice, the merge swallows. */
const LOOKBACK = { minutes: 10 };

export const contacts = stream({
  name: 'contacts',
  description: 'Contacts as they are now; a change takes the place of what was there.',
  source: Contact,
  row: ContactRow,
  key: ['id'],
  write: 'upsert',
  method: 'api_json',
  cursor: { version: 1, schema: ContactsCursor, start: { updated_through: '2000-01-01T00:00:00Z' } },
  async *extract({ http, cursor, now }) {
    // Fixed before the first request: what changes while the pages are read belongs to the next run.
    const until = now.toISOString();
    const since = minus(cursor.updated_through, LOOKBACK).toISOString();
    const query = { updated_since: since, updated_before: until, sort: 'updated_at', page_size: 100 };
    const pages = cursorToken(http, 'contacts', query, {
      parameter: 'page_token',
      schema: ContactsPage,
      records: 'contacts',
      next: (page) => page.next_page_token,
    });
    // Asked for oldest first, https://acme-crm.example/docs/contacts#sort: a reading that breaks off goes on in the middle.
    yield* ascending(pages, {
      by: 'updated_at',
      cursorAt: (instant) => ({ updated_through: new Date(instant).toISOString() }),
      until: now,
    });
    yield { mark: { updated_through: until } };
  },
  toRow: ({ id, name, email, updated_at }) => ({ id, name, email: email ?? null, updated_at }),
});
