/** Values of a change, as they stand in its file. */
import { expect, it } from 'vitest';
import type { Table } from '../../warehouse/contract.ts';
import { differing, valuesOf } from './change.ts';

const table: Pick<Table, 'columns' | 'key'> = {
  key: ['id'],
  columns: [
    { name: 'id', type: 'bigint', nullable: false, description: '' },
    { name: '__proto__', type: 'jsonb', nullable: true, description: '' },
    { name: 'amount', type: 'numeric', nullable: true, description: '' },
  ],
};
const LARGE = '[12345678901234567890,{"__proto__":{"n":-9007199254740993},"text":"12345678901234567890"}]';

it.each([
  ['9223372036854775807', LARGE, '0.12345678901234567890'],
  ['1', '{"__proto__":1}', '1e-400'],
  ['2', '{"n":1.0e400,"lone":"\\ud800"}', null],
])('has all digits of %s, and every name', (id, json, amount) => {
  const text = JSON.stringify(valuesOf(table, [id, json, amount]));
  expect(text).toContain(`{"id":${id},"__proto__":`);
  expect(text.replace('1e+400', '1e400')).toContain(`"__proto__":${json.replace('1.0e400', '1e400')},"amount":`);
});

it('tells what differs by its digits', () => {
  const values = differing(table, ['1', '{"n":9007199254740992}', null], ['1', '{"n":9007199254740993}', null]);
  expect(JSON.stringify(values)).toBe(
    '{"before":{"__proto__":{"n":9007199254740992}},"after":{"__proto__":{"n":9007199254740993}}}',
  );
});
