/** What is in the database: its tables, how new their rows are, and whose packages were loaded. */
import type { ListedTable, TableName } from '../contract.ts';
import type { Recorded } from '../packages.ts';
import { declarable, type ExistingTable, recordedCounts, recordedIn, recordedJobs, recordedLast } from '../sql.ts';
import { OWN_SCHEMA, provenance } from '../table.ts';
import { postgres } from './dialect.ts';
import { instantOf } from './printed.ts';
import type { Row, Session } from './session.ts';

export interface FoundIndex {
  /** Its columns, those alone that rows are found by; none of an expression. */
  readonly columns: readonly string[];
  readonly name: string;
  /** `primary` and `unique`: it keeps two rows from having the same values in all of its columns. */
  readonly keeps: 'primary' | 'unique' | 'nothing';
}

export interface FoundColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly description: string;
  /** What a row has in it that says nothing: nothing, a default, or what only the server may write. */
  readonly filled: 'null' | 'default' | 'by the server';
}

/** A relation of that name, whatever it is. */
export interface FoundTable extends ExistingTable {
  readonly isTable: boolean;
  readonly columns: readonly FoundColumn[];
  readonly indexes: readonly FoundIndex[];
}

const ofTable = ({ schema, name }: TableName): string =>
  `n.nspname = ${postgres.literal(schema)} AND c.relname = ${postgres.literal(name)}`;

const RELATION = 'FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace';
const COLUMN = `${RELATION} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;
const INDEX = `${RELATION} JOIN pg_catalog.pg_index x ON x.indrelid = c.oid AND x.indisvalid
  JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid`;
const INDEXED = `(SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(x.indkey) WITH ORDINALITY k (attnum, place)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum WHERE k.place <= x.indnkeyatts)`;

export async function foundTable(session: Session, table: TableName): Promise<FoundTable | undefined> {
  const [found] = await session.rows(
    `SELECT c.relkind IN ('r', 'p'), obj_description(c.oid, 'pg_class') ${RELATION} WHERE ${ofTable(table)}`,
  );
  if (found === undefined) return undefined;
  const indexes = await session.rows(
    `SELECT i.relname, x.indisprimary, x.indisunique AND x.indimmediate AND x.indpred IS NULL AND x.indexprs IS NULL,
       CASE WHEN x.indpred IS NULL AND x.indexprs IS NULL THEN ${INDEXED} END ${INDEX} WHERE ${ofTable(table)}`,
  );
  return {
    isTable: found[0] === 't',
    description: found[1] ?? '',
    columns: await columnsOf(session, table),
    indexes: indexes.map(foundIndex),
  };
}

function foundIndex([name, isPrimary, isUnique, columns]: Row): FoundIndex {
  const keeps = isPrimary === 't' ? 'primary' : isUnique === 't' ? 'unique' : 'nothing';
  return { name: name ?? '', keeps, columns: JSON.parse(columns ?? '[]') };
}

async function columnsOf(session: Session, table: TableName): Promise<FoundColumn[]> {
  const rows = await session.rows(
    `SELECT a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, col_description(a.attrelid, a.attnum),
       CASE WHEN a.attgenerated <> '' OR a.attidentity <> '' THEN 'by the server' WHEN a.atthasdef THEN 'default' ELSE 'null' END
     ${COLUMN} WHERE ${ofTable(table)} ORDER BY a.attnum`,
  );
  return rows.map(([name, type, nullable, description, filled]) => ({
    name: name ?? '',
    type: type ?? '',
    nullable: nullable === 't',
    description: description ?? '',
    filled: filled as FoundColumn['filled'],
  }));
}

/** A table is silver's if its rows say where they come from; people may keep others beside them. */
const SILVER = `c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname <> ${postgres.literal(OWN_SCHEMA)}
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
  AND (SELECT count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
       AND a.attname IN (${provenance.map(({ name }) => postgres.literal(name)).join(', ')})) = ${provenance.length}`;

export async function tables(session: Session): Promise<ListedTable[]> {
  const found = await session.rows(
    `SELECT n.nspname, c.relname, obj_description(c.oid, 'pg_class'), pg_total_relation_size(c.oid) ${RELATION}
     WHERE ${SILVER} ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`,
  );
  const listed: ListedTable[] = [];
  for (const [schema, name, description, bytes] of found) {
    const table = { schema: schema ?? '', name: name ?? '' };
    const rows = await countRows(session, table);
    const columns = (await columnsOf(session, table)).map(({ filled: _, ...column }) => ({
      ...column,
      declarable: declarable(postgres.types, column.type),
    }));
    listed.push({ ...table, description: description ?? '', columns, rows, bytes: Number(bytes) });
  }
  return listed;
}

export async function countRows(session: Session, { schema, name }: TableName): Promise<number> {
  const [count] = await session.rows(`SELECT count(*) FROM ${postgres.table(schema, name)}`);
  return Number(count?.[0]);
}

export async function newest(session: Session, table: TableName, column: string): Promise<Date | undefined> {
  const columns = await columnsOf(session, table);
  if (!columns.some(({ name }) => name === column)) return undefined;
  const value = `CAST(max(${postgres.identifier(column)}) AS ${postgres.types.timestamptz})`;
  const [found] = await session.rows(`SELECT ${value} FROM ${postgres.table(table.schema, table.name)}`);
  return typeof found?.[0] === 'string' ? new Date(instantOf(found[0])) : undefined;
}

/** Whether anything was ever recorded here: the table for it is made by the first load, or check. */
export async function isRecorded(session: Session): Promise<boolean> {
  const [found] = await session.rows(
    `SELECT 1 ${RELATION} WHERE ${ofTable({ schema: OWN_SCHEMA, name: 'ingestion_state' })}`,
  );
  return found !== undefined;
}

/** Those of the packages that are loaded. */
export const recordedOf = async (session: Session, ids: readonly string[]): Promise<Recorded> =>
  recordedIn(await session.rows(recordedCounts(postgres, ids)));

export async function lastPackage(session: Session, job: string): Promise<string | undefined> {
  if (!(await isRecorded(session))) return undefined;
  const [found] = await session.rows(recordedLast(postgres, job, 'COLLATE "C"'));
  return found?.[0] ?? undefined;
}

export async function loadedJobs(session: Session): Promise<ReadonlySet<string>> {
  if (!(await isRecorded(session))) return new Set();
  return new Set((await session.rows(recordedJobs(postgres))).map(([job]) => job ?? ''));
}
