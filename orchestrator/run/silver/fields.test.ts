import { expect, it } from 'vitest';
import { z } from 'zod';
import { FieldTally } from './fields.ts';

const told = z.object({ id: z.string() });
const gone = z.object({ gone: z.literal(true) });

it.each<[string, z.ZodType, readonly string[]]>([
  ['an object', told, ['id']],
  ['a union', z.union([told, gone]), ['id', 'gone']],
  ['a union by a field', z.discriminatedUnion('gone', [gone]), ['gone']],
  ['an intersection', told.and(gone), ['id', 'gone']],
  ['what is transformed afterwards', told.transform(({ id }) => ({ name: id })), ['id']],
  ['anything', z.unknown(), []],
])('the fields that a schema names are those of a record as it comes: %s', (_, source, declared) => {
  expect([...new FieldTally({ source }).declared]).toEqual(declared);
});
