import { type Emission, stream, wholeFile } from '@tidemill/kit';
import { type BrowseOptions, browse } from '@tidemill/kit-browser';
import { contactsIn } from './parse.ts';
import { Contact, ContactRow } from './schema.ts';

/** Other hosts that the page needs (`hosts`), a login (`login`, `signInPage`) and banners (`dismiss`) stand here, too. */
const SITE: BrowseOptions = { actionSeconds: 5 };

/** A page of contacts is some kilobytes. */
const MOST_BYTES = 2 ** 20;

export const contacts = stream({
  name: 'contacts',
  description: 'Contacts as they are now; one that is on no page any more is deleted.',
  source: Contact,
  row: ContactRow,
  key: ['id'],
  write: 'upsert',
  // The pages name all there is, and the last one is told by its button: a list that breaks off is an error.
  scope: 'everything',
  end: 'last-page',
  method: 'dom_html',
  async *extract(context): AsyncGenerator<Emission<never>> {
    yield* browse(context, SITE, async function* (visit) {
      await visit.open('contacts');
      for await (const _ of visit.pages({ content: '#contacts', next: '#next', most: 200 })) {
        yield await visit.html('#contacts', 'contacts');
      }
    });
  },
  async *parse({ bytes }) {
    yield* contactsIn((await wholeFile(bytes, MOST_BYTES)).toString());
  },
  toRow: (contact) => contact,
});
