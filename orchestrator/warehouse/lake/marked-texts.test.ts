/** Texts that begin with U+FEFF, which DuckDB's client would drop: what it says of a file or of keys would be another text. */
import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { lakeBucket, lakeIn } from '../../../test/contracts/lake-bucket.ts';
import { ADA, column, load, merges, people, valuesIn } from '../../../test/contracts/warehouse-samples.ts';
import type { Table } from '../contract.ts';
import { FileSession } from '../engine/session.ts';
import { icebergTable } from './iceberg/table.ts';
import { chunksOf } from './parquet/read.ts';

it('a file that has such a text has bounds that hold it', async () => {
  const bucket = await lakeBucket();
  await using lake = lakeIn(bucket);
  await lake.apply(load('p1', people, [ADA, { id: '2', name: '\ufeffBob', town: '\ufeffBerlin' }]));
  const version = (await icebergTable(bucket, people).current()) ?? assert.fail();
  const [file = assert.fail()] = await version.files();
  const mayHold = (name: string, text: string): boolean =>
    file.mayHold(version.fields.find((field) => field.name === name) ?? assert.fail(), text, text);
  expect(['\ufeffBob', 'Ada', 'AAA', '\uffff'].map((text) => mayHold('name', text))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('is told of a group of rows as it is', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lake-'));
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const session = new FileSession('a test', connection);
  const path = join(folder.path, 'x.parquet');
  await session.run(
    `COPY (SELECT unnest([chr(65279) || 'a', chr(65279) || 'b']) AS id) TO '${path}' (FIELD_IDS {id: 1})`,
  );
  const [chunk] = await chunksOf(session, path);
  connection.closeSync();
  instance.closeSync();
  expect(chunk).toMatchObject({ field: 1, least: '\ufeffa', greatest: '\ufeffb' });
});

it('a row that has such a key is found among others', async () => {
  await using lake = lakeIn(await lakeBucket());
  const table: Table = { ...people, columns: [column('id', 'text'), column('name', 'text')], indexes: [] };
  const row = (id: string, name = 'first') => ({ id, name });
  await lake.apply(load('p1', table, [row('\u8000'), row('\ufeffx'), row('\ufffd')]));
  await merges(lake, load('p2', table, [row('\ufeffx', 'second')]), { rows: 1, updated: 1 });
  expect((await valuesIn(lake, table, 'name')).flat().sort()).toEqual(['first', 'first', 'second']);
  const rows = (await Array.fromAsync(lake.scan(table, ['\ufeffx']))).flat();
  expect(rows.map(({ values }) => values)).toEqual([['\ufeffx', 'second']]);
});
