/**
 * The way of rows into BigQuery: lines of JSON, loaded into a table of their own. They go through the environment's bucket where that
 * is one of Google's, and with the request itself elsewhere. Loads are free, and count against no table that people read.
 */
import { randomUUID } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Column } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { checksumOf } from '../checksum.ts';
import type { Load, StagedRow, Table, TableName } from '../contract.ts';
import { OWN_SCHEMA } from '../table.ts';
import { IS_DELETION, PACKAGE, POSITION } from './chains-sql.ts';
import type { Client } from './client.ts';
import { types } from './dialect.ts';
import { asLoadError } from './errors.ts';
import { freshId, runJob } from './jobs.ts';
import { tableId } from './names.ts';
import { dropTable, makeTable } from './tables.ts';

/** What was taken in of a package. */
export interface Taken {
  rows: number;
  /** Records that were rejected on the way. */
  rejected: number;
}

/** Where rows are handed on, and what is left of them is removed. */
export interface Staging {
  readonly table: TableName;
  /** In the order of the packages. */
  readonly taken: readonly Taken[];
  remove(): Promise<void>;
}

/** Left behind by a leg that died, the table goes by itself. */
const LIFE_MS = 24 * 60 * 60_000;

/** Bytes of lines in one object of the bucket: packed ones are read by one machine each. */
const OBJECT_BYTES = 256 * 1024 * 1024;

/** Bytes of lines in one request; they are held in memory until they are there. */
const REQUEST_BYTES = 16 * 1024 * 1024;

const ORIGIN = [
  ['checksum_sha256', 'STRING'],
  ['bronze_object_path', 'STRING'],
  ['bronze_line', 'INTEGER'],
  ['source_url', 'STRING'],
  [IS_DELETION, 'BOOLEAN'],
  [POSITION, 'INTEGER'],
  [PACKAGE, 'INTEGER'],
] as const;

/** Takes all rows of the load to a table that holds nothing else. An error among them passes through, and nothing is left. */
export async function stage(client: Client, bucket: Bucket, load: Load): Promise<Staging> {
  const id = randomUUID();
  const table = { schema: OWN_SCHEMA, name: `rows_${id.replaceAll('-', '_')}` };
  const objects: string[] = [];
  const remove = async (): Promise<void> => {
    for (const key of objects) await bucket.remove(key);
    await dropTable(client, table);
  };
  const taken = load.packages.map((): Taken => ({ rows: 0, rejected: 0 }));
  try {
    await makeTable(client, table, resourceFor(load.table, client.world.clock.now()));
    const lines = linesOf(load, taken);
    if (isOfGoogle(bucket)) {
      const folder = `silver/_staged/${load.job}/${id}`;
      await throughBucket({ client, bucket, load, table }, lines, folder, objects);
    } else await throughRequests({ client, load, table }, lines);
    return { table, taken, remove };
  } catch (error) {
    // What failed is worth more than what is left: the table goes by itself, and gc finds the objects.
    await remove().catch(() => undefined);
    throw error;
  }
}

/** BigQuery reads no other: https://cloud.google.com/bigquery/docs/batch-loading-data */
const isOfGoogle = ({ url }: Bucket): boolean => URL.canParse(url) && new URL(url).protocol === 'gs:';

const resourceFor = ({ columns }: Table, now: Date) => ({
  expirationTime: String(now.getTime() + LIFE_MS),
  schema: {
    fields: [
      ...columns.map(({ name, type }) => ({ name, type: types[type] })),
      ...ORIGIN.map(([name, type]) => ({ name, type })),
    ],
  },
});

/** Rows as lines, in portions; what they come to is added up. */
async function* linesOf({ table, packages }: Load, taken: readonly Taken[]): AsyncGenerator<Buffer> {
  const print = printerOf(table);
  let position = 0;
  for (const [number, { rows: batches }] of packages.entries()) {
    const tally = taken[number] as Taken;
    for await (const { rows, rejected } of batches) {
      tally.rejected += rejected;
      let text = '';
      for (const row of rows) {
        text += print(row, { [POSITION]: position, [PACKAGE]: number });
        position += 1;
      }
      tally.rows += rows.length;
      if (text !== '') yield Buffer.from(text);
    }
  }
}

function printerOf(table: Table): (row: StagedRow, place: object) => string {
  const checksum = checksumOf(table.columns);
  const printers = table.columns.map((column) => ({ name: JSON.stringify(column.name), print: printed(column) }));
  return ({ values, bronzeObjectPath, bronzeLine, sourceUrl, isDeletion }, place) => {
    const own = { bronze_object_path: bronzeObjectPath, bronze_line: bronzeLine, source_url: sourceUrl };
    const more = isDeletion === true ? { [IS_DELETION]: true } : { checksum_sha256: checksum(values) };
    let line = '{';
    for (const [at, { name, print }] of printers.entries()) {
      const value = values[at] ?? null;
      if (value !== null) line += `${name}:${print(value)},`;
    }
    return `${line}${JSON.stringify({ ...own, ...more, ...place }).slice(1)}\n`;
  };
}

/**
 * Numbers as texts keep all their digits; for booleans and doubles JSON's own form is the one that the documentation has:
 * https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-json#details_of_loading_json_data
 */
function printed({ type }: Column): (value: string) => string {
  if (type !== 'boolean' && type !== 'double') return JSON.stringify;
  return (value) => (/^(true|false|-?\d+(\.\d+)?(e[+-]?\d+)?)$/i.test(value) ? value : JSON.stringify(value));
}

interface Way {
  readonly client: Client;
  readonly load: Load;
  readonly table: TableName;
}

async function throughBucket(
  { bucket, ...way }: Way & { readonly bucket: Bucket },
  lines: AsyncGenerator<Buffer>,
  folder: string,
  objects: string[],
): Promise<void> {
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    const key = `${folder}/part-${String(objects.length + 1).padStart(5, '0')}.ndjson.gz`;
    // Before it is written: a part of it may be there when that fails.
    objects.push(key);
    await bucket.write(key, packed(next.value, lines), { contentType: 'application/gzip' });
  }
  if (objects.length === 0) return;
  await loadRows(way, { sourceUris: objects.map((key) => `${bucket.url}/${key}`) });
}

/** As many lines as an object holds, packed; an error among them comes out as it is. */
async function* packed(first: Buffer, lines: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let bytes = first.length;
  async function* some(): AsyncGenerator<Buffer> {
    yield first;
    while (bytes < OBJECT_BYTES) {
      const next = await lines.next();
      if (next.done === true) return;
      bytes += next.value.length;
      yield next.value;
    }
  }
  const gzip = createGzip({ level: 1 });
  // The error is the stream's, too, for whoever reads it.
  pipeline(Readable.from(some()), gzip, () => undefined);
  yield* gzip as AsyncIterable<Buffer>;
}

async function throughRequests(way: Way, lines: AsyncGenerator<Buffer>): Promise<void> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const portion of lines) {
    held.push(portion);
    bytes += portion.length;
    if (bytes < REQUEST_BYTES) continue;
    await loadRows(way, {}, Buffer.concat(held));
    held = [];
    bytes = 0;
  }
  if (bytes > 0) await loadRows(way, {}, Buffer.concat(held));
}

async function loadRows({ client, load, table }: Way, source: object, media?: Uint8Array): Promise<void> {
  const { project, dataset } = client.dataset;
  const work = {
    load: {
      ...source,
      destinationTable: { projectId: project, datasetId: dataset, tableId: tableId(table) },
      sourceFormat: 'NEWLINE_DELIMITED_JSON',
      writeDisposition: 'WRITE_APPEND',
      createDisposition: 'CREATE_NEVER',
    },
  };
  await runJob(client, { id: freshId(), work, job: load.job, explain: asLoadError, ...(media && { media }) });
}
