/**
 * One load into a table of the lake or of a DuckDB file, as a process of its own: `FOLDER WAREHOUSE ROWS FROM EVERY SCOPE`. Of ROWS rows
 * from the number FROM on every EVERY-th one is as it never was before; with `only-changed` the others are left out.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Scope } from '@tidemill/kit';
import { rowEncoder, type Texts } from '../orchestrator/run/silver/encode.ts';
import { openLocalBucket } from '../orchestrator/storage/local/driver.ts';
import type { StagedBatch, StagedRow } from '../orchestrator/warehouse/contract.ts';
import { openWarehouse } from '../orchestrator/warehouse/open.ts';
import { sampleRecord, TABLE } from './records.ts';

const [folder = '', location = '', rows = '0', from = '0', every = '0', scope = 'changes', which = 'all'] =
  process.argv.slice(2);
const BATCH = 1_000;

const packageId = randomUUID();

async function* batches(): AsyncGenerator<StagedBatch> {
  const encode = rowEncoder(TABLE.columns);
  let batch: StagedRow[] = [];
  for (let id = Number(from); id < Number(from) + Number(rows); id += 1) {
    const isChanged = every !== '0' && id % Number(every) === 0;
    if (which === 'only-changed' && !isChanged) continue;
    const record = { ...sampleRecord(id), ...(isChanged ? { name: packageId } : {}) };
    batch.push({
      values: encode(record) as Texts,
      bronzeObjectPath: `bronze/bench/rows/${packageId}/part-00001.ndjson.gz`,
      bronzeLine: id + 1,
      sourceUrl: 'https://example.org/activities',
    });
    if (batch.length < BATCH) continue;
    yield { rows: batch, rejected: 0 };
    batch = [];
  }
  yield { rows: batch, rejected: 0 };
}

const clock = {
  now: () => new Date(),
  sleep: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
};
const warehouse = await openWarehouse(location, {
  env: {},
  clock,
  random: Math.random,
  bucket: openLocalBucket(join(folder, 'bucket')),
});
const { packages } = await warehouse.apply({
  packages: [{ id: packageId, rows: batches() }],
  job: 'bench',
  table: TABLE,
  scope: scope as Scope,
  now: new Date(),
  unnamed: () => 'delete',
  beforeCommit: () => undefined,
});
await warehouse.close();
console.log(JSON.stringify(packages));
