/**
 * Values at the edges of every type, and beyond: what a source writes, and what becomes of it, in every warehouse. The
 * documentation prints this table, the contract suite tries each line that is held against every driver, and a job of a
 * command tries them all from the program's output to a query.
 */
import type { SqlType } from './rows.ts';
import { JSON_DEPTH, JSON_DIGITS } from './value-domains.ts';

export interface EdgeValue {
  readonly type: SqlType;
  /** For people; what is written if not given. */
  readonly what?: string;
  /** JSON, as a record has it. */
  readonly written: string;
  /** Its canonical text, which every warehouse gives back; undefined when the record is rejected. */
  readonly held: string | undefined;
}

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const NINES = '9'.repeat(29);

const held = (type: SqlType, written: string, text = written, what?: string): EdgeValue => ({
  type,
  written,
  held: text,
  ...(what === undefined ? {} : { what }),
});

const rejected = (type: SqlType, written: string, what?: string): EdgeValue => ({
  type,
  written,
  held: undefined,
  ...(what === undefined ? {} : { what }),
});

export const edgeValues: readonly EdgeValue[] = [
  held('text', '""', '', 'the empty text'),
  held('text', '"\\u0001\\u007f\\r\\n"', '\u0001\u007f\r\n', 'control characters'),
  held('text', '"\\ud83d\\ude00"', '😀', 'a whole surrogate pair'),
  held('text', '"\\uffff\\udbff\\udfff"', '\uffff\u{10ffff}', 'the last code points, noncharacters'),
  held('text', '"\\\\u0000"', '\\u0000', 'the letters of an escape'),
  rejected('text', '"a\\u0000b"', 'NUL'),
  rejected('text', '"a\\ud800b"', 'half of a surrogate pair, the first'),
  rejected('text', '"\\udc00"', 'half of a surrogate pair, the second'),
  rejected('text', '"\\ude00\\ud83d"', 'a surrogate pair the wrong way round'),
  rejected('text', '1', 'a number'),

  held('date', '"0001-01-01"', '0001-01-01'),
  held('date', '"9999-12-31"', '9999-12-31'),
  rejected('date', '"0000-12-31"'),
  rejected('date', '"10000-01-01"'),
  rejected('date', '"2023-02-29"', 'a day that there is not'),
  rejected('date', '"infinity"'),

  held('numeric', `${NINES}.999999999`, undefined, '38 nines, 9 of them after the point'),
  held('numeric', `-${NINES}.999999999`, undefined, 'the same below zero'),
  held('numeric', '123456789.12'),
  held('numeric', '1.0', '1'),
  held('numeric', '1e28', `1${'0'.repeat(28)}`),
  held('numeric', '-0.0', '0'),
  held('numeric', '0.000000001'),
  held('numeric', '"12.50"', '12.5', 'a decimal as text'),
  rejected('numeric', '0.0000000001'),
  rejected('numeric', '0.1234567891', 'ten digits after the point'),
  rejected('numeric', '1e29'),
  rejected('numeric', '1e400'),
  rejected('numeric', '"NaN"'),
  rejected('numeric', '"-infinity"'),

  held('boolean', 'true'),
  held('boolean', 'false'),
  rejected('boolean', '1'),

  held('integer', '2147483647'),
  held('integer', '-2147483648'),
  held('integer', '-0', '0'),
  rejected('integer', '2147483648'),
  rejected('integer', '1.5'),

  held('bigint', '9223372036854775807'),
  held('bigint', '-9223372036854775808'),
  rejected('bigint', '9223372036854775808'),
  rejected('bigint', '1e19'),

  held('double', '1.7976931348623157e308', '1.7976931348623157e+308'),
  held('double', '5e-324'),
  held('double', '1e-400', '0', '1e-400, which zero is nearest to'),
  held('double', '-0.0', '0'),
  held('double', '0.1234567890123456789', '0.12345678901234568'),
  rejected('double', '1e400'),
  rejected('double', '-1e400'),
  rejected('double', '"NaN"'),

  held('timestamptz', '"0001-01-01T00:00:00Z"', '0001-01-01T00:00:00Z'),
  held('timestamptz', '"9999-12-31T23:59:59.9999999Z"', '9999-12-31T23:59:59.999999Z'),
  held('timestamptz', '"9999-12-31T23:59:59+00:01"', '9999-12-31T23:58:59Z'),
  held('timestamptz', '"0001-01-01T00:00:00-23:59"', '0001-01-01T23:59:00Z'),
  rejected('timestamptz', '"9999-12-31T23:59:59-00:01"'),
  rejected('timestamptz', '"0001-01-01T00:00:00+00:01"'),
  rejected('timestamptz', '"0000-12-31T23:59:59Z"'),
  rejected('timestamptz', '"10000-01-01T00:00:00Z"'),
  rejected('timestamptz', '"2026-06-30T23:59:60Z"', 'a leap second'),
  rejected('timestamptz', '"2026-01-01T00:00:00"', 'a time without a zone'),
  rejected('timestamptz', '"-infinity"'),

  held('jsonb', '1e21', `1${'0'.repeat(21)}`),
  held('jsonb', `1${'0'.repeat(21)}`, undefined, 'the same in digits'),
  held('jsonb', '[1.0,1e400,-0]', '[1,1e400,0]'),
  held('jsonb', '0.123456789012345678901'),
  held('jsonb', '{"b":1,"a":2,"b":3}', '{"a":2,"b":3}', 'a name that is there twice'),
  held('jsonb', '{"":"\\ud83d\\ude00"}', '{"":"😀"}'),
  held('jsonb', '"\\\\u0000"', undefined, 'the letters of an escape'),
  held('jsonb', nested(JSON_DEPTH), undefined, `${JSON_DEPTH} levels`),
  held('jsonb', `1e${JSON_DIGITS.whole - 1}`),
  held('jsonb', `1e-${JSON_DIGITS.fraction}`),
  rejected('jsonb', '"a\\u0000b"', 'NUL'),
  rejected('jsonb', '["\\ud800"]', 'half of a surrogate pair'),
  rejected('jsonb', '{"\\udc00":1}', 'half of a surrogate pair, in a name'),
  rejected('jsonb', nested(JSON_DEPTH + 1), `${JSON_DEPTH + 1} levels`),
  rejected('jsonb', nested(20_000), '20,000 levels'),
  rejected('jsonb', `1e${JSON_DIGITS.whole}`),
  rejected('jsonb', `1e-${JSON_DIGITS.fraction + 1}`),
  rejected('jsonb', '1e99999999999999999999'),
];
