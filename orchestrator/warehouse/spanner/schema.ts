/**
 * Tables as the database has them, and how they are changed: by its administration, in statements that do nothing where they are done.
 * A change takes seconds, and is an operation that is waited for: https://cloud.google.com/spanner/docs/schema-updates
 */
import { randomUUID } from 'node:crypto';
import { type Column, type SqlType, TidemillError, takenColumnNames } from '@tidemill/kit';
import { retryDelay } from '@tidemill/kit/retry';
import { z } from 'zod';
import type { Table, TableName } from '../contract.ts';
import { nameTaken, provenance, typeChanged } from '../table.ts';
import type { Client } from './client.ts';
import { ROW, spanner, types } from './dialect.ts';
import { asSchemaError, refusalIn } from './errors.ts';
import { spannerName } from './names.ts';
import { allRows, type Link } from './read.ts';

export interface FoundColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

export interface Found {
  readonly columns: readonly FoundColumn[];
  /** Of each index of it, whoever made it: in how many columns an entry of it is. */
  readonly indexes: readonly number[];
}

/** The table as it is there; undefined when it is not. */
export async function findTable(link: Link, { schema, name }: TableName): Promise<Found | undefined> {
  const texts = { schema: spannerName(schema), name: spannerName(name) };
  const isIt = 'LOWER(table_schema) = LOWER(@schema) AND LOWER(table_name) = LOWER(@name)';
  const columns = `SELECT column_name, spanner_type, is_nullable FROM information_schema.columns WHERE ${isIt} ORDER BY ordinal_position`;
  const { rows } = await allRows(link, { sql: columns, texts });
  if (rows.length === 0) return undefined;
  // The primary key is one, too; the columns of it are part of each entry of the others.
  const entries = `SELECT index_name, COUNT(*) FROM information_schema.index_columns WHERE ${isIt} AND index_type != 'PRIMARY_KEY' GROUP BY index_name`;
  const indexes = await allRows(link, { sql: entries, texts });
  return {
    columns: rows.map(([column, type, nullable]) => ({
      name: String(column),
      type: String(type),
      nullable: nullable === 'YES',
    })),
    indexes: indexes.rows.map(([, count]) => Number(count) + 1),
  };
}

/** The table and what it lacks, as statements; none when it is what is declared. Throws kind `config` as `schemaChanges` does. */
export function changesOf(table: Table, found: Found | undefined): string[] {
  const full = spanner.table(table.schema, table.name);
  const columns = [...table.columns, ...provenance];
  if (found === undefined) {
    const lines = [{ name: ROW, type: ROW_TYPE, nullable: false }, ...columns.map(typed)].map(lineOf);
    return [
      createSchema(table.schema),
      `CREATE TABLE IF NOT EXISTS ${full} (${lines.join(', ')}) PRIMARY KEY (${ROW})`,
    ];
  }
  const there = new Map(found.columns.map((column) => [column.name.toLowerCase(), column]));
  if (there.get(ROW)?.type !== ROW_TYPE) throw notOurs(table);
  const declared = new Set([ROW, ...columns.map(({ name }) => name.toLowerCase())]);
  const shadowed = found.columns.find(
    ({ name }) => !declared.has(name.toLowerCase()) && takenColumnNames.has(name.toLowerCase()),
  );
  if (shadowed !== undefined) throw nameTaken(table, shadowed.name);
  const changes = columns.flatMap((column) => changeOf(table, column, there.get(column.name.toLowerCase())));
  const gone = found.columns.filter(({ name, nullable }) => !nullable && !declared.has(name.toLowerCase()));
  return [
    ...changes,
    ...gone.map(({ name, type }) => alter(table, `ALTER COLUMN ${lineOf({ name, type, nullable: true })}`)),
  ];
}

/** A column that is new comes in nullable, whatever it is declared as, for rows that are there have no value for it. */
function changeOf(table: Table, column: Column, now: FoundColumn | undefined): string[] {
  const nullable = { ...typed(column), nullable: true };
  if (now === undefined) return [alter(table, `ADD COLUMN IF NOT EXISTS ${lineOf(nullable)}`)];
  if (now.type !== nullable.type) throw typeChanged(table, column.name, now.type, column.type);
  return !now.nullable && column.nullable ? [alter(table, `ALTER COLUMN ${lineOf(nullable)}`)] : [];
}

/** Digits of a hexadecimal number: `identity.ts`. */
const ROW_TYPE = 'STRING(32)';

const typed = ({ name, type, nullable }: { name: string; type: SqlType; nullable: boolean }): FoundColumn => ({
  ...{ name, nullable },
  type: types[type],
});

const lineOf = ({ name, type, nullable }: FoundColumn): string =>
  `${spanner.identifier(name)} ${type}${nullable ? '' : ' NOT NULL'}`;

const alter = ({ schema, name }: TableName, what: string): string =>
  `ALTER TABLE ${spanner.table(schema, name)} ${what}`;

export const createSchema = (schema: string): string =>
  `CREATE SCHEMA IF NOT EXISTS ${spanner.identifier(spannerName(schema))}`;

/** Nobody else can say what a row of it is known by. */
const notOurs = ({ schema, name }: TableName): TidemillError =>
  new TidemillError('config', 'spanner-table-foreign', `Table ${schema}.${name} was not made by Tidemill`, {
    hint: 'Rename it in the warehouse (ALTER TABLE … RENAME TO …), or give the job another data_type; then run it again.',
  });

const Operation = z.object({ name: z.string(), done: z.boolean().default(false), error: z.unknown().optional() });

const POLLS = { baseMs: 200, capMs: 5_000 };
/** Of polls: more than half an hour. */
const MOST_POLLS = 400;

/** Changes the schema, and waits until it is changed. Statements may be sent twice: they say what is to be there. */
export async function changeSchema(client: Client, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  const path = `${client.place.name}/ddl`;
  // Of a change whose answer was lost: the same one is found again.
  const operationId = `tidemill_${randomUUID().replaceAll('-', '_')}`;
  const body = { statements, operationId };
  const { status, content } = await client.ask({ method: 'PATCH', path, body, accept: [409], explain: asSchemaError });
  const name =
    status === 409 ? `${client.place.name}/operations/${operationId}` : client.parse(Operation, content).name;
  let operation = status === 409 ? { name, done: false } : client.parse(Operation, content);
  for (let poll = 1; !operation.done; poll += 1) {
    if (poll > MOST_POLLS) throw slow(client, name);
    await client.world.clock.sleep(retryDelay(poll, { ...POLLS, random: () => 1 }), client.world.signal);
    operation = client.parse(Operation, (await client.ask({ method: 'GET', path: name })).content);
  }
  const { error } = operation as z.output<typeof Operation>;
  if (error !== undefined) throw asSchemaError(client.place, refusalIn(undefined, { error }));
}

const slow = ({ place }: Client, name: string): TidemillError =>
  new TidemillError(
    'transient',
    'spanner-schema-slow',
    `A change of the schema of ${place.url} has not ended in time`,
    {
      hint: `It goes on, and the next run finds what it has done: \`gcloud spanner operations describe ${name.split('/').at(-1)} --database=${place.database} --instance=${place.instance} --project=${place.project}\`.`,
    },
  );
