/**
 * The least that a program must do that reads the shop, keeps its records in a file and has them in DuckDB: `URL FOLDER`, with what its
 * libraries do by themselves, or `URL FOLDER tuned`, with all that a leg knows of how they are cheaper. It asks for
 * page after page, parses them, writes the records a line each into a gzip file, and appends them to a table of the same types; it
 * neither checks nor compares anything, knows no key, and remembers nothing.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { ORDER_COLUMNS, type SampleOrder } from './orders.ts';

const [url = '', folder = '', how] = process.argv.slice(2);
const isTuned = how === 'tuned';

/** As DuckDB calls them. */
const types = { timestamptz: 'TIMESTAMPTZ', numeric: 'DECIMAL(38,9)', jsonb: 'JSON', text: 'VARCHAR' } as const;
const typeOf = (type: string): string => (types as Readonly<Record<string, string>>)[type] ?? type;
const columns = Object.entries(ORDER_COLUMNS);
/** Cast by DuckDB from their texts: that is cheaper than to make its values here. */
const isText = (type: string): boolean => type in types;

const instance = await DuckDBInstance.create(join(folder, 'bare.duckdb'), isTuned ? { threads: '1' } : {});
const connection = await instance.connect();
const staged = columns.map(([name, type]) => `"${name}" ${isText(type) ? 'VARCHAR' : type}`);
await connection.run(`CREATE TEMP TABLE staged (${staged.join(', ')})`);
await connection.run(`CREATE TABLE orders (${columns.map(([name, type]) => `"${name}" ${typeOf(type)}`).join(', ')})`);
const appender = await connection.createAppender('staged', 'main', 'temp');

function append(order: SampleOrder): void {
  for (const [name, type] of columns) {
    const value = order[name as keyof SampleOrder];
    if (value === null) appender.appendNull();
    else if (type === 'bigint') appender.appendBigInt(BigInt(value as number));
    else if (type === 'double') appender.appendDouble(value as number);
    else if (type === 'boolean') appender.appendBoolean(value as boolean);
    else appender.appendVarchar(typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  appender.endRow();
}

interface Page {
  readonly orders: SampleOrder[];
  readonly next_after: number | null;
}

const gzip = createGzip(isTuned ? { level: 3 } : {});
const file = createWriteStream(join(folder, 'orders.ndjson.gz'));
gzip.pipe(file);
for (let after: number | null = -1; after !== null; ) {
  const answer = await fetch(`${url}/orders?after=${after}&limit=1000`);
  const page = (await answer.json()) as Page;
  const text = `${page.orders.map((order) => JSON.stringify(order)).join('\n')}\n`;
  if (!gzip.write(text)) await once(gzip, 'drain');
  page.orders.forEach(append);
  after = page.next_after;
}
gzip.end();
await once(file, 'finish');
appender.closeSync();
// To cast a text to DECIMAL(38,9) takes DuckDB a hundred times as long as to one of 18 digits.
const cast = ([name, type]: readonly [string, string]): string =>
  type === 'numeric' && isTuned
    ? `COALESCE(TRY_CAST("${name}" AS DECIMAL(18,9)), CAST("${name}" AS DECIMAL(38,9)))`
    : `CAST("${name}" AS ${typeOf(type)})`;
await connection.run(`INSERT INTO orders SELECT ${columns.map(cast).join(', ')} FROM staged`);
const [[rows] = []] = (await connection.runAndReadAll('SELECT count(*) FROM orders')).getRows();
console.log(Number(rows));
connection.closeSync();
instance.closeSync();
