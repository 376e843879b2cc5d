/**
 * What a column of each type holds: what DuckDB, PostgreSQL, BigQuery and Spanner all hold, so that a row is the same in every
 * warehouse. A value beyond that is rejected before it is staged. `docs/values.md` shows it with its edges, and every
 * warehouse is tried with them (`edge-values.ts`).
 */
import type { SqlType } from './rows.ts';

export interface ValueDomain {
  /** As a reject says it; it never tells the value. */
  readonly expected: string;
  /** For people, as a sentence without its subject. */
  readonly holds: string;
  /** Which warehouse sets the limit, and the page that says so. */
  readonly because: string;
}

/** How deep arrays and objects may lie in each other in a `jsonb` column. */
export const JSON_DEPTH = 500;

/** Digits that a number in a `jsonb` column may have before and after the point. */
export const JSON_DIGITS = { whole: 131_072, fraction: 16_383 } as const;

const BIGQUERY_TYPES = 'https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types';
const POSTGRES = 'https://www.postgresql.org/docs/current';

const CALENDAR = `BigQuery's years are 1 to 9999: ${BIGQUERY_TYPES}`;

export const valueDomains: Readonly<Record<SqlType, ValueDomain>> = {
  text: {
    expected: 'text without NUL and lone surrogates',
    holds: 'Unicode characters, but for U+0000. Half of a surrogate pair is no character',
    because: `PostgreSQL holds no U+0000 (${POSTGRES}/datatype-character.html), and UTF-8 has no bytes for half a pair (https://www.rfc-editor.org/rfc/rfc3629#section-3)`,
  },
  date: { expected: 'date from 0001-01-01 to 9999-12-31', holds: 'a day of the years 1 to 9999', because: CALENDAR },
  numeric: {
    expected: 'numeric(38,9)',
    holds:
      'a decimal of at most 29 digits before the point and 9 after it, exactly; never rounded, no NaN, no infinity',
    because: `BigQuery's NUMERIC has 38 digits, 9 of them after the point: ${BIGQUERY_TYPES}#decimal_types`,
  },
  boolean: { expected: 'boolean', holds: 'true or false', because: 'all of them hold both' },
  integer: {
    expected: 'integer',
    holds: 'a whole number of 32 bits, −2147483648 to 2147483647',
    because: `PostgreSQL: ${POSTGRES}/datatype-numeric.html`,
  },
  bigint: {
    expected: 'bigint',
    holds: 'a whole number of 64 bits, −9223372036854775808 to 9223372036854775807',
    because: `all of them: ${BIGQUERY_TYPES}#integer_types`,
  },
  double: {
    expected: 'double',
    holds: 'the nearest double of the number; no NaN, no infinity; a zero has no sign',
    because:
      'JSON has neither, and what is beyond all doubles is near none: https://www.rfc-editor.org/rfc/rfc8259#section-6',
  },
  timestamptz: {
    expected: 'timestamptz from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z',
    holds:
      'an instant of the years 1 to 9999 in UTC, after its offset is applied; what is finer than a microsecond is cut off',
    because: CALENDAR,
  },
  jsonb: {
    expected: `jsonb without NUL and lone surrogates, at most ${JSON_DEPTH} deep`,
    holds: `any JSON value but null, which is NULL: texts as above, names of members too, at most ${JSON_DEPTH} levels of arrays and objects, numbers with all their digits, at most ${JSON_DIGITS.whole} before the point and ${JSON_DIGITS.fraction} after it`,
    because: `BigQuery has ${JSON_DEPTH} levels (https://cloud.google.com/bigquery/docs/json-data#limitations); PostgreSQL refuses \\u0000 and lone surrogates (${POSTGRES}/datatype-json.html) and more digits (${POSTGRES}/datatype-numeric.html)`,
  },
};
