/** The parser, tried on what a browser has kept: `contacts.html` is a file of bronze. No browser is needed. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { contactsIn } from './parse.ts';
import { Contact } from './schema.ts';

const records = [...contactsIn(readFileSync(new URL('contacts.html', import.meta.url), 'utf8'))];

it('makes a record of each row', () => {
  expect(records).toEqual([
    { id: 'c1', name: 'Contact 1', email: null },
    { id: 'c2', name: 'Contact 2 & Sons', email: 'c2@example.org' },
    { id: 'c3', name: undefined, email: null },
  ]);
});

it('leaves a row that is another one to quarantine', () => {
  expect(records.map((record) => Contact.safeParse(record).success)).toEqual([true, true, false]);
});
