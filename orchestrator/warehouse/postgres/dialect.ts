import type { Dialect } from '../sql.ts';

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const table = (schema: string, name: string): string => `${identifier(schema)}.${identifier(name)}`;

const types = {
  text: 'text',
  date: 'date',
  numeric: 'numeric',
  boolean: 'boolean',
  integer: 'integer',
  bigint: 'bigint',
  double: 'double precision',
  timestamptz: 'timestamp with time zone',
  jsonb: 'jsonb',
} as const;

export const postgres: Dialect = {
  types,
  keptUniqueBy: 'constraint',
  positionType: types.bigint,
  identifier,
  table,
  literal,
  cast: (text, type) => (type === 'text' ? text : `CAST(${text} AS ${types[type]})`),
  createSchema: (schema) => `CREATE SCHEMA IF NOT EXISTS ${identifier(schema)}`,
  primaryKey: (columns) => `PRIMARY KEY (${columns.map(identifier).join(', ')})`,
  // Which there are already, and what a column's type bears, is looked at in `shape.ts`.
  index: () => undefined,
  comment(on, column, text) {
    const target = table(on.schema, on.name);
    const what = column === undefined ? `TABLE ${target}` : `COLUMN ${target}.${identifier(column)}`;
    return `COMMENT ON ${what} IS ${literal(text)}`;
  },
  dropNotNull: (target, column) => `ALTER TABLE ${target} ALTER COLUMN ${column} DROP NOT NULL`,
};
