/**
 * What a row is known by, which is its primary key: half a SHA-256 of its key's values, or of its place in its package where it has no
 * key. So keys of any length fit (Spanner's have at most 8 KiB), those that grow are spread over all machines
 * (https://cloud.google.com/spanner/docs/schema-design#primary-key-prevent-hotspots), and a key may get another column.
 */
import { hash } from 'node:crypto';
import type { Column, SqlType } from '@tidemill/kit';
import type { Table } from '../contract.ts';
import { duckDb } from '../engine/dialect.ts';

/** Hexadecimal digits. */
const DIGITS = 32;

/** What stands for a key in the record of tables: rows that were known by another are found by their values. */
export const keyText = ({ key, columns }: Pick<Table, 'key' | 'columns'>): string =>
  JSON.stringify(key.map((name) => [name, columns.find((column) => column.name === name)?.type]));

/** As SQL of DuckDB, from a typed value. Two spellings of one value give one text, in any version of the engine. */
const texts: Readonly<Record<SqlType, (value: string) => string>> = {
  text: (value) => value,
  jsonb: (value) => value,
  numeric: (value) => `CAST(${value} AS VARCHAR)`,
  integer: (value) => `CAST(${value} AS VARCHAR)`,
  bigint: (value) => `CAST(${value} AS VARCHAR)`,
  double: (value) => `CAST(${value} AS VARCHAR)`,
  boolean: (value) => `CAST(${value} AS VARCHAR)`,
  date: (value) => `CAST(${value} AS VARCHAR)`,
  timestamptz: (value) => `CAST(epoch_us(${value}) AS VARCHAR)`,
};

/**
 * The identity of a row with a key, as SQL of DuckDB; NULL where a value of the key is. `sqlOf` is the SQL of a value, its own column if
 * not told, typed or as text.
 */
export function identitySql(
  { key, columns }: Pick<Table, 'key' | 'columns'>,
  sqlOf: (column: Column, at: number) => string = ({ name }) => duckDb.identifier(name),
): string {
  const parts = key.map((name, at) => {
    const column = columns.find((one) => one.name === name);
    if (column === undefined) throw new TypeError(`${name} is not a column`);
    const text = texts[column.type](duckDb.cast(sqlOf(column, at), column.type));
    return `CAST(strlen(${text}) AS VARCHAR) || ':' || ${text}`;
  });
  return `left(sha256(${[duckDb.literal(JSON.stringify(key)), ...parts].join(' || ')}), ${DIGITS})`;
}

/** The identity of a row without a key: its place among those of its package, from 0. Told again, it is the same row. */
export const placeIdentity = (packageId: string, place: number): string =>
  hash('sha256', `${packageId}:${place}`).slice(0, DIGITS);
