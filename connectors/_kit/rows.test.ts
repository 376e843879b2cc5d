import { expect, test } from 'vitest';
import { z } from 'zod';
import { columnsOf, oneOf, plainColumnOf, text } from './rows.ts';

test('a column of an enum is a text that knows its values, and takes no other', () => {
  const Row = z.object({ id: text(), kind: oneOf(['new', 'old']).nullable().describe('New or old.') });
  expect(columnsOf(Row)).toEqual([
    { name: 'id', type: 'text', nullable: false, description: '' },
    { name: 'kind', type: 'text', nullable: true, description: 'New or old.', values: ['new', 'old'] },
  ]);
  expect(Row.safeParse({ id: '1', kind: 'odd' }).success).toBe(false);
  expect(Row.safeParse({ id: '1', kind: null }).success).toBe(true);
});

test('a column of another copy of the kit is known, and with a check of its own it is not', async () => {
  const copy = './rows.ts?copy';
  const other = (await import(copy)) as typeof import('./rows.ts');
  expect(other.plainColumnOf).not.toBe(plainColumnOf);
  expect(plainColumnOf(other.text().describe('A name.'))).toEqual({ type: 'text' });
  expect(plainColumnOf(other.oneOf(['new', 'old']))).toEqual({ type: 'text', values: new Set(['new', 'old']) });
  expect(plainColumnOf(other.text().max(3))).toBeUndefined();
  expect(plainColumnOf(other.text().refine(() => true))).toBeUndefined();
});
