import { describe, expect, it } from 'vitest';
import { datasetOf } from './dataset.ts';
import { type Schema, typeOf } from './json-schema-type.ts';

const withZone = { type: 'string', format: 'date-time', airbyte_type: 'timestamp_with_timezone' } as const;

describe('the type of a column', () => {
  it.each<[string, Schema]>([
    ['text', { type: ['null', 'string'] }],
    ['text', { type: 'string', format: 'uuid' }],
    ['text', { type: 'string', format: 'time' }],
    ['timestamptz', { type: ['string', 'null'], format: 'date-time' }],
    ['timestamptz', withZone],
    ['text', { ...withZone, airbyte_type: 'timestamp_without_timezone' }],
    ['date', { type: ['string', 'null'], format: 'date' }],
    ['numeric', { type: ['null', 'string'], format: 'singer.decimal' }],
    ['bigint', { type: ['integer', 'null'] }],
    ['bigint', { type: 'integer', minimum: -(2 ** 63), maximum: 2 ** 63 }],
    ['numeric', { type: 'integer', maximum: 1e30 }],
    ['numeric', { type: 'integer', airbyte_type: 'big_integer' }],
    ['bigint', { type: 'number', airbyte_type: 'integer' }],
    ['double', { type: ['null', 'number'] }],
    ['numeric', { type: 'number', multipleOf: 0.01 }],
    ['numeric', { type: 'number', multipleOf: 1e-9 }],
    ['jsonb', { type: 'number', multipleOf: 1e-38 }],
    ['numeric', { type: 'number', multipleOf: 1 }],
    ['boolean', { type: ['boolean', 'null'] }],
    ['jsonb', { type: ['object', 'null'], properties: {} }],
    ['jsonb', { type: 'array' }],
    ['jsonb', { type: ['string', 'integer'] }],
    ['double', { type: ['integer', 'number', 'null'] }],
    ['jsonb', {}],
    ['jsonb', { type: 'null' }],
    ['timestamptz', { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] }],
    ['text', { anyOf: [{ type: 'string', format: 'date-time' }, { type: ['string', 'null'] }] }],
    ['jsonb', { anyOf: [{ type: 'string' }, {}] }],
    ['bigint', { oneOf: [{ type: 'integer' }, { type: 'integer', maximum: 5 }] }],
    ['text', { allOf: [{ description: 'x' }, { type: 'string' }] }],
    ['text', { enum: ['a', null] }],
    ['bigint', { const: 5 }],
    ['jsonb', { enum: ['a', 1] }],
    ['text', { $ref: '#/definitions/name', definitions: { name: { type: 'string' } } }],
    ['boolean', { $ref: '#/$defs/is', $defs: { is: { type: 'boolean' } } }],
    ['jsonb', { $ref: '#/definitions/a', definitions: { a: { $ref: '#/definitions/a' } } }],
    ['jsonb', { $ref: 'https://example.org/schema' }],
  ])('is %s for %j', (type, schema) => {
    expect(typeOf(schema)).toBe(type);
  });
});

describe('a data set', () => {
  const described = { stream: 's', name: 's', key: [], isIncremental: false };

  it('has names that are names of columns, and says which fields they take', () => {
    const fields = [
      'id',
      'createdAt',
      'created_at',
      '_sdc_at',
      '1st',
      'Ärger.€',
      'ingested_at',
      'x'.repeat(70),
      '',
      '日',
    ];
    const properties = Object.fromEntries(fields.map((field) => [field, { type: 'string' }] as const));
    const columns = datasetOf({ ...described, schema: { properties } }).columns?.map(({ name, from }) => [
      name,
      from?.[0],
    ]);
    expect(Object.fromEntries(columns ?? [])).toEqual({
      n1st: '1st',
      id: undefined,
      created_at: 'createdAt',
      created_at_2: 'created_at',
      sdc_at: '_sdc_at',
      arger: 'Ärger.€',
      ingested_at_of_tap: 'ingested_at',
      ['x'.repeat(60)]: 'x'.repeat(70),
      n: '日',
    });
  });

  // https://github.com/MeltanoLabs/target-postgres has a recording of one, large_numeric_primary_key.singer.
  it('has a key that keeps all its digits', () => {
    const properties = { id: { type: 'number' }, amount: { type: 'number' } };
    const { columns } = datasetOf({ ...described, schema: { properties }, key: [['id']] });
    expect(columns?.map(({ type }) => type)).toEqual(['numeric', 'double']);
  });

  it.each([
    [['id'], ['id']],
    [
      ['id', 'sub.at'],
      ['id', 'sub_at'],
    ],
    [['tags'], undefined],
    [['id', 'gone'], undefined],
    [[], undefined],
  ])('has a key where each part of it can be compared: %j', (key, expected) => {
    const properties = { id: { type: 'integer' }, 'sub.at': { type: 'string' }, tags: { type: 'array' } };
    expect(datasetOf({ ...described, schema: { properties }, key: key.map((name) => [name]) }).key).toEqual(expected);
  });
});
