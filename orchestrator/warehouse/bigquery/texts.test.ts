/** Names and values on their way to BigQuery and back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOf } from './cells.ts';
import { tableId, tableOfId } from './names.ts';

describe('the id of a table', () => {
  it('is the service and the data type', () => {
    expect(tableId({ schema: 'shop', name: 'order_lines' })).toBe('shop__order_lines');
    expect(tableOfId('shop__order_lines')).toEqual({ schema: 'shop', name: 'order_lines' });
  });

  it.each(['shop', '__orders', 'shop__'])('%s is none of ours', (id) => expect(tableOfId(id)).toBeUndefined());

  it('leads back to any name, in signs that an id may hold', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('_'));
    const property = fc.property(name, name, (schema, data) => {
      const id = tableId({ schema, name: data });
      expect(id).toMatch(/^[\w -]+$/);
      expect(tableOfId(id)).toEqual({ schema, name: data });
    });
    fc.assert(property, { seed: 1 });
  });
});

it.each([
  ['1767225600250000', 'TIMESTAMP', undefined, '2026-01-01T00:00:00.25Z'],
  ['-62135596800000000', 'TIMESTAMP', undefined, '0001-01-01T00:00:00Z'],
  ['-1', 'TIMESTAMP', undefined, '1969-12-31T23:59:59.999999Z'],
  ['253402300799999999', 'TIMESTAMP', undefined, '9999-12-31T23:59:59.999999Z'],
  ['true', 'BOOLEAN', undefined, 'true'],
  [null, 'STRING', undefined, null],
  [[{ v: '1' }, { v: null }], 'INTEGER', 'REPEATED', '["1",null]'],
  [{ f: [{ v: 'a' }, { v: { f: [{ v: '2' }] } }] }, 'RECORD', undefined, '["a",["2"]]'],
])('%j as %s is a text', (value, type, mode, text) => expect(textOf(value, type, mode)).toBe(text));
