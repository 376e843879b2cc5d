/**
 * Tables as the API describes them. One request makes a table, or all that is new in it: BigQuery allows few changes of a table's
 * metadata in a moment (https://cloud.google.com/bigquery/quotas#standard_tables).
 */
import { type Column, takenColumnNames } from '@tidemill/kit';
import { z } from 'zod';
import type { Table, TableName } from '../contract.ts';
import { nameTaken, provenance, typeChanged } from '../table.ts';
import type { Client } from './client.ts';
import { types } from './dialect.ts';
import { overtaken } from './errors.ts';
import { type Dataset, labelOf } from './location.ts';
import { tableId } from './names.ts';

const Field = z.object({
  name: z.string(),
  type: z.string(),
  mode: z.string().default('NULLABLE'),
  description: z.string().optional(),
});

const Resource = z.object({
  etag: z.string(),
  description: z.string().default(''),
  numBytes: z.coerce.number().default(0),
  // A field of another's table may have more to it, which is sent back as it came.
  schema: z.object({ fields: z.array(z.looseObject(Field.shape)).default([]) }).default({ fields: [] }),
});
export type Resource = z.output<typeof Resource>;

/** A field of a schema as it is sent. */
type Sent = Readonly<Record<string, unknown>> & { readonly name: string };

const LIMITS = { column: 1024, table: 16_384 } as const;

/** The table as it is there; undefined when it is not. */
export async function findTable(client: Client, table: TableName): Promise<Resource | undefined> {
  const { status, content } = await client.ask({ method: 'GET', path: pathOf(client, table), accept: [404] });
  return status === 404 ? undefined : client.parse(Resource, content);
}

const folderOf = ({ dataset }: Client): string => `/datasets/${dataset.dataset}/tables`;

const pathOf = (client: Client, table: TableName): string =>
  `${folderOf(client)}/${encodeURIComponent(tableId(table))}`;

/** A column as it is sent. */
export const sent = ({ name, type, nullable, description }: Column): Sent => ({
  name,
  type: types[type],
  mode: nullable ? 'NULLABLE' : 'REQUIRED',
  ...(description === '' ? {} : { description: description.slice(0, LIMITS.column) }),
});

/**
 * What must be changed of a table that is there, undefined when nothing must. A column that is new comes in nullable, whatever it
 * is declared as, for no table can get another; one that is declared no more stays, nullable. Throws kind `config` when a
 * column's type changed, or an old one has a name that is the engine's own.
 */
export function changesOf(table: Table, { schema: { fields }, description }: Resource) {
  const columns = [...table.columns, ...provenance];
  const declared = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  const shadowed = fields.find(
    ({ name }) => !declared.has(name.toLowerCase()) && takenColumnNames.has(name.toLowerCase()),
  );
  if (shadowed !== undefined) throw nameTaken(table, shadowed.name);
  const kept = fields.map((field): Sent => {
    const column = declared.get(field.name.toLowerCase());
    if (column === undefined) return { ...field, mode: field.mode === 'REQUIRED' ? 'NULLABLE' : field.mode };
    const { name, type, nullable, description: text } = column;
    if (field.type !== types[type]) throw typeChanged(table, name, field.type, type);
    const mode = nullable ? 'NULLABLE' : field.mode;
    return { ...field, mode, description: text.slice(0, LIMITS.column) };
  });
  const there = new Set(fields.map(({ name }) => name.toLowerCase()));
  const added = columns.filter(({ name }) => !there.has(name.toLowerCase()));
  const isSame = kept.every(({ mode, description: text }, at) => {
    const { mode: was, description: said = '' } = fields[at] ?? {};
    return mode === was && (text ?? '') === said;
  });
  const told = table.description.slice(0, LIMITS.table);
  if (isSame && added.length === 0 && told === description) return undefined;
  return {
    description: told,
    schema: { fields: [...kept, ...added.map((column) => sent({ ...column, nullable: true }))] },
  };
}

/** Types that rows can be kept together by: https://cloud.google.com/bigquery/docs/clustered-tables#limitations */
const CLUSTERED: ReadonlySet<string> = new Set(['STRING', 'DATE', 'NUMERIC', 'BOOLEAN', 'INTEGER', 'TIMESTAMP']);
const MOST_CLUSTERED = 4;

/** What people look for first (`indexes`), then the key. */
function clusteringOf({ columns, indexes, key }: Table): string[] {
  const typeOf = new Map(columns.map(({ name, type }) => [name, types[type]]));
  const wanted = [...new Set([...indexes, ...key])].filter((name) => CLUSTERED.has(typeOf.get(name) ?? ''));
  return wanted.slice(0, MOST_CLUSTERED);
}

/** A new table as it is asked for. */
function newTable(dataset: Dataset, table: Table): Readonly<Record<string, unknown>> {
  const clustered = clusteringOf(table);
  return {
    description: table.description.slice(0, LIMITS.table),
    labels: { ...dataset.labels, tidemill_service: labelOf(table.schema), tidemill_data_type: labelOf(table.name) },
    schema: { fields: [...table.columns, ...provenance].map(sent) },
    ...(clustered.length === 0 ? {} : { clustering: { fields: clustered } }),
    ...(dataset.partition === undefined ? {} : { timePartitioning: { type: dataset.partition, field: 'ingested_at' } }),
  };
}

/** Makes the table, and says so, unless it is there. */
export async function makeTable(client: Client, table: TableName, resource: object): Promise<boolean> {
  const { dataset } = client;
  const tableReference = { projectId: dataset.project, datasetId: dataset.dataset, tableId: tableId(table) };
  const body = { tableReference, ...resource };
  const { status } = await client.ask({ method: 'POST', path: folderOf(client), body, accept: [409] });
  return status !== 409;
}

/** Somebody else may change it meanwhile: then it is looked at again. */
const MOST_LOOKS = 5;

/** Makes the table what is declared; `found` is what was seen of it. */
export async function settleTable(client: Client, table: Table, found: Resource | undefined): Promise<void> {
  let seen = found;
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    if (seen === undefined) {
      if (await makeTable(client, table, newTable(client.dataset, table))) return;
    } else {
      const body = changesOf(table, seen);
      if (body === undefined) return;
      const headers = { 'if-match': seen.etag };
      const path = pathOf(client, table);
      const { status } = await client.ask({ method: 'PATCH', path, body, headers, accept: [412] });
      if (status !== 412) return;
    }
    seen = await findTable(client, table);
  }
  throw overtaken(client.dataset);
}

/** Removes the table; nothing happens when there is none. */
export async function dropTable(client: Client, table: TableName): Promise<void> {
  await client.ask({ method: 'DELETE', path: pathOf(client, table), accept: [404] });
}
