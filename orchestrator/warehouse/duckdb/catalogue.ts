/** What is in the file: its tables, how new their rows are, and whose packages were loaded. */
import type { ListedTable, TableName } from '../contract.ts';
import { CATALOG, duckDb } from '../engine/dialect.ts';
import type { FileSession } from '../engine/session.ts';
import { declarable, type ExistingTable, recordedJobs, recordedLast } from '../sql.ts';
import { OWN_SCHEMA } from '../table.ts';

export async function existingTable(
  session: FileSession,
  { schema, name }: TableName,
): Promise<ExistingTable | undefined> {
  const where = `database_name = '${CATALOG}' AND schema_name = ${duckDb.literal(schema)} AND table_name = ${duckDb.literal(name)}`;
  const [found] = await session.rows(`SELECT comment FROM duckdb_tables() WHERE ${where}`);
  if (found === undefined) return undefined;
  const columns = await session.rows(
    `SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns() WHERE ${where}`,
  );
  return {
    description: String(found[0] ?? ''),
    columns: columns.map(([column, type, nullable, comment]) => ({
      name: String(column),
      type: String(type),
      nullable: nullable === true,
      description: String(comment ?? ''),
    })),
  };
}

/** DuckDB knows how many rows a table has; what it takes of the file it does not say. */
export async function tables(session: FileSession): Promise<ListedTable[]> {
  const silver = `database_name = '${CATALOG}' AND schema_name <> ${duckDb.literal(OWN_SCHEMA)}`;
  const names = await session.rows(`SELECT schema_name, table_name FROM duckdb_tables() WHERE ${silver} ORDER BY ALL`);
  const listed: ListedTable[] = [];
  for (const [schema, name] of names.map((row) => row.map(String))) {
    const table = { schema: schema ?? '', name: name ?? '' };
    const [count] = await session.rows(`SELECT count(*) FROM ${duckDb.table(table.schema, table.name)}`);
    const { description = '', columns: found = [] } = (await existingTable(session, table)) ?? {};
    const columns = found.map((column) => ({ ...column, declarable: declarable(duckDb.types, column.type) }));
    listed.push({ ...table, description, columns, rows: Number(count?.[0]) });
  }
  return listed;
}

export async function newest(session: FileSession, table: TableName, column: string): Promise<Date | undefined> {
  const existing = await existingTable(session, table);
  if (existing?.columns.some(({ name }) => name === column) !== true) return undefined;
  const value = `epoch_ms(CAST(max(${duckDb.identifier(column)}) AS ${duckDb.types.timestamptz}))`;
  const [found] = await session.rows(`SELECT ${value} FROM ${duckDb.table(table.schema, table.name)}`);
  return typeof found?.[0] === 'bigint' ? new Date(Number(found[0])) : undefined;
}

export async function lastPackage(session: FileSession, job: string): Promise<string | undefined> {
  const [found] = await session.rows(recordedLast(duckDb, job));
  return found === undefined ? undefined : String(found[0]);
}

export async function loadedJobs(session: FileSession): Promise<ReadonlySet<string>> {
  return new Set((await session.rows(recordedJobs(duckDb))).map(([job]) => String(job)));
}
