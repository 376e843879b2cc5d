/** What becomes of the columns of a model in the lake. Pure. */
import { duckDb } from '../../engine/dialect.ts';
import { duckDbType } from '../format/types.ts';
import type { RemadeColumn } from '../table.ts';

/** A column as the engine has it. */
export interface ModelColumn {
  readonly name: string;
  /** DuckDB's, as it prints it. */
  readonly type: string;
  readonly description: string;
}

/** Types that Iceberg has, or one that holds all of their values. */
const FORMATS: Readonly<Record<string, string>> = {
  VARCHAR: 'string',
  BOOLEAN: 'boolean',
  TINYINT: 'int',
  SMALLINT: 'int',
  INTEGER: 'int',
  UTINYINT: 'int',
  USMALLINT: 'int',
  UINTEGER: 'long',
  BIGINT: 'long',
  UBIGINT: 'decimal(20, 0)',
  // What a sum of integers is. The last of its 39 digits is no sum that anybody has.
  HUGEINT: 'decimal(38, 0)',
  UHUGEINT: 'decimal(38, 0)',
  FLOAT: 'float',
  DOUBLE: 'double',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_S: 'timestamp',
  TIMESTAMP_MS: 'timestamp',
  TIMESTAMP_NS: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
  TIME: 'time',
  UUID: 'uuid',
  BLOB: 'binary',
};

const DECIMAL = /^DECIMAL\((\d+),\s*(\d+)\)$/;
/** JSON itself, and what `to_json` makes of lists, structs and maps. */
const NESTED = /^(JSON$|VARIANT$|STRUCT\(|MAP\(|UNION\()|\]$/;

/** What is none of these, as an interval or an enum, is kept as its text. */
export function remadeColumn({ name, type, description }: ModelColumn): RemadeColumn {
  const [, precision, scale] = DECIMAL.exec(type) ?? [];
  if (precision !== undefined) return { name, format: `decimal(${precision}, ${scale})`, description };
  if (NESTED.test(type)) return { name, format: 'string', declared: 'jsonb', description };
  return { name, format: FORMATS[type] ?? 'string', description };
}

/** A query of a relation that gives its columns with the types that they are kept as. */
export function keptRows(relation: string, columns: readonly ModelColumn[]): string {
  const values = columns.map((column) => {
    const name = duckDb.identifier(column.name);
    const { format, declared } = remadeColumn(column);
    const value = declared === 'jsonb' ? `to_json(${name})` : name;
    return `CAST(${value} AS ${duckDbType(format)}) AS ${name}`;
  });
  return `SELECT ${values.join(', ')} FROM ${relation}`;
}
