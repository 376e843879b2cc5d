/** What is in the dataset: its tables, and how new their rows are. */
import { z } from 'zod';
import type { ListedTable, TableName } from '../contract.ts';
import { declarable } from '../sql.ts';
import { OWN_SCHEMA } from '../table.ts';
import type { Client } from './client.ts';
import { bigQuery, types } from './dialect.ts';
import { rowsOf } from './jobs.ts';
import { tableId, tableOfId } from './names.ts';
import { findTable } from './tables.ts';

const Listing = z.object({
  tables: z.array(z.object({ type: z.string(), tableReference: z.object({ tableId: z.string() }) })).default([]),
  nextPageToken: z.string().nullish(),
});

/** Ordered by service and data type. */
export async function tables(client: Client): Promise<ListedTable[]> {
  await client.location();
  const names = await silverIn(client);
  const counts = await countRows(client, names);
  const listed: ListedTable[] = [];
  for (const [at, name] of names.entries()) {
    const found = await findTable(client, name);
    if (found === undefined) continue;
    const { description, schema, numBytes } = found;
    const columns = schema.fields.map((field) => ({
      name: field.name,
      type: field.type,
      declarable: declarable(types, field.type),
      nullable: field.mode !== 'REQUIRED',
      description: field.description ?? '',
    }));
    listed.push({ ...name, description, columns, rows: counts[at] ?? 0, bytes: numBytes, queried: tableId(name) });
  }
  return listed;
}

async function silverIn(client: Client): Promise<TableName[]> {
  const found: TableName[] = [];
  let pageToken: string | undefined;
  do {
    const path = `/datasets/${client.dataset.dataset}/tables`;
    const query = { maxResults: '1000', ...(pageToken && { pageToken }) };
    const { content } = await client.ask({ method: 'GET', path, query });
    const page = client.parse(Listing, content);
    for (const { type, tableReference } of page.tables) {
      const name = type === 'TABLE' ? tableOfId(tableReference.tableId) : undefined;
      if (name !== undefined && name.schema !== OWN_SCHEMA) found.push(name);
    }
    pageToken = page.nextPageToken || undefined;
  } while (pageToken !== undefined);
  return found.sort((one, other) => (textOf(one) < textOf(other) ? -1 : 1));
}

const textOf = ({ schema, name }: TableName): string => `${schema}\0${name}`;

/** A count of all rows reads none: it is not billed. */
async function countRows(client: Client, names: readonly TableName[]): Promise<number[]> {
  if (names.length === 0) return [];
  const counts = names.map(({ schema, name }, at) => `SELECT ${at}, COUNT(*) FROM ${bigQuery.table(schema, name)}`);
  const rows = await rowsOf(client, counts.join(' UNION ALL '));
  const byPlace = new Map(rows.map(([at, count]) => [Number(at), Number(count)]));
  return names.map((_, at) => byPlace.get(at) ?? 0);
}

export async function newest(client: Client, table: TableName, column: string): Promise<Date | undefined> {
  await client.location();
  const found = await findTable(client, table);
  if (found?.schema.fields.some(({ name }) => name === column) !== true) return undefined;
  const value = `UNIX_MILLIS(CAST(MAX(${bigQuery.identifier(column)}) AS TIMESTAMP))`;
  const [row] = await rowsOf(client, `SELECT ${value} FROM ${bigQuery.table(table.schema, table.name)}`);
  const milliseconds = row?.[0] ?? null;
  return milliseconds === null ? undefined : new Date(Number(milliseconds));
}
