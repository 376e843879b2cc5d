import { type Column, sqlTypes } from '@tidemill/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOCATION, START } from '../../../../test/fixtures/lake-files.ts';
import { currentSchema, parseMetadata, printMetadata } from './metadata.ts';
import { declaredTypes } from './properties.ts';
import { changedType, type Declared, evolve, newTable, remake } from './schema.ts';

const column = (name: string, more: Partial<Column> = {}): Column => ({
  name,
  type: 'text',
  nullable: true,
  description: '',
  ...more,
});

const people: Declared = {
  description: 'Who we know',
  columns: [
    column('id', { type: 'bigint', nullable: false, description: 'Theirs' }),
    column('name', { nullable: false }),
    column('raw', { type: 'jsonb' }),
  ],
  key: ['id'],
};

const table = newTable(people, { uuid: 'f79c3e09-677c-4bbd-a479-3f349cb785e7', location: LOCATION, now: START });
const fields = (metadata: typeof table) =>
  currentSchema(metadata).fields.map(({ id, name, required, type }) => [id, name, required, type]);

describe('a new table', () => {
  it('has what the format asks for, and nothing in it', () => {
    expect(JSON.parse(printMetadata(table))).toEqual({
      'format-version': 2,
      'table-uuid': 'f79c3e09-677c-4bbd-a479-3f349cb785e7',
      location: LOCATION,
      'last-sequence-number': 0,
      'last-updated-ms': START,
      'last-column-id': 3,
      'current-schema-id': 0,
      schemas: [
        {
          type: 'struct',
          'schema-id': 0,
          'identifier-field-ids': [1],
          fields: [
            { id: 1, name: 'id', required: true, type: 'long', doc: 'Theirs' },
            { id: 2, name: 'name', required: true, type: 'string' },
            { id: 3, name: 'raw', required: false, type: 'string' },
          ],
        },
      ],
      'default-spec-id': 0,
      'partition-specs': [{ 'spec-id': 0, fields: [] }],
      'last-partition-id': 999,
      'default-sort-order-id': 0,
      'sort-orders': [{ 'order-id': 0, fields: [] }],
      properties: {
        'write.format.default': 'parquet',
        'write.parquet.compression-codec': 'zstd',
        comment: 'Who we know',
        'tidemill.types': '{"id":"bigint","name":"text","raw":"jsonb"}',
      },
      snapshots: [],
      refs: {},
      'snapshot-log': [],
      'metadata-log': [],
    });
    expect(parseMetadata(printMetadata(table), 'x')).toEqual(table);
  });

  it.each([
    ['no key', [], undefined],
    ['a key of several columns', ['id', 'name'], [1, 2]],
    ['a double in its key', ['id', 'score'], undefined],
  ])('says of %s which columns identify a row, where the format lets it', (_what, key, ids) => {
    const columns = [...people.columns, column('score', { type: 'double', nullable: false })];
    const made = newTable({ ...people, columns, key }, { uuid: 'u', location: LOCATION, now: START });
    expect(currentSchema(made)['identifier-field-ids']).toEqual(ids);
  });
});

describe('a table whose declaration has changed', () => {
  it('is the very same where it has not', () => {
    expect(evolve(table, people)).toBe(table);
    const read = parseMetadata(printMetadata(table), 'x');
    expect(evolve(read, people)).toBe(read);
  });

  it('gets a column with a new id, optional whatever it is declared as', () => {
    const wide = evolve(table, {
      ...people,
      columns: [column('age', { type: 'integer', nullable: false }), ...people.columns],
    });
    expect(fields(wide)).toEqual([...fields(table), [4, 'age', false, 'int']]);
    expect([wide['current-schema-id'], wide['last-column-id'], wide.schemas.length]).toEqual([1, 4, 2]);
    expect(declaredTypes(wide)['age']).toBe('integer');
  });

  it('gets no id of a column that somebody else has taken away', () => {
    const columns = [...people.columns, column('age', { type: 'integer' })];
    const wide = evolve({ ...table, 'last-column-id': 9 }, { ...people, columns });
    expect([fields(wide).at(-1), wide['last-column-id']]).toEqual([[10, 'age', false, 'int'], 10]);
  });

  it('keeps a column that is declared no more, optional, and knows it again', () => {
    const narrow = evolve(table, { ...people, columns: people.columns.filter(({ name }) => name !== 'name') });
    expect(fields(narrow)).toEqual([
      [1, 'id', true, 'long'],
      [2, 'name', false, 'string'],
      [3, 'raw', false, 'string'],
    ]);
    expect(fields(evolve(narrow, people))).toEqual(fields(narrow));
    expect(declaredTypes(narrow)['name']).toBe('text');
  });

  it('knows a column by its name however it is written', () => {
    const columns = people.columns.map((one) => (one.name === 'name' ? { ...one, name: 'Name' } : one));
    expect(evolve(table, { ...people, columns }).schemas).toBe(table.schemas);
  });

  it('follows what is said of it', () => {
    const columns = [
      column('id', { type: 'bigint', nullable: false }),
      column('name', { nullable: false, description: 'First' }),
      column('raw', { type: 'jsonb' }),
    ];
    const said = evolve(table, { ...people, description: 'Others', columns });
    expect(currentSchema(said).fields.map(({ doc }) => doc)).toEqual([undefined, 'First', undefined]);
    expect(said.properties['comment']).toBe('Others');
    const named = evolve(table, { ...people, description: 'Others' });
    expect([named.schemas, named.properties['comment']]).toEqual([table.schemas, 'Others']);
  });

  it('does not call a row identified by a column that may be null', () => {
    const columns = people.columns.map((one) => (one.name === 'id' ? { ...one, nullable: true } : one));
    const loose = evolve(table, { ...people, columns, key: ['name'] });
    expect(currentSchema(loose)['identifier-field-ids']).toEqual([2]);
    expect(currentSchema(evolve(loose, people))['identifier-field-ids']).toBeUndefined();
  });

  it('never gives an id twice, nor a column another one', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'F', 'f');
    const columns = fc.uniqueArray(fc.record({ name, nullable: fc.boolean() }), {
      selector: (one) => one.name.toLowerCase(),
    });
    const declared = fc.record({ columns, key: fc.constant([]), description: fc.constantFrom('', 'x') });
    fc.assert(
      fc.property(fc.array(declared), (declarations) => {
        let metadata = table;
        const ids = new Map(currentSchema(table).fields.map((field) => [field.name.toLowerCase(), field.id]));
        for (const one of declarations) {
          metadata = evolve(metadata, { ...one, columns: one.columns.map((each) => column(each.name, each)) });
          for (const field of currentSchema(metadata).fields) {
            const before = ids.get(field.name.toLowerCase());
            if (before === undefined) expect(field.id).toBeGreaterThan(Math.max(...ids.values()));
            ids.set(field.name.toLowerCase(), before ?? field.id);
            expect(field.id).toBe(ids.get(field.name.toLowerCase()));
          }
          expect(metadata['last-column-id']).toBe(Math.max(...ids.values()));
          expect(new Set(metadata.schemas.map((schema) => schema['schema-id'])).size).toBe(metadata.schemas.length);
        }
      }),
    );
  });
});

describe('a column of another type', () => {
  const retyped = (name: string, type: Column['type']) =>
    people.columns.map((one) => (one.name === name ? { ...one, type } : one));

  it('is found, also where Iceberg has one type for both', () => {
    expect(changedType(table, people.columns)).toBeUndefined();
    expect(changedType(table, retyped('id', 'text'))).toEqual({ column: 'id', was: 'bigint', is: 'text' });
    expect(changedType(table, retyped('raw', 'text'))).toEqual({ column: 'raw', was: 'jsonb', is: 'text' });
  });

  it('is found where somebody else has changed it, or made the table', () => {
    const schema = currentSchema(table);
    const other = schema.fields.map((field) => (field.name === 'name' ? { ...field, type: 'uuid' } : field));
    const { 'tidemill.types': _, ...properties } = table.properties;
    const foreign = { ...table, properties, schemas: [{ ...schema, fields: other }] };
    expect(changedType(foreign, people.columns)).toEqual({ column: 'name', was: 'uuid', is: 'text' });
    expect(changedType({ ...foreign, schemas: table.schemas }, people.columns)).toBeUndefined();
  });

  it('is found for any two types', () => {
    for (const was of sqlTypes) {
      const made = newTable(
        { ...people, columns: [column('x', { type: was })], key: [] },
        { uuid: 'u', location: LOCATION, now: START },
      );
      for (const is of sqlTypes) {
        expect(changedType(made, [column('x', { type: is })])).toEqual(
          was === is ? undefined : { column: 'x', was, is },
        );
      }
    }
  });
});

describe('a table that is made anew', () => {
  const made = (...columns: readonly (readonly [name: string, format: string, declared?: 'jsonb'])[]) => ({
    description: 'Made',
    columns: columns.map(([name, format, declared]) => ({
      name,
      format,
      description: '',
      ...(declared === undefined ? {} : { declared }),
    })),
  });
  const bare = newTable({ description: '', columns: [], key: [] }, { uuid: 'u', location: LOCATION, now: START });
  const first = remake(bare, made(['id', 'long'], ['day', 'date'], ['list', 'string', 'jsonb']));

  it('has one schema with the first columns, all of them optional', () => {
    expect(first.schemas).toHaveLength(1);
    expect(fields(first)).toEqual([
      [1, 'id', false, 'long'],
      [2, 'day', false, 'date'],
      [3, 'list', false, 'string'],
    ]);
    expect([first.properties['comment'], declaredTypes(first)]).toEqual(['Made', { list: 'jsonb' }]);
    expect(parseMetadata(printMetadata(first), 'x')).toEqual(first);
  });

  it('keeps the id of a column that is the same, and uses none again for another', () => {
    const next = remake(first, made(['list', 'string'], ['id', 'string'], ['more', 'int']));
    expect(fields(next)).toEqual([
      [3, 'list', false, 'string'],
      [4, 'id', false, 'string'],
      [5, 'more', false, 'int'],
    ]);
    expect([next.schemas.length, declaredTypes(next)]).toEqual([2, {}]);
    const back = remake(next, made(['id', 'long']));
    expect(fields(back)).toEqual([[6, 'id', false, 'long']]);
  });

  it('has no other schema where its columns are the same', () => {
    expect(remake(first, made(['id', 'long'], ['day', 'date'], ['list', 'string', 'jsonb'])).schemas).toEqual(
      first.schemas,
    );
  });
});
