/** What the API answers and the silver row: https://acme-crm.example/docs/contacts */
import { recordsHere, text, timestamptz } from '@tidemill/kit';
import { z } from 'zod';

/** What holds a page together; its contacts are kept as they were written, and checked one by one when they are loaded. */
export const ContactsPage = z.object({
  contacts: recordsHere(),
  next_page_token: z.string().nullish(),
});

/** Only the fields the row is made of: everything else stays in bronze. */
export const Contact = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullish(),
  updated_at: z.iso.datetime({ offset: true }),
});
export type Contact = z.infer<typeof Contact>;

export const ContactsCursor = z.object({ updated_through: z.iso.datetime() });

export const ContactRow = z.object({
  id: text().describe('Identifier of the contact.'),
  name: text().describe('Full name.'),
  email: text().nullable().describe('Main e-mail address.'),
  updated_at: timestamptz().describe('When the contact was last changed.'),
});
