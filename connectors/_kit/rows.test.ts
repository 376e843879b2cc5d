import { expect, test } from 'vitest';
import { z } from 'zod';
import { columnsOf, oneOf, text } from './rows.ts';

test('a column of an enum is a text that knows its values, and takes no other', () => {
  const Row = z.object({ id: text(), kind: oneOf(['new', 'old']).nullable().describe('New or old.') });
  expect(columnsOf(Row)).toEqual([
    { name: 'id', type: 'text', nullable: false, description: '' },
    { name: 'kind', type: 'text', nullable: true, description: 'New or old.', values: ['new', 'old'] },
  ]);
  expect(Row.safeParse({ id: '1', kind: 'odd' }).success).toBe(false);
  expect(Row.safeParse({ id: '1', kind: null }).success).toBe(true);
});
