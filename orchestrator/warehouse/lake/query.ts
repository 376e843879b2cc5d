/** Questions of people: views over the newest versions of the tables that a statement may name, and only the columns it needs. */
import type { AnsweredRow } from '../contract.ts';
import { CATALOG, duckDb } from '../engine/dialect.ts';
import { readOnly } from '../engine/query.ts';
import { ownIdentifier } from '../sql.ts';
import { OWN_SCHEMA } from '../table.ts';
import type { Catalogue, FoundTable } from './catalogue.ts';
import type { Desk } from './desk.ts';
import { LiveRows, type OpenFile } from './live.ts';
import type { TableField } from './table.ts';

/** A table as a view. */
interface View {
  readonly found: FoundTable;
  readonly index: number;
  readonly live: LiveRows;
  readonly files: readonly OpenFile[];
}

let questions = 0;

/** As `readOnly` answers: the names of the columns, then the rows, in portions. */
export async function* ask(desk: Desk, catalogue: Catalogue, sql: string): AsyncGenerator<readonly AnsweredRow[]> {
  const { session } = desk;
  questions += 1;
  // Of its own, so that questions that are asked at once do not see each other's views.
  const database = duckDb.identifier(`_lake_${questions}`);
  await session.run(`ATTACH ':memory:' AS ${database}`);
  try {
    await session.run(`USE ${database}; CREATE SCHEMA ${OWN_SCHEMA}`);
    const views = await viewsFor(desk, catalogue, sql);
    await fetchColumns(views, await columnsOf(desk, sql));
    yield* readOnly(session, sql);
  } finally {
    // The transaction of the question has it open, if it got so far. Nothing is left to be lost.
    const leave = ['ROLLBACK', `USE ${duckDb.identifier(CATALOG)}`, `DETACH ${database}`];
    for (const statement of leave) await session.run(statement).catch(() => undefined);
  }
}

/** A statement that asks for tables without naming them. */
const LOOKS_AROUND = /information_schema|duckdb_|sqlite_master|pg_catalog|\bshow\b/;

async function viewsFor(desk: Desk, catalogue: Catalogue, sql: string): Promise<View[]> {
  const text = sql.toLowerCase().replaceAll('""', '"');
  const found = await catalogue.find(({ schema, name }) => {
    const isNamed = [schema, name].every((word) => text.includes(word.toLowerCase()));
    return isNamed || LOOKS_AROUND.test(text);
  });
  const views: View[] = [];
  for (const [index, one] of found.entries()) views.push(await viewOf(desk, one, index));
  if (text.includes(STATE)) await desk.session.run(await stateTable(catalogue));
  return views;
}

async function fetchColumns(views: readonly View[], columns: ReadonlySet<string> | 'all'): Promise<void> {
  for (const { found, index, live, files } of views) {
    const { fields } = found.version;
    await live.sql(files, columns === 'all' ? fields : fields.filter((field) => columns.has(wordOf(index, field))));
  }
}

/** The name of a field in the plan of a statement. */
const wordOf = (index: number, { id }: Pick<TableField, 'id'>): string => `~table_${index}_field_${id}`;

async function viewOf(desk: Desk, found: FoundTable, index: number): Promise<View> {
  const { table, version } = found;
  const { fields } = version;
  const files = (await version.files()).map((file, number) => ({ file, number }));
  const live = await LiveRows.of(desk, fields, `${OWN_SCHEMA}.dead_${index}`);
  const nameOf = (field: TableField) => ownIdentifier(duckDb, wordOf(index, field).slice(1));
  const rows = await live.sql(files, [], { nameOf });
  const columns = fields.map((field) => {
    const value = rows === undefined ? 'NULL' : nameOf(field);
    const type = field.declared === 'jsonb' ? duckDb.types.jsonb : field.type;
    return `CAST(${value} AS ${type}) AS ${duckDb.identifier(field.name)}`;
  });
  const schema = duckDb.identifier(table.name.schema);
  await desk.session.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await desk.session.run(
    `CREATE VIEW ${schema}.${duckDb.identifier(table.name.name)} AS SELECT ${columns.join(', ')} FROM ${rows ?? '(SELECT 1) none WHERE false'}`,
  );
  return { found, index, live, files };
}

/** The columns that the plan of the statement reads, or by which it leaves rows out. */
async function columnsOf({ session }: Desk, sql: string): Promise<ReadonlySet<string> | 'all'> {
  // What is wrong with it is told when it is asked: nothing need be fetched for that.
  if (!(await isSound(session, sql))) return new Set();
  try {
    const [plan] = await session.rows(`EXPLAIN (FORMAT json) ${sql}`);
    return new Set(String(plan?.[1]).match(/~table_\d+_field_\d+/g));
  } catch {
    // Not all statements have a plan of their own.
    return 'all';
  }
}

async function isSound({ connection }: Desk['session'], sql: string): Promise<boolean> {
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) return false;
    (await statements.prepare(0)).destroySync();
    return true;
  } catch {
    return false;
  }
}

const STATE = 'ingestion_state';

/** What the tables remember of loaded packages, in one. */
async function stateTable(catalogue: Catalogue): Promise<string> {
  const rows = (await catalogue.find()).flatMap(({ table: { name }, version }) =>
    version.packages.map(({ id, job, at, counts }) => {
      const [loaded, told] = [duckDb.literal(at), duckDb.literal(JSON.stringify(counts))];
      const names = [id, job, `${name.schema}.${name.name}`].map(duckDb.literal).join(', ');
      return `(${names}, ${duckDb.cast(loaded, 'timestamptz')}, ${duckDb.cast(told, 'jsonb')})`;
    }),
  );
  const { text, timestamptz, jsonb } = duckDb.types;
  const state = `${OWN_SCHEMA}.${STATE}`;
  const columns = `package_id ${text}, job ${text}, table_name ${text}, loaded_at ${timestamptz}, counts ${jsonb}`;
  const insert = rows.length === 0 ? '' : `INSERT INTO ${state} VALUES ${rows.join(', ')};`;
  return `CREATE TABLE ${state} (${columns}); ${insert}`;
}
