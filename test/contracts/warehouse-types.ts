/** Checks that every value a column can hold comes back as it was, extremes first. */
import assert from 'node:assert/strict';
import type { SqlType } from '@tidemill/kit';
import type { Table } from '../../orchestrator/warehouse/contract.ts';
import { applied, column, load, people, type Tested, valuesIn } from './warehouse-samples.ts';

/** What canonical texts of a type are, and what a driver may print for them. */
interface TypeSamples {
  readonly texts: readonly string[];
  /** The same for everything a driver may print for one value. */
  readonly plain: (printed: string) => unknown;
}

const asPrinted = (printed: string): string => printed;
/** Zeros behind the point are a matter of taste. */
const withoutZeros = (printed: string): string => printed.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');

const samples: Record<SqlType, TypeSamples> = {
  text: {
    texts: [
      '',
      ' ',
      'NULL',
      'null',
      "it's; DROP TABLE people; --",
      'a "quoted" text',
      'line\nline\r\nline\ttab\\n',
      'Grüße, 東京, 👩‍👩‍👧‍👦, e\u0301, \u202Ertl',
      'x'.repeat(1_500_000),
    ],
    plain: asPrinted,
  },
  date: { texts: ['0001-01-01', '1582-10-10', '1970-01-01', '2024-02-29', '9999-12-31'], plain: asPrinted },
  numeric: {
    texts: [
      '0',
      '-0.000000001',
      '0.1',
      '99999999999999999999999999999.999999999',
      '-99999999999999999999999999999.999999999',
      '12345678901234567890123456789',
    ],
    plain: withoutZeros,
  },
  boolean: { texts: ['true', 'false'], plain: asPrinted },
  integer: { texts: ['-2147483648', '0', '2147483647'], plain: asPrinted },
  bigint: { texts: ['-9223372036854775808', '9007199254740993', '9223372036854775807'], plain: asPrinted },
  double: {
    texts: ['0', '0.1', '-1.5e-7', '5e-324', '1.7976931348623157e+308', '123456789012345680000'],
    plain: Number,
  },
  timestamptz: {
    texts: [
      '0001-01-01T00:00:00Z',
      '1969-12-31T23:59:59.999999Z',
      '2026-03-29T01:30:00.000001Z',
      '9999-12-31T23:59:59.999999Z',
    ],
    plain: asPrinted,
  },
  jsonb: {
    texts: [
      'null',
      '{}',
      '[]',
      '"text"',
      '1.5',
      '[123456789012345678901234567890,true,null]',
      '{"a":{"b":[{"c":"\\"quoted\\" 👍\\n"}],"":0},"z":"it\'s"}',
    ],
    // Spaces and the order of keys are a matter of taste; digits are not.
    plain: (printed) => JSON.parse(printed.replace(/\b\d{17,}\b/g, '"$&"')),
  },
};

const typed = (type: SqlType): Table => ({
  ...people,
  name: `of_${type}`,
  columns: [column('id', 'integer'), column('value', type, true)],
  indexes: [],
});

const printed = async (warehouse: Tested, table: Table): Promise<(string | null | undefined)[]> =>
  (await valuesIn(warehouse, table, 'id', 'value')).map(([, value]) => value);

async function comesBack(warehouse: Tested, type: SqlType): Promise<void> {
  const { texts, plain } = samples[type];
  const rows = [...texts, null].map((value, index) => ({ id: String(index), value }));
  await warehouse.apply(load(`p-${type}`, typed(type), rows));
  const found = await printed(warehouse, typed(type));
  assert.deepEqual(
    found.map((value) => (typeof value === 'string' ? plain(value) : value)),
    [...texts.map(plain), null],
  );
  const { counts } = await applied(warehouse, load(`p-${type}-again`, typed(type), rows));
  assert.equal(counts.unchanged, rows.length);
}

export const typeChecks = [
  ...Object.keys(samples).map((type) => ({
    promise: `values of type ${type} come back as they were, to their limits, and so does NULL`,
    run: (warehouse: Tested) => comesBack(warehouse, type as SqlType),
  })),
  {
    promise: 'an instant with an offset is the instant, printed in UTC',
    run: async (warehouse: Tested) => {
      const values = ['2026-01-01T05:30:00+05:30', '2025-12-31T16:00:00.123456-08:00', '0001-01-01T00:00:00+00:00'];
      const rows = values.map((value, index) => ({ id: String(index), value }));
      await warehouse.apply(load('p1', typed('timestamptz'), rows));
      const texts = await printed(warehouse, typed('timestamptz'));
      assert.deepEqual(texts, ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.123456Z', '0001-01-01T00:00:00Z']);
    },
  },
];
