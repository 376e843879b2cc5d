/** How BigQuery's SQL says things. */
import type { SqlType } from '@tidemill/kit';
import type { Dialect } from '../sql.ts';
import { tableId } from './names.ts';

/**
 * As the API names types (https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema). `jsonb` is the text of
 * the document: BigQuery's JSON holds no number that neither 64 bits nor a double hold, and refuses what is beyond all doubles.
 */
export const types = {
  text: 'STRING',
  date: 'DATE',
  numeric: 'NUMERIC',
  boolean: 'BOOLEAN',
  integer: 'INTEGER',
  bigint: 'INTEGER',
  double: 'FLOAT',
  timestamptz: 'TIMESTAMP',
  jsonb: 'STRING',
} as const satisfies Record<SqlType, string>;

/** The same types as SQL names them. */
const sqlTypes: Readonly<Record<(typeof types)[SqlType], string>> = {
  STRING: 'STRING',
  DATE: 'DATE',
  NUMERIC: 'NUMERIC',
  BOOLEAN: 'BOOL',
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  TIMESTAMP: 'TIMESTAMP',
};

/** Names in backticks may hold neither a backtick nor a backslash, and none of ours does: `tableId`, `columnNameFault`. */
const identifier = (name: string): string => `\`${name}\``;

/** JSON's escapes are BigQuery's, too: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#escape_sequences */
const literal = (text: string): string => JSON.stringify(text);

const cast = (text: string, type: SqlType): string =>
  types[type] === 'STRING' ? text : `CAST(${text} AS ${sqlTypes[types[type]]})`;

/** Tables stand in the dataset that every query has as its default. */
export const bigQuery = {
  identifier,
  literal,
  cast,
  table: (schema: string, name: string): string => identifier(tableId({ schema, name })),
} satisfies Pick<Dialect, 'identifier' | 'literal' | 'cast' | 'table'>;

/** A NULL that has the type. */
export const nullOf = (type: SqlType): string => `CAST(NULL AS ${sqlTypes[types[type]]})`;
