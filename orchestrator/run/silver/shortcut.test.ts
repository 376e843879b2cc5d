import { columnOf, oneOf, parseDecimals, type RowSchema, type SqlType, type Stream, sqlTypes } from '@tidemill/kit';
import { edgeValues } from '@tidemill/kit/edge-values';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jobOf } from '../../../test/fixtures/job.ts';
import { jobColumnsOf } from '../../config/columns.ts';
import { commandStream } from '../extract/command-stream.ts';
import { recordMapper } from './map.ts';
import { rowsShortcut } from './shortcut.ts';

const SEED = 20261129;

/** Texts that are nearly what a type holds, and values of another kind. */
const odd = fc.oneof(
  fc.constantFrom(...edgeValues.map(({ written }) => parseDecimals(written))),
  fc.stringMatching(/^-?\d{1,31}(\.\d{0,11})?$/),
  fc.stringMatching(/^\d{4}-[01]\d-[0-3]\d(T[0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,11})?(Z|[+-][0-2]\d:\d\d))?$/),
  fc.constantFrom('a', 'b', 'c', '2026-01-01T00:00', '1e3', ' 1', '+1', '0x1', [], ['1'], {}, [['1']], true, null),
  fc.double(),
  fc.integer({ min: -(2 ** 33), max: 2 ** 33 }),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.json({ maxDepth: 3 }).map(parseDecimals),
);

/** The values that most records have. */
const plain: Readonly<Record<SqlType, fc.Arbitrary<unknown>>> = {
  text: fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  date: fc.constantFrom('2026-01-31', '2026-12-01').map((day) => day.replace(/31$/, '28')),
  numeric: fc.tuple(fc.integer(), fc.stringMatching(/^\d{1,9}$/)).map(([whole, fraction]) => `${whole}.${fraction}`),
  boolean: fc.boolean(),
  integer: fc.integer(),
  bigint: fc.maxSafeInteger(),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  timestamptz: fc.constantFrom('2026-01-31T06:00:00Z', '2026-01-31T06:00:00.120Z', '2026-01-31T06:00:00+01:00'),
  jsonb: fc.jsonValue().filter((value) => value !== null && !JSON.stringify(value).includes('\\u')),
};

/** The same columns, of which only their schemas know what they take. */
const asked = (row: RowSchema): RowSchema =>
  z
    .object(
      Object.fromEntries(
        Object.entries(row.shape).map(([name, field]) => {
          const inner = field instanceof z.ZodNullable ? (field.unwrap() as z.ZodType) : field;
          const other = inner.refine(() => true).meta({ ...inner.meta() });
          return [name, field === inner ? other : other.nullable()];
        }),
      ),
    )
    .refine(() => true) as unknown as RowSchema;

const columns = Object.fromEntries(sqlTypes.map((type) => [type, columnOf[type]()]));
const nullable = Object.fromEntries(sqlTypes.map((type) => [`${type}_or_null`, columnOf[type]().nullable()]));
const row: RowSchema = z.object({
  ...columns,
  ...nullable,
  letter: oneOf(['a', 'b']),
  short: columnOf.text().max(3),
  rounded: columnOf.double().nullable(),
});

const streamOf = (made: RowSchema): Stream =>
  ({ source: z.unknown(), row: made, key: [], toRow: (record: unknown) => record }) as unknown as Stream;

const typeOf = (name: string): SqlType => {
  if (name === 'letter' || name === 'short') return 'text';
  return name === 'rounded' ? 'double' : (name.replace('_or_null', '') as SqlType);
};

/** Mostly records that fit but for a value or two: of others all that could be seen is that they are rejected. */
const records = fc
  .tuple(
    fc.record(
      Object.fromEntries(
        Object.keys(row.shape).map((name) => [name, name === 'letter' ? fc.constant('a') : plain[typeOf(name)]]),
      ),
    ),
    fc.array(fc.tuple(fc.constantFrom(...Object.keys(row.shape), 'another'), odd), { maxLength: 2 }),
    fc.array(fc.constantFrom(...Object.keys(row.shape)), { maxLength: 1 }),
  )
  .map(([record, others, missing]) => {
    const made = { ...record, short: 'abc', ...Object.fromEntries(others) };
    return Object.fromEntries(Object.entries(made).filter(([name]) => others.length > 0 || !missing.includes(name)));
  });

/** As a mapper that is handed values instead of texts. */
const mapperOf = (made: RowSchema): ((record: unknown) => unknown) => {
  let record: unknown;
  const map = recordMapper({ ...streamOf(made), toRow: () => record } as Stream, () => undefined);
  return (value) => {
    record = value;
    return map('{}');
  };
};

describe('a shortcut to the texts of a row', () => {
  it('comes to what its schema and the encoder say, and to the same reasons', () => {
    const [short, long] = [mapperOf(row), mapperOf(asked(row))];
    const seen = { mapped: 0, rejected: 0 };
    fc.assert(
      fc.property(records, (record) => {
        const said = long(record);
        expect(short(record)).toEqual(said);
        seen['reject' in (said as object) ? 'rejected' : 'mapped'] += 1;
      }),
      { seed: SEED, numRuns: 3000 },
    );
    expect(Math.min(seen.mapped, seen.rejected)).toBeGreaterThan(500);
  });

  it('comes to it value by value, at the edges and beside them', () => {
    for (const type of sqlTypes) {
      const [short, long] = [
        mapperOf(z.object({ c: columnOf[type]() })),
        mapperOf(asked(z.object({ c: columnOf[type]() }))),
      ];
      const values = [...edgeValues.map(({ written }) => parseDecimals(written)), undefined, null];
      for (const [index, c] of values.entries()) expect(short({ c }), `${type}, value ${index}`).toEqual(long({ c }));
      fc.assert(
        fc.property(odd, (c) => {
          expect(short({ c })).toEqual(long({ c }));
        }),
        { seed: SEED, numRuns: 1000 },
      );
    }
  });

  it('comes to it in the columns of a command, which take more forms', () => {
    const job = jobOf({ id: 'any', columns: jobColumnsOf(Object.fromEntries(sqlTypes.map((type) => [type, type]))) });
    const stream = commandStream(job, { job, command: '', slot: '', environment: '', env: {} });
    const [short, long] = [mapperOf(stream.row), mapperOf(asked(stream.row))];
    fc.assert(
      fc.property(fc.constantFrom(...sqlTypes), odd, (type, value) => {
        const none = Object.fromEntries(sqlTypes.map((name) => [name, null]));
        expect(short({ ...none, [type]: value })).toEqual(long({ ...none, [type]: value }));
      }),
      { seed: SEED, numRuns: 5000 },
    );
  });

  it('is there for every value that most records have, of every type', () => {
    for (const type of sqlTypes) {
      const refuse = () => {
        throw new Error('asked');
      };
      // A value that the schema is asked for is none that a shortcut knows.
      const column = columnOf[type]();
      Object.assign(column, { safeParse: refuse });
      const shortcut = rowsShortcut(z.object({ c: column }));
      fc.assert(
        fc.property(plain[type], (c) => {
          expect(shortcut?.([{ c }])).toHaveLength(1);
        }),
        { seed: SEED },
      );
    }
  });

  it('is none where a row has rules of its own', () => {
    expect(rowsShortcut(z.object({ a: columnOf.text() }))).toBeDefined();
    expect(rowsShortcut(z.strictObject({ a: columnOf.text() }))).toBeUndefined();
    expect(rowsShortcut(z.object({ a: columnOf.text() }).refine(() => true) as unknown as RowSchema)).toBeUndefined();
  });
});
