import { columnOf, decimal, type Stream, stream } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { recordMapper } from './map.ts';

const LONG = '0.123456789012345678901';

/** Texts of the row that the record makes, or the reason why it makes none. */
function mapped(source: z.ZodType, row: Stream['row'], record: string, more: Partial<Stream> = {}): unknown {
  const declared = stream({
    name: 'things',
    description: '',
    source,
    row,
    key: [],
    write: 'append',
    method: 'api_json',
    // biome-ignore lint/correctness/useYield: only the way from bronze to silver is asked for here.
    async *extract() {
      throw new Error('not read here');
    },
    toRow: (fields) => fields as z.input<typeof row>,
  });
  const result = recordMapper({ ...(declared as unknown as Stream), ...more }, () => undefined)(record);
  if ('reject' in result) return [result.reject.code, ...result.reject.issues];
  return result.renamed ?? result.rows;
}

const price = z.object({ price: columnOf.numeric() });

describe('a numeric column', () => {
  it.each([
    ['123456789.12', '123456789.12'],
    ['1e3', '1000'],
    ['1.0', '1'],
    ['-0.0', '0'],
    ['12345678901234567890.123456789', '12345678901234567890.123456789'],
    ['0.1234567890000000000000', '0.123456789'],
    ['99999999999999999999999999999', '99999999999999999999999999999'],
    ['1e23', '100000000000000000000000'],
    ['"19.90"', '19.9'],
  ])('has the number that was written, %s, as %s', (written, text) => {
    expect(mapped(z.unknown(), price, `{"price":${written}}`)).toEqual([[text]]);
  });

  it.each([LONG, '0.1234567891', '1e-10', '1e29', '1e400', '100000000000000000000000000000', '"1e3"', 'true'])(
    'refuses %s, and says what it takes',
    (written) => {
      const reject = ['row-schema', { path: 'price', expected: 'numeric(38,9)' }];
      expect(mapped(z.unknown(), price, `{"price":${written}}`)).toEqual(reject);
    },
  );
});

describe('a record that says where the row of a key has gone', () => {
  const row = z.object({ id: columnOf.text(), price: columnOf.numeric() });
  const renames: NonNullable<Stream['renames']> = (record) => {
    const { from, to } = record as { from?: unknown; to: readonly unknown[] };
    if (from === 'thrown') throw new Error('secret');
    return from === undefined ? undefined : { from: { id: from }, to: to.map((id) => ({ id })) };
  };
  const renamed = (record: object): unknown =>
    mapped(z.unknown(), row, JSON.stringify(record), { key: ['id'], renames });

  it('makes no row, but has the texts of the keys', () => {
    expect(renamed({ from: 'a', to: ['b', 'c'] })).toEqual({
      from: ['a', null],
      to: [
        ['b', null],
        ['c', null],
      ],
    });
    expect(renamed({ id: 'a', price: 1 })).toEqual([['a', '1']]);
  });

  it('is rejected where one of them is no key, or the code throws', () => {
    const issue = { path: 'id', expected: expect.stringMatching(/^text/) };
    expect(renamed({ from: 7, to: ['b'] })).toEqual(['row-schema', expect.objectContaining(issue)]);
    expect(renamed({ from: 'a', to: [null] })).toEqual(['row-schema', expect.objectContaining(issue)]);
    expect(renamed({ from: 'a', to: ['\0'] })).toEqual(['row-schema', expect.objectContaining(issue)]);
    expect(JSON.stringify(renamed({ from: 'thrown', to: [] }))).not.toContain('secret');
  });
});

describe('a double column', () => {
  it.each([
    [LONG, '0.12345678901234568'],
    ['12345678901234567890', '12345678901234567000'],
    ['1e-400', '0'],
  ])('has the nearest double of %s', (written, text) => {
    expect(mapped(z.unknown(), z.object({ n: columnOf.double() }), `{"n":${written}}`)).toEqual([[text]]);
  });

  it.each(['1e400', '-1e400'])('refuses %s, which no double is near', (written) => {
    const reject = ['row-schema', { path: 'n', expected: 'double' }];
    expect(mapped(z.unknown(), z.object({ n: columnOf.double() }), `{"n":${written}}`)).toEqual(reject);
  });
});

describe('a source schema that asks for a number', () => {
  const row = z.object({ all: columnOf.jsonb() });
  const all = <S extends z.ZodType>(schema: S) => z.object({ all: schema });

  it.each<[string, z.ZodType, string]>([
    ['alone', z.number(), LONG],
    ['or for nothing', z.number().nullish(), LONG],
    ['in a list', z.array(z.object({ at: z.number() })), `[{"at":1},{"at":${LONG}},{"at":-${LONG}}]`],
    ['by any name', z.record(z.string(), z.number()), `{"a":${LONG},"__proto__":${LONG}}`],
    ['or for another', z.union([z.int(), z.bigint(), z.number()]), LONG],
    ['in a place', z.union([z.tuple([z.number(), z.number()]), z.tuple([])]), `[${LONG},-${LONG}]`],
    ['in one case of several', z.union([z.object({ a: z.string() }), z.object({ b: z.number() })]), `{"b":${LONG}}`],
  ])('%s gets the nearest one', (_, schema, written) => {
    const rounded = written.replaceAll(LONG, '0.12345678901234568');
    expect(mapped(all(schema), row, `{"all":${written}}`)).toEqual(mapped(all(schema), row, `{"all":${rounded}}`));
  });

  it('gets none where there is none: 1e400', () => {
    expect(mapped(all(z.number()), row, '{"all":1e400}')).toEqual([
      'source-schema',
      { path: 'all', expected: 'number' },
    ]);
  });

  it('leaves all digits to the fields beside it', () => {
    const source = z.object({ rounded: z.number(), price: decimal(), all: z.unknown() });
    const columns = z.object({ price: columnOf.numeric(), rounded: columnOf.double(), all: columnOf.jsonb() });
    const [amount, digits] = ['12345678901234567890.5', '1.23456789012345678901'];
    const record = `{"rounded":${digits},"price":${amount},"all":{"b":${digits},"a":1e400}}`;
    expect(mapped(source, columns, record)).toEqual([[amount, '1.2345678901234567', `{"a":1e400,"b":${digits}}`]]);
  });
});

describe('a record that is nested without end', () => {
  const deep = (levels: number, core: string): string => `${'['.repeat(levels)}${core}${']'.repeat(levels)}`;
  const whole = z.object({ record: columnOf.jsonb() });

  it.each([501, 5_000, 20_000, 200_000])('is rejected with the name of its column, at %i levels', (levels) => {
    const reject = ['too-deep', { path: 'record', expected: 'jsonb at most 500 deep' }];
    expect(mapped(z.unknown(), whole, `{"record":${deep(levels, '1')}}`)).toEqual(reject);
    expect(mapped(z.unknown(), whole, `{"record":${deep(500, '1')}}`)).toEqual([[deep(500, '1')]]);
  });

  it.each<[where: string, source: z.ZodType, row: z.ZodObject, core: string]>([
    ['its text is read', z.unknown(), whole, LONG],
    ['its schema looks at it', z.object({ record: z.json() }), whole, '1'],
    ['the schema of the row looks at it', z.unknown(), z.object({ record: z.json().meta({ sql: 'jsonb' }) }), '1'],
  ])('is rejected where %s', (_, source, row, core) => {
    expect(mapped(source, row, `{"record":${deep(200_000, core)}}`)).toEqual(['too-deep']);
  });
});

it('a record that makes a schema throw is rejected, as one is that toRow throws at', () => {
  const fussy = z.unknown().transform(() => {
    throw new Error('a mistake in the connector,\n    at the price of 4711:1:1');
  });
  const expected = expect.stringMatching(/^a row, but silver\/map\.test\.ts:\d+:\d+ throws$/);
  expect(mapped(fussy, price, '{"price":1}')).toEqual(['to-row-failed', { path: '', expected }]);
});

describe('a value that fits no case of a union', () => {
  const shape = z.object({ record: columnOf.jsonb() });
  const point = z.object({
    kind: z.literal('point'),
    at: z.object({ x: z.number(), y: z.number() }),
    name: z.string(),
  });
  const line = z.object({ kind: z.literal('line'), length: z.number() });
  const due = z.union([z.object({ date: z.iso.date() }), z.object({ dateTime: z.iso.datetime(), zone: z.string() })]);

  it.each<[string, z.ZodType, string, ...{ path: string; expected: string }[]]>([
    ['of other kinds', z.union([z.string(), z.object({})]), '5', { path: '', expected: 'string or object' }],
    ['or null', z.object({ a: z.union([z.int(), z.null()]) }), '{"a":"x"}', { path: 'a', expected: 'number or null' }],
    [
      'told apart by a constant, deep in the case that has it',
      z.union([point, line]),
      '{"kind":"point","at":{"x":1,"y":"far"},"name":"A"}',
      { path: 'at.y', expected: 'number' },
    ],
    [
      'told apart by a constant, though more of it does not fit than of another case',
      z.union([line, point]),
      '{"kind":"point"}',
      { path: 'at', expected: 'object' },
      { path: 'name', expected: 'string' },
    ],
    [
      'inside a union',
      z.union([z.string(), z.object({ due })]),
      '{"due":{"date":"tomorrow"}}',
      { path: 'due.date', expected: 'date' },
    ],
    [
      'named in a list',
      z.object({ all: z.array(z.union([point, line])) }),
      '{"all":[{"kind":"line","length":1},{"kind":"line"}]}',
      { path: 'all.1.length', expected: 'number' },
    ],
    [
      'that says by which field',
      z.discriminatedUnion('kind', [point, line]),
      '{"kind":"area"}',
      { path: 'kind', expected: 'one of the known values' },
    ],
    [
      'that says by which field',
      z.discriminatedUnion('kind', [point, line]),
      '{"kind":"line"}',
      { path: 'length', expected: 'number' },
    ],
  ])('%s names the field', (_, source, record, ...issues) => {
    expect(mapped(source, shape, record)).toEqual(['source-schema', ...issues]);
  });
});
