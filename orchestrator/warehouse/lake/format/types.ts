/** Types of columns: what Iceberg calls them, and what DuckDB writes to Parquet for a reader of that. */
import type { SqlType } from '@tidemill/kit';

/** Iceberg has no JSON: `jsonb` is a text there, so tables also keep our own types (`properties.ts`). */
export const icebergTypes: Readonly<Record<SqlType, string>> = {
  text: 'string',
  date: 'date',
  // BigQuery's NUMERIC, too.
  numeric: 'decimal(38, 9)',
  boolean: 'boolean',
  integer: 'int',
  bigint: 'long',
  double: 'double',
  timestamptz: 'timestamptz',
  jsonb: 'string',
};

const duckDbTypes: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  date: 'DATE',
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
  time: 'TIME',
  uuid: 'UUID',
  binary: 'BLOB',
};

const DECIMAL = /^decimal\((\d+), ?(\d+)\)$/;

/** Digits after the point; undefined for a type that is no decimal. */
export function scaleOf(type: string): number | undefined {
  const scale = DECIMAL.exec(type)?.[2];
  return scale === undefined ? undefined : Number(scale);
}

/**
 * DuckDB's name of an Iceberg type; undefined for one that a column of ours cannot have and a rewritten file could not hold as
 * it was (nested, fixed).
 */
export function duckDbType(type: unknown): string | undefined {
  const [, precision, scale] = DECIMAL.exec(String(type)) ?? [];
  if (precision !== undefined) return `DECIMAL(${precision}, ${scale})`;
  return duckDbTypes[String(type)];
}
