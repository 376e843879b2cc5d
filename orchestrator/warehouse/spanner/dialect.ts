/** How Spanner's SQL says things: GoogleSQL. */
import type { SqlType } from '@tidemill/kit';
import type { Dialect } from '../sql.ts';
import { spannerName } from './names.ts';

/**
 * As the catalogue prints types. `jsonb` is the text of the document: Spanner's JSON makes a double of a number that 64 bits do not
 * hold (https://cloud.google.com/spanner/docs/working-with-json), and has fewer levels than a column of ours.
 */
export const types = {
  text: 'STRING(MAX)',
  date: 'DATE',
  numeric: 'NUMERIC',
  boolean: 'BOOL',
  integer: 'INT64',
  bigint: 'INT64',
  double: 'FLOAT64',
  timestamptz: 'TIMESTAMP',
  jsonb: 'STRING(MAX)',
} as const satisfies Record<SqlType, string>;

/** The names of ours are plain (`spannerName`, `columnNameFault`); those of others are, too: Spanner has no others. */
const identifier = (name: string): string => `\`${name}\``;

/** JSON's escapes are GoogleSQL's, too: https://cloud.google.com/spanner/docs/reference/standard-sql/lexical#escape_sequences */
const literal = (text: string): string => JSON.stringify(text);

const cast = (text: string, type: SqlType): string =>
  types[type] === 'STRING(MAX)' ? text : `CAST(${text} AS ${types[type]})`;

export const spanner = {
  identifier,
  literal,
  cast,
  table: (schema: string, name: string): string =>
    [schema, name].map((part) => identifier(spannerName(part))).join('.'),
} satisfies Pick<Dialect, 'identifier' | 'literal' | 'cast' | 'table'>;

/** What a row is known by; `identity.ts` makes it. */
export const ROW = 'tidemill_row';
