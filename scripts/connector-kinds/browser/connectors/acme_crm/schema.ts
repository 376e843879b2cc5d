/** What stands on the page, and the silver row: https://app.acme-crm.example/contacts */
import { text } from '@tidemill/kit';
import { z } from 'zod';

/** A row of the table, as `contactsIn` reads it: what is not on the page is missing, and the record is rejected in sight. */
export const Contact = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
});

export const ContactRow = z.object({
  id: text().describe('Identifier of the contact.'),
  name: text().describe('Full name.'),
  email: text().nullable().describe('Main e-mail address.'),
});
