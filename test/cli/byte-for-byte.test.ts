/** What a program prints lies in bronze byte for byte; numbers reach the warehouse as they were written. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { query, WAREHOUSE } from './dated.ts';
import { configOf, type Project, project } from './project.ts';

const LATIN1 = Buffer.from('{"id":3,"note":"café"}', 'latin1');

/** Lines that a parser would print another way, or not at all. */
const ODD: readonly (string | Buffer)[] = [
  '{"id":1,"price":123456789.12,"ratio":0.123456789012345678901,"all":[0.123456789012345678901,1.0,1e3,1e400]}',
  '{ "id" : 2.0, "id":2,\t"price":1e3, "ratio":1e3, "all":{"b":"\\u00e9\\/","a":12345678901234567890} }\r',
  LATIN1,
  '{"id":4,"price":0.1234567891}',
  '{"id":5,"ratio":1e400}',
  '{"id":6,"price":12345678901234567890.123456789}',
];

const bytesOf = (line: string | Buffer): Buffer => (typeof line === 'string' ? Buffer.from(line) : line);

function printing(lines: readonly (string | Buffer)[]): string[] {
  const all = Buffer.concat(lines.flatMap((line) => [bytesOf(line), Buffer.from('\n')]));
  return [process.execPath, '--eval', `process.stdout.write(Buffer.from('${all.toString('base64')}', 'base64'))`];
}

/** The bytes of the objects below the folder of a bucket whose name ends so. */
function stored(here: Project, folder: string, end: string): Buffer {
  const root = here.path('.tidemill/local/bucket', folder);
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(end));
  return Buffer.concat(names.map((name) => gunzipSync(readFileSync(`${root}/${name}`))));
}

const rowsOf = (here: Project) =>
  query(here, 'SELECT id, price, ratio, "all", bronze_line FROM example.odd ORDER BY id');

it('what a program prints is kept as it is, loaded exactly or rejected, and loaded again', async () => {
  const columns = { id: 'bigint', price: 'numeric', ratio: 'double', all: 'jsonb' };
  const job = { columns, primary_key: ['id'], command: printing(ODD), max_reject_ratio: 0.9 };
  const here = await project({ 'ingestion-config.yaml': configOf({ odd: job }) });
  const { results } = (await here.run(['run', 'odd', '--json'])).json();
  expect(results[0]).toMatchObject({ result: 'done', totals: { records: 6, rejected: 3, inserted: 3 } });
  expect(results[0].rejects.toSorted()).toEqual([
    'not-utf8 (1×)',
    'price: expected numeric(38,9) (1×)',
    'ratio: expected double (1×)',
  ]);

  const expected = Buffer.concat(ODD.flatMap((line) => [bytesOf(line), Buffer.from('\n')]));
  expect(stored(here, 'bronze', '.ndjson.gz').equals(expected)).toBe(true);

  const rejects = stored(here, 'quarantine', '.ndjson.gz').toString().trimEnd().split('\n');
  expect(rejects.map((reject) => JSON.parse(reject))).toMatchObject([
    { code: 'not-utf8', bronze_line: 3, record_base64: LATIN1.toString('base64') },
    { code: 'row-schema', bronze_line: 4, record_text: ODD[3] },
    { code: 'row-schema', bronze_line: 5, record_text: ODD[4] },
  ]);

  const rows = [
    ['1', '123456789.120000000', '0.12345678901234568', '[0.123456789012345678901,1,1000,1e400]', '1'],
    ['2', '1000.000000000', '1000', '{"a":12345678901234567890,"b":"é/"}', '2'],
    ['6', '12345678901234567890.123456789', '', '', '6'],
  ];
  expect(await rowsOf(here)).toEqual(rows);
  rmSync(here.path(WAREHOUSE));
  expect((await here.run(['replay', 'odd'])).exit).toBe(0);
  expect(await rowsOf(here)).toEqual(rows);
});

it('a record that is nested without end is rejected, and the others are loaded', async () => {
  const bomb = `{"id":1,"all":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
  const columns = { id: 'bigint', all: 'jsonb' };
  const job = { columns, primary_key: ['id'], command: printing([bomb, '{"id":2}']), max_reject_ratio: 0.9 };
  const here = await project({ 'ingestion-config.yaml': configOf({ odd: job }) });
  const { results } = (await here.run(['run', 'odd', '--json'])).json();
  expect(results[0]).toMatchObject({
    result: 'done',
    totals: { rejected: 1, inserted: 1 },
    rejects: ['all: expected jsonb at most 500 deep (1×)'],
  });
});
