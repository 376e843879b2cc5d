/** The silver merge into DuckDB, against a bare bulk insert of the same rows. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { rowEncoder, type Texts } from '../orchestrator/run/silver/encode.ts';
import type { StagedBatch, StagedRow } from '../orchestrator/warehouse/contract.ts';
import { openDuckDb } from '../orchestrator/warehouse/duckdb/driver.ts';
import { median, type Row, timed, times } from './measure.ts';
import { COLUMNS, sampleRecord, TABLE } from './records.ts';

const ROWS = 300_000;
const BATCH = 1_000;

function* batches(): Generator<StagedRow[]> {
  const encode = rowEncoder(TABLE.columns);
  for (let from = 0; from < ROWS; from += BATCH) {
    yield Array.from({ length: BATCH }, (_, index) => ({
      values: encode({ ...sampleRecord(from + index) }) as Texts,
      bronzeObjectPath: 'bronze/bench/rows/part-00001.ndjson.gz',
      bronzeLine: from + index + 1,
      sourceUrl: 'https://example.org/activities',
    }));
  }
}

/** The least that any way to silver must do: typed rows with their provenance, appended to a table without a key. */
async function bareInsert(folder: string): Promise<void> {
  const instance = await DuckDBInstance.create(join(folder, 'bare.duckdb'));
  const connection = await instance.connect();
  const typed = Object.entries(COLUMNS).map(([name, type]) => `"${name}" ${type}`);
  const all = [...typed, 'bronze_object_path text', 'bronze_line bigint', 'source_url text'];
  await connection.run(`CREATE TABLE staged (${all.map((column) => column.replace(/ \w+$/, ' text')).join(', ')})`);
  await connection.run(`CREATE TABLE rows (${all.join(', ')})`);
  const appender = await connection.createAppender('staged');
  for (const batch of batches()) {
    for (const { values, bronzeObjectPath, bronzeLine, sourceUrl } of batch) {
      for (const value of [...values, bronzeObjectPath, String(bronzeLine), sourceUrl]) {
        if (value === null) appender.appendNull();
        else appender.appendVarchar(value);
      }
      appender.endRow();
    }
  }
  appender.closeSync();
  await connection.run('INSERT INTO rows SELECT * FROM staged');
  connection.closeSync();
  instance.closeSync();
}

async function merge(folder: string): Promise<void> {
  const clock = { now: () => new Date(), sleep: async () => undefined };
  const warehouse = await openDuckDb({ file: join(folder, 'merged.duckdb'), clock });
  async function* rows(): AsyncIterable<StagedBatch> {
    for (const batch of batches()) yield { rows: batch, rejected: 0 };
  }
  await warehouse.apply({
    job: 'bench',
    table: TABLE,
    scope: 'changes',
    packages: [{ id: 'bench', rows: rows() }],
    now: new Date(),
    unnamed: () => 'delete',
    beforeCommit: () => undefined,
  });
  await warehouse.close();
}

export async function mergeRow(): Promise<Row> {
  const measure = (action: (folder: string) => Promise<void>) =>
    median(3, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
      const taken = await timed(() => action(folder));
      await rm(folder, { recursive: true });
      return taken;
    });
  const limit = await measure(bareInsert);
  const ours = await measure(merge);
  const rate = (milliseconds: number): string => `${Math.round(ROWS / milliseconds)}k rows/s`;
  const ratio = limit / ours;
  return {
    what: 'silver merge into DuckDB',
    measured: rate(ours),
    limit: `${rate(limit)} bulk insert`,
    ratio: times(ratio),
    budget: '≥ 0.5 ×',
    isMet: ratio >= 0.5,
  };
}
