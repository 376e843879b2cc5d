/** What DuckDB reads in the same files, row by row: files that others wrote, through the whole of a run, and random ones. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { project } from '../../test/cli/project.ts';
import { JobOptions } from './options.ts';
import { recordsOf } from './parse.ts';

let folder = '';
let instance: DuckDBInstance;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemill-oracle-'));
  instance = await DuckDBInstance.create();
});
afterAll(async () => {
  instance.closeSync();
  await rm(folder, { recursive: true });
});

async function query(sql: string, of = instance): Promise<unknown[][]> {
  const connection = await of.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
  }
}

const SAMPLES = fileURLToPath(new URL('../../test/fixtures/files/', import.meta.url));
const ELECTRICITY = { year: 'date', source: 'text', net_generation: 'bigint' };
const EMPLOYMENT = { month: 'date', nonfarm: 'bigint', wholesale_trade: 'numeric', nonfarm_change: 'integer' };

it.each<[file: string, columns: Readonly<Record<string, string>>, key: readonly string[], oracle: string]>([
  ['iowa-electricity.csv', ELECTRICITY, ['year', 'source'], 'read_csv($)'],
  ['us-employment.csv', EMPLOYMENT, ['month'], 'read_csv($)'],
  ['unemployment.tsv', { id: 'integer', rate: 'double' }, ['id'], "read_csv($, delim='\\t')"],
  ['obesity.json', { id: 'integer', rate: 'double', state: 'text' }, ['id'], 'read_json($)'],
])('%s', async (file, columns, primary_key, oracle) => {
  const job = { service: 'shop', data_type: 'rows', options: { files: file }, columns, primary_key };
  const services = { shop: { package: '@tidemill/files', options: { url: 'in' } } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify({ services, jobs: { mine: job } }) });
  await mkdir(here.path('in'));
  await copyFile(join(SAMPLES, file), here.path('in', file));
  const run = await here.run(['run', 'mine', '--json']);
  expect(run.json().results).toMatchObject([{ result: 'done', totals: { rejected: 0 } }]);
  const loaded = await DuckDBInstance.create(here.path('.tidemill/local/warehouse.duckdb'));
  const names = Object.keys(columns);
  const typed = names.map((name) => `CAST(${name} AS VARCHAR) AS ${name}`).join(', ');
  const theirs = oracle.replace('$', `'${join(SAMPLES, file)}'`);
  const asLoaded = names.map(
    (name) =>
      `CAST(CAST(${name} AS ${columns[name] === 'numeric' ? 'DECIMAL(38,9)' : columns[name]}) AS VARCHAR) AS ${name}`,
  );
  try {
    const ours = await query(`SELECT ${typed} FROM shop.rows ORDER BY ALL`, loaded);
    expect(ours.length).toBeGreaterThan(40);
    expect(ours).toEqual(await query(`SELECT ${asLoaded.join(', ')} FROM ${theirs} ORDER BY ALL`));
  } finally {
    loaded.closeSync();
  }
});

async function ours(file: string, bytes: Buffer, options: object): Promise<Record<string, unknown>[]> {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 13) yield bytes.subarray(at, at + 13);
  };
  const records: Record<string, unknown>[] = [];
  const given = { name: file, contentType: '', bytes: pieces() };
  for await (const record of recordsOf(given, JobOptions.parse({ files: file, ...options })))
    records.push(record as Record<string, unknown>);
  return records;
}

const SEED = 20261130;
const DELIMITERS = [',', ';', '\t', '|'] as const;
const cell = fc.string({
  unit: fc.constantFrom('a', '1', ' ', ',', ';', '|', '\t', '"', '\n', 'é', '€', '日', "'", '.'),
  maxLength: 6,
});
const csvFile = fc
  .record({
    delimiter: fc.constantFrom(...DELIMITERS),
    lineBreak: fc.constantFrom('\n', '\r\n'),
    width: fc.integer({ min: 2, max: 4 }),
    isQuoted: fc.boolean(),
    endsWithBreak: fc.boolean(),
  })
  .chain((form) =>
    fc
      .array(fc.array(cell, { minLength: form.width, maxLength: form.width }), { minLength: 1, maxLength: 12 })
      .map((rows) => ({ ...form, rows })),
  );

it('random CSV', async () => {
  let many = 0;
  await fc.assert(
    fc.asyncProperty(csvFile, async ({ delimiter, lineBreak, width, isQuoted, endsWithBreak, rows }) => {
      many += 1;
      const written = (text: string): string =>
        isQuoted || [delimiter, '"', '\n', '\r'].some((sign) => text.includes(sign))
          ? `"${text.replaceAll('"', '""')}"`
          : text;
      const names = ['a', 'b', 'c', 'd'].slice(0, width);
      const lines = [names, ...rows].map((row) => row.map(written).join(delimiter));
      const text = lines.join(lineBreak) + (endsWithBreak ? lineBreak : '');
      const path = join(folder, 'random.csv');
      await writeFile(path, text);
      const read = `read_csv('${path}', delim='${delimiter}', quote='"', escape='"', header=true, all_varchar=true, auto_detect=false, columns={${names.map((name) => `${name}: 'VARCHAR'`).join(', ')}}, new_line='${lineBreak === '\n' ? '\\n' : '\\r\\n'}', parallel=false)`;
      const records = await ours('random.csv', Buffer.from(text), { delimiter });
      expect(records.map((record) => names.map((name) => record[name]))).toEqual(await query(`SELECT * FROM ${read}`));
    }),
    { seed: SEED, numRuns: 150 },
  );
  expect(many).toBeGreaterThanOrEqual(150);
});

const value = fc.jsonValue({ maxDepth: 3 }).filter((found) => !JSON.stringify(found).includes('e'));

it('random JSON, as an array and as lines', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ a: value, b: value }), { minLength: 1, maxLength: 8 }), async (rows) => {
      for (const [name, format, text] of [
        ['random.json', 'array', JSON.stringify(rows, null, 1)],
        ['random.ndjson', 'newline_delimited', rows.map((row) => JSON.stringify(row)).join('\n')],
      ] as const) {
        await writeFile(join(folder, name), text);
        const read = `read_json('${join(folder, name)}', format='${format}', columns={a: 'JSON', b: 'JSON'})`;
        const records = await ours(name, Buffer.from(text), {});
        const theirs = (await query(`SELECT * FROM ${read}`)).map((row) =>
          row.map((one) => (one === null ? null : JSON.parse(one as string))),
        );
        expect(records.map(({ a, b }) => JSON.parse(JSON.stringify([a, b])))).toEqual(theirs);
      }
    }),
    { seed: SEED, numRuns: 60 },
  );
});
