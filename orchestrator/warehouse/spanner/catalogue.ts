/** What is in the database: its tables, and how new their rows are. */

import { z } from 'zod';
import type { ListedTable, TableName } from '../contract.ts';
import { declarable } from '../sql.ts';
import { OWN_SCHEMA } from '../table.ts';
import { ROW, spanner, types } from './dialect.ts';
import { nameOf } from './names.ts';
import { allRows, type Link } from './read.ts';
import { hasRecord, TABLES } from './record.ts';
import { findTable } from './schema.ts';

const Described = z.object({ description: z.string(), columns: z.record(z.string(), z.string()) });

/** Ordered by service and data type. Tables without a schema are none of a service. */
export async function tables(link: Link): Promise<ListedTable[]> {
  const listed = await columnsOfAll(link);
  const described = await descriptions(link);
  const counts = await countRows(link, [...listed.keys()]);
  return [...listed].map(([called, columns], at): ListedTable => {
    const [schema = '', name = ''] = called.split('.').map(nameOf);
    const said = described.get(`${schema}.${name}`);
    return {
      ...{ schema, name, rows: counts[at] ?? 0 },
      description: said?.description ?? '',
      columns: columns.map((column) => ({ ...column, description: said?.columns[column.name] ?? '' })),
      ...(called === `${schema}.${name}` ? {} : { queried: called }),
    };
  });
}

type Listed = Omit<ListedTable['columns'][number], 'description'>;

async function columnsOfAll(link: Link): Promise<Map<string, Listed[]>> {
  const sql = `SELECT t.table_schema, t.table_name, c.column_name, c.spanner_type, c.is_nullable
    FROM information_schema.tables t JOIN information_schema.columns c USING (table_catalog, table_schema, table_name)
    WHERE t.table_type = 'BASE TABLE' AND t.table_schema NOT IN ('', '${OWN_SCHEMA}', 'INFORMATION_SCHEMA', 'SPANNER_SYS')
    ORDER BY t.table_schema, t.table_name, c.ordinal_position`;
  const found = new Map<string, Listed[]>();
  for (const [schema, table, column, type, nullable] of (await allRows(link, { sql })).rows.map((row) =>
    row.map(String),
  )) {
    const called = `${schema}.${table}`;
    const columns = found.get(called) ?? [];
    found.set(called, columns);
    if (column === undefined || type === undefined || column === ROW) continue;
    columns.push({ name: column, type, declarable: declarable(types, type), nullable: nullable === 'YES' });
  }
  return found;
}

async function descriptions(link: Link): Promise<Map<string, z.output<typeof Described>>> {
  if (!(await hasRecord(link))) return new Map();
  const { rows } = await allRows(link, {
    sql: `SELECT table_name, described FROM ${TABLES} WHERE described IS NOT NULL`,
  });
  return new Map(
    rows.flatMap(([name, described]) => {
      const read = Described.safeParse(JSON.parse(String(described))).data;
      return read === undefined ? [] : [[String(name), read] as const];
    }),
  );
}

async function countRows(link: Link, called: readonly string[]): Promise<number[]> {
  const counts: number[] = [];
  for (const one of called) {
    const name = one.split('.').map(spanner.identifier).join('.');
    const { rows } = await allRows(link, { sql: `SELECT COUNT(*) FROM ${name}` });
    counts.push(Number(rows[0]?.[0]));
  }
  return counts;
}

export async function newest(link: Link, table: TableName, column: string): Promise<Date | undefined> {
  const found = await findTable(link, table);
  if (found?.columns.some(({ name }) => name === column) !== true) return undefined;
  const sql = `SELECT MAX(${spanner.identifier(column)}) FROM ${spanner.table(table.schema, table.name)}`;
  const value = (await allRows(link, { sql })).rows[0]?.[0] ?? null;
  // To the millisecond, as it is: a day begins in UTC.
  return value === null ? undefined : new Date(String(value));
}
