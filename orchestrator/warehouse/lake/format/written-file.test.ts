import { mkdtempDisposable, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { bound, compareBound } from './bounds.ts';
import { DELETE_PATH_ID, DELETE_POSITION_ID } from './data-file.ts';
import { currentSchema } from './metadata.ts';
import { newTable } from './schema.ts';
import { duckDbType } from './types.ts';
import { dataFileOf, deleteFields, deleteFileOf, WrittenFile } from './written-file.ts';

const column = (
  name: string,
  type: 'bigint' | 'text' | 'date' | 'numeric' | 'boolean' | 'integer' | 'double' | 'timestamptz' | 'jsonb',
) => ({ name, type, nullable: true, description: '' });

const columns = [
  column('id', 'bigint'),
  column('words', 'text'),
  column('day', 'date'),
  column('price', 'numeric'),
  column('is_open', 'boolean'),
  column('number', 'integer'),
  column('share', 'double'),
  column('at', 'timestamptz'),
  column('raw', 'jsonb'),
  column('never', 'text'),
  // A name may be anything.
  column('it is "so"', 'text'),
];
const { fields } = currentSchema(
  newTable({ description: '', columns, key: [] }, { uuid: 'u', location: 'gs://b/t', now: 0 }),
);

/** The extremes of every type, and what lies between. */
const ROWS: readonly (readonly (string | null)[])[] = [
  [
    '-9223372036854775808',
    '',
    '0001-01-01',
    '-99999999999999999999999999999.999999999',
    'false',
    '-2147483648',
    '-1.7976931348623157e+308',
    '0001-01-01T00:00:00Z',
    '{"a":1}',
    null,
    'x'.repeat(600),
  ],
  [
    '9223372036854775807',
    '😀'.repeat(60),
    '9999-12-31',
    '99999999999999999999999999999.999999999',
    'true',
    '2147483647',
    '1.7976931348623157e+308',
    '9999-12-31T23:59:59.999999Z',
    '[]',
    null,
    'x'.repeat(599),
  ],
  [
    '0',
    'a"b\n\u0001\\x00',
    '1969-12-31',
    '0.000000001',
    null,
    null,
    '5e-324',
    '1969-12-31T23:59:59.5Z',
    '""',
    null,
    'y',
  ],
];

const literal = (text: string | null) => (text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`);
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

interface Names {
  readonly id: number;
  readonly name: string;
}

async function written(select: string, ids: readonly Names[], path: string, more = '') {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  try {
    const of = ids.map(({ id, name }) => `${quoted(name)}: ${id}`).join(', ');
    const copy = `COPY (${select}) TO '${path}' (FORMAT parquet, COMPRESSION zstd, FIELD_IDS {${of}}, RETURN_STATS${more})`;
    const [row] = (await connection.runAndReadAll(copy)).getRowObjectsJson();
    return WrittenFile.parse(row);
  } finally {
    connection.closeSync();
  }
}

describe('a file that DuckDB has written', () => {
  it('is described by its counts, and by bounds that hold every value', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'lake-'));
    const path = join(folder.path, 'rows.parquet');
    const values = ROWS.map((row) => `(${row.map(literal).join(', ')})`).join(', ');
    const casts = fields.map(({ name, type }) => `CAST(${quoted(name)} AS ${duckDbType(type)}) AS ${quoted(name)}`);
    const select = `SELECT ${casts.join(', ')} FROM (VALUES ${values}) t(${fields.map(({ name }) => quoted(name)).join(', ')})`;
    const file = dataFileOf(await written(select, fields, path), 'gs://b/t/data/rows.parquet', fields);

    expect(file).toMatchObject({
      content: 'data',
      path: 'gs://b/t/data/rows.parquet',
      rows: 3,
      bytes: (await stat(path)).size,
      sortOrderId: 0,
    });
    for (const [index, { id, name, type }] of fields.entries()) {
      const held = ROWS.map((row) => row[index] ?? null);
      const there = held.filter((text) => text !== null);
      expect([name, file.valueCounts.get(id), file.nullCounts.get(id)]).toEqual([name, 3, 3 - there.length]);
      expect(file.columnSizes.get(id)).toBeGreaterThan(0);
      const [lower, upper] = [file.lowerBounds.get(id), file.upperBounds.get(id)];
      expect([name, lower === undefined, upper === undefined]).toEqual([name, there.length === 0, there.length === 0]);
      if (lower === undefined || upper === undefined) continue;
      const [toLower, toUpper] = [lower, upper].map((bytes) =>
        there.map((text) => compareBound(String(type), bytes, text) ?? NaN),
      );
      expect(Math.max(...(toLower ?? []))).toBeLessThanOrEqual(0);
      expect(Math.min(...(toUpper ?? []))).toBeGreaterThanOrEqual(0);
      // Of what is not cut they are values.
      if (type !== 'string') expect([toLower?.includes(0), toUpper?.includes(0)]).toEqual([true, true]);
    }
  });

  it('has the bounds of all its groups of rows', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'lake-'));
    // DuckDB 1.5.4 said 256 to 255, for it read their bytes from the wrong end: https://github.com/duckdb/duckdb/pull/23693
    const select = 'SELECT CASE WHEN i < 2048 THEN 255 ELSE 256 END::DECIMAL(38, 9) AS price FROM range(4096) t(i)';
    const price = [{ id: 1, name: 'price', type: 'decimal(38, 9)' }];
    const groups = ', ROW_GROUP_SIZE 2048';
    const file = dataFileOf(await written(select, price, join(folder.path, 'x.parquet'), groups), 'x', price);
    const bounds = [file.lowerBounds, file.upperBounds].map((each) => each.get(1)?.toString('hex'));
    expect(bounds).toEqual([
      bound('decimal(38, 9)', '255', 'lower')?.toString('hex'),
      bound('decimal(38, 9)', '256', 'upper')?.toString('hex'),
    ]);
  });

  it('has no bound of what is no number, and both zeros within them', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'lake-'));
    const select = `SELECT unnest(['nan'::DOUBLE, 1.5]) AS share, unnest([-0.0::DOUBLE, 0.0]) AS zero, 'nan'::DOUBLE AS none`;
    const doubles = ['share', 'zero', 'none'].map((name, index) => ({ id: index + 1, name, type: 'double' }));
    const file = dataFileOf(await written(select, doubles, join(folder.path, 'x.parquet')), 'x', doubles);
    const bounds = (id: number) => [file.lowerBounds, file.upperBounds].map((each) => each.get(id)?.readDoubleLE());
    expect([bounds(1), bounds(2), bounds(3)]).toEqual([
      [1.5, 1.5],
      [-0, 0],
      [undefined, undefined],
    ]);
  });

  it('of positions names its data file in full, and in its bounds', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'lake-'));
    const of = `gs://bucket/silver/service/type/data/${'long'.repeat(100)}.parquet`;
    const select = `SELECT ${literal(of)} AS file_path, unnest([3, 17])::BIGINT AS pos`;
    const file = deleteFileOf(await written(select, deleteFields, join(folder.path, 'x.parquet')), 'gs://x', of);
    expect(file).toMatchObject({
      content: 'position-deletes',
      path: 'gs://x',
      rows: 2,
      referencedDataFile: of,
      sortOrderId: undefined,
    });
    const bounds = [file.lowerBounds, file.upperBounds];
    expect(bounds.map((each) => each.get(DELETE_PATH_ID)?.toString())).toEqual([of, of]);
    expect(bounds.map((each) => each.get(DELETE_POSITION_ID)?.readBigInt64LE())).toEqual([3n, 17n]);
  });
});
