import { createHash } from 'node:crypto';
import type { SqlType } from '@tidemill/kit';
import { expect, it } from 'vitest';
import { column, expectedChecksum } from '../../../test/contracts/warehouse-samples.ts';
import { canonicalRow, canonicalText, rowChecksum } from './checksum.ts';

it.each<[SqlType, string, string | undefined]>([
  ['integer', '007', '7'],
  ['integer', '5.000', '5'],
  ['integer', '5.5', undefined],
  ['integer', '', undefined],
  ['integer', ' ', undefined],
  ['integer', '0x10', undefined],
  ['bigint', '-9223372036854775808', '-9223372036854775808'],
  ['bigint', '9223372036854775808', undefined],
  ['double', '1.0', '1'],
  ['double', '1e+21', '1e+21'],
  ['double', '-0.0', '0'],
  ['double', 'NaN', undefined],
  ['numeric', '1.500000000', '1.5'],
  ['boolean', 't', 'true'],
  ['boolean', 'FALSE', 'false'],
  ['boolean', 'yes', undefined],
  ['date', '2026-11-21', '2026-11-21'],
  ['date', '21.11.2026', undefined],
  ['timestamptz', '2026-11-21 06:00:00+00', '2026-11-21T06:00:00Z'],
  ['timestamptz', '2026-11-21T07:00:00.120000+01:00', '2026-11-21T06:00:00.12Z'],
  ['timestamptz', '2026-11-21 06:00:00.123456 UTC', undefined],
  ['jsonb', '{"b": 1.0, "a": [2]}', '{"a":[2],"b":1}'],
  ['jsonb', '{', undefined],
  ['text', ' as it is ', ' as it is '],
  ['text', '\ufeffmarked', '\ufeffmarked'],
])('the canonical text of the %s %j is %j', (type, spelt, text) => {
  expect(canonicalText(column('value', type))(spelt)).toBe(text);
});

it('a row keeps NULL, and what is no value of its type, and says that', () => {
  const canonical = canonicalRow([column('id', 'integer'), column('note', 'text', true)]);
  expect(canonical(['01', null])).toEqual({ texts: ['1', null], isOfOtherType: false });
  expect(canonical(['one', '']).texts).toEqual(['one', '']);
  expect(canonical(['one', '']).isOfOtherType).toBe(true);
});

it('the checksum is that of every driver', () => {
  const columns = [column('town', 'text', true), column('id', 'integer'), column('é', 'text', true)];
  const sum = rowChecksum(columns)(['Zürich', '1', null]).toString('hex');
  expect(sum).toBe(expectedChecksum({ id: '1', town: 'Zürich', é: null }));
  expect(sum).not.toBe(createHash('sha256').update('').digest('hex'));
});
