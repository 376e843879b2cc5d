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

/** Views are no tables, and have columns. */
const OTHERS = `('', '${OWN_SCHEMA}', 'INFORMATION_SCHEMA', 'SPANNER_SYS')`;
const OURS = `SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ${OTHERS} ORDER BY table_schema, table_name`;
const COLUMNS = `SELECT table_schema, table_name, column_name, spanner_type, is_nullable FROM information_schema.columns WHERE table_schema NOT IN ${OTHERS} ORDER BY ordinal_position`;

async function columnsOfAll(link: Link): Promise<Map<string, Listed[]>> {
  const { rows } = await allRows(link, { sql: OURS });
  const found = new Map(rows.map(([schema, table]): [string, Listed[]] => [`${schema}.${table}`, []]));
  for (const row of (await allRows(link, { sql: COLUMNS })).rows) {
    const [schema, table, name = '', type = '', nullable] = row.map(String);
    if (name === ROW) continue;
    const column = { name, type, declarable: declarable(types, type), nullable: nullable === 'YES' };
    found.get(`${schema}.${table}`)?.push(column);
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
