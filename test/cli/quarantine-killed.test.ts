import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { jobColumnsOf } from '../../orchestrator/config/columns.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { memoryWarehouse } from '../contracts/warehouse-memory.ts';
import type { Tested } from '../contracts/warehouse-samples.ts';
import { MemoryBucket } from '../fakes/memory-bucket.ts';
import { runOnce } from './world.ts';

const TABLE = { schema: 'example', name: 'app' };
const NOW = '2026-11-21T06:30:00Z';

/** A table without a key: nothing but its place in bronze tells a row from another. */
const jobOf = (columns: Parameters<typeof jobColumnsOf>[0], records: readonly object[]) => ({
  ...({
    id: 'app',
    service: 'example',
    data_type: 'app',
    write: 'append',
    columns: jobColumnsOf(columns),
  } as const),
  command: ['printf', '%s\\n', ...records.map((record) => JSON.stringify(record))],
});
const FIRST = { n: 'integer', said: 'text' } as const;
const MENDED = { said: 'text' } as const;

async function inQuarantine(bucket: Bucket): Promise<string[]> {
  const texts: string[] = [];
  for await (const { key } of bucket.list('quarantine/')) {
    const chunks = await Array.fromAsync((await bucket.read(key))?.body ?? []);
    const lines = gunzipSync(Buffer.concat(chunks)).toString().trimEnd().split('\n');
    texts.push(...lines.map((line) => JSON.parse(line).record_text));
  }
  return texts;
}

const rowsIn = async (warehouse: Tested) => (await warehouse.read(TABLE, 'said', 'bronze_line'))?.map(String).sort();

it('what lies in quarantine is loaded once, whenever the replay of it is killed', async () => {
  let killed = 0;
  for (let diesAt = 1, isAlive = false; !isAlive; diesAt += 1) {
    const cwd = await mkdtemp(join(tmpdir(), 'tidemill-quarantine-'));
    const bucket = new MemoryBucket(() => undefined);
    const warehouse = memoryWarehouse();
    const run = { bucket, warehouse, cwd, now: NOW };
    await runOnce({
      ...run,
      job: jobOf(FIRST, [
        { n: 1, said: 'a' },
        { n: 'two', said: 'b' },
        { n: 3, said: {} },
      ]),
    });
    await runOnce({ ...run, job: jobOf(FIRST, [{ n: 4, said: 'd' }]) });
    expect(await inQuarantine(bucket)).toHaveLength(2);
    const mended = { ...run, job: jobOf(MENDED, []) };
    const replay = await runOnce({ ...mended, mode: 'replay', replayFrom: 'quarantine', diesAt });
    isAlive = replay.operations < diesAt;
    if (!isAlive) killed += 1;
    expect((await runOnce(mended)).result).toBe('done');
    await runOnce({ ...mended, mode: 'replay', replayFrom: 'quarantine' });
    expect(await rowsIn(warehouse), `killed at operation ${diesAt}`).toEqual(['a,1', 'b,2', 'd,1']);
    expect(await inQuarantine(bucket)).toEqual(['{"n":3,"said":{}}']);
  }
  expect(killed).toBeGreaterThan(15);
});
