/** Commits of a table without an engine: what they do to the bucket is the same, and a year of them takes seconds. */
import assert from 'node:assert/strict';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import type { Table } from '../../orchestrator/warehouse/contract.ts';
import { icebergTable } from '../../orchestrator/warehouse/lake/iceberg/table.ts';
import type { NewFile, TableVersion } from '../../orchestrator/warehouse/lake/table.ts';
import { provenance } from '../../orchestrator/warehouse/table.ts';
import { NONE, people } from './warehouse-samples.ts';

export const hourly: Table = { ...people, name: 'hourly' };

/** A small table: each commit writes its one file anew, which has a row more. Its text is the number of the commit. */
export async function commit(bucket: Bucket, number: number, now: Date): Promise<void> {
  const table = icebergTable(bucket, hourly);
  const base = await table.current();
  const { columns, description, key } = hourly;
  const next = table.next(base, { columns: [...columns, ...provenance], description, key }, now);
  const file = fileOf(`${table.folder}/data/p${number}-${uuidOf(number)}.parquet`, number);
  await bucket.write(file.key, Buffer.from(String(number)), { contentType: 'application/vnd.apache.parquet' });
  const loaded = [
    { id: `p${number}`, job: 'hourly', at: now.toISOString(), counts: { ...NONE, rows: 1, inserted: 1 } },
  ];
  const change = { added: [file], removed: await next.files(), deletes: [], loaded };
  assert.equal(await next.publish(change), 'published');
}

const uuidOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

function fileOf(key: string, rows: number): NewFile {
  const told = (text: string) =>
    new Map([
      ['min', text],
      ['max', text],
      ['null_count', '0'],
      ['num_values', String(rows)],
      ['column_size_bytes', '100'],
    ]);
  const texts = [...hourly.columns, ...provenance].map(({ name, type }) => {
    return [`"${name}"`, told(type === 'integer' || type === 'bigint' ? '1' : '2026-01-01 00:00:00')] as const;
  });
  return { key, filename: key, count: rows, file_size_bytes: String(rows).length, column_statistics: new Map(texts) };
}

/** The number of the commit, as each reader of this version finds it in its file. */
export async function readAt(bucket: Bucket, version: TableVersion): Promise<number> {
  const [file = assert.fail(), ...others] = await version.files();
  assert.equal(others.length, 0);
  const object = (await bucket.read(file.key)) ?? assert.fail(`${file.key} is gone`);
  const number = Number(Buffer.concat(await Array.fromAsync(object.body)).toString());
  assert.equal(file.rows, number);
  return number;
}
