/** Rows of a table as they lie there, and how new they are. */
import type { SilverRow, Table } from '../contract.ts';
import { duckDb } from '../engine/dialect.ts';
import { isKey, scanFrom } from '../engine/scan.ts';
import { provenance } from '../table.ts';
import type { Desk } from './desk.ts';
import { LiveRows, type OpenFile } from './live.ts';
import { columnOf } from './parquet/sql.ts';
import type { TableField, TableVersion } from './table.ts';

const numbered = async (version: TableVersion): Promise<OpenFile[]> =>
  (await version.files()).map((file, number) => ({ file, number }));

export async function* scan(
  desk: Desk,
  version: TableVersion,
  table: Table,
  key: readonly string[] | undefined,
): AsyncGenerator<readonly SilverRow[]> {
  const wanted = new Set([...table.columns, ...provenance].map(({ name }) => name.toLowerCase()));
  const fields = version.fields.filter(({ name }) => wanted.has(name.toLowerCase()));
  const live = await LiveRows.of(desk, version.fields);
  const all = await numbered(version);
  const files = key === undefined ? all : await holding(desk, { version, table, key, live, files: all });
  const rows = await live.sql(files, fields);
  if (rows === undefined) return;
  const names = new Set(fields.map(({ name }) => name.toLowerCase()));
  yield* scanFrom(desk.session, { from: named(rows, fields), names }, table, key);
}

/** Fields by the names of their columns. */
const named = (rows: string, fields: readonly TableField[]): string =>
  `(SELECT ${fields.map((field) => `${columnOf(field)} AS ${duckDb.identifier(field.name)}`).join(', ')} FROM ${rows})`;

interface Sought {
  readonly version: TableVersion;
  readonly table: Table;
  readonly key: readonly string[];
  readonly live: LiveRows;
  readonly files: readonly OpenFile[];
}

/** The files that have a row with the key: only the columns of the key are read for that. */
async function holding({ session }: Desk, { version, table, key, live, files }: Sought): Promise<OpenFile[]> {
  const names = table.key.map((name) => name.toLowerCase());
  const fields = version.fields.filter(({ name }) => names.includes(name.toLowerCase()));
  const first = fields.find(({ name }) => name.toLowerCase() === names[0]);
  const [text] = key;
  if (first === undefined || text === undefined || fields.length < names.length) return [];
  const within = files.filter(({ file }) => file.mayHold(first, text, text));
  const rows = await live.sql(within, fields);
  if (rows === undefined) return [];
  const keys = fields.map((field) => `${columnOf(field)} AS ${duckDb.identifier(field.name)}`).join(', ');
  const found = await session.rows(
    `SELECT DISTINCT file FROM (SELECT file, ${keys} FROM ${rows}) WHERE ${isKey(table, key)}`,
  );
  const numbers = new Set(found.map(([number]) => Number(number)));
  return within.filter(({ number }) => numbers.has(number));
}

/** The newest value of a column. Files without deletes tell theirs; only of others that may have a newer one the column is read. */
export async function newest(desk: Desk, version: TableVersion, column: string): Promise<Date | undefined> {
  const field = version.fields.find(({ name }) => name === column);
  if (field === undefined) return undefined;
  const files = (await numbered(version)).map((one) => ({ ...one, most: one.file.newest(field)?.getTime() }));
  const isTold = ({ file }: OpenFile): boolean => file.deletes.length === 0;
  const told = Math.max(...files.filter(isTold).map(({ most }) => most ?? -Infinity));
  const unsure = files.filter((one) => one.most === undefined || (!isTold(one) && one.most > told));
  const live = await LiveRows.of(desk, version.fields);
  const rows = await live.sql(unsure, [field]);
  const read = rows === undefined ? undefined : await greatest(desk, rows, field);
  const best = Math.max(told, read ?? -Infinity);
  return best === -Infinity ? undefined : new Date(best);
}

/** Milliseconds since 1970. */
async function greatest({ session }: Desk, rows: string, field: TableField): Promise<number | undefined> {
  const value = `epoch_ms(CAST(max(${columnOf(field)}) AS ${duckDb.types.timestamptz}))`;
  const [found] = await session.rows(`SELECT ${value} FROM ${rows}`);
  return typeof found?.[0] === 'bigint' ? Number(found[0]) : undefined;
}
