import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readState } from '../../orchestrator/state/store.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import type { SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import { openDuckDb } from '../../orchestrator/warehouse/duckdb/driver.ts';
import { runOnce } from './world.ts';

const JOB = { id: 'log', service: 'dated', data_type: 'log' };
const [FIRST, LATER, LATEST] = ['2026-11-20T08:00:00Z', '2026-11-20T16:00:00Z', '2026-11-20T17:00:00Z'];

async function within<T>(folder: string, use: (bucket: Bucket, warehouse: SqlWarehouse) => Promise<T>): Promise<T> {
  const clock = { now: () => new Date(), sleep: async () => undefined };
  const warehouse = await openDuckDb({ file: join(folder, 'warehouse.duckdb'), clock });
  try {
    return await use(openLocalBucket(join(folder, 'bucket')), warehouse);
  } finally {
    await warehouse.close();
  }
}

const rowsIn = async (warehouse: SqlWarehouse, below = 16): Promise<unknown> =>
  (
    await warehouse.query(
      `SELECT id - 456 AS hour, said, bronze_object_path FROM dated.log WHERE id - 456 < ${below} ORDER BY ALL`,
    )
  ).rows;

it('a replay that is killed at any operation is finished by the next ordinary run: no row is lost or doubled', async () => {
  const base = await mkdtemp(join(tmpdir(), 'tidemill-replay-'));
  const before = await within(base, async (bucket, warehouse) => {
    for (const now of [FIRST, LATER]) await runOnce({ job: JOB, bucket, warehouse, now, cwd: base });
    return rowsIn(warehouse);
  });
  expect(before).toHaveLength(16);
  let killed = 0;
  for (let diesAt = 1, isAlive = false; !isAlive; diesAt += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'tidemill-replay-'));
    await cp(base, folder, { recursive: true });
    await within(folder, async (bucket, warehouse) => {
      const where = { job: JOB, bucket, warehouse, cwd: folder };
      const replay = await runOnce({ ...where, now: LATEST, mode: 'replay', diesAt });
      isAlive = replay.operations < diesAt;
      if (isAlive) expect(replay.result).toBe('done');
      else killed += 1;
      const next = await runOnce({ ...where, now: LATEST });
      expect([next.failure, next.result]).toEqual([undefined, 'done']);
      expect(await rowsIn(warehouse), `killed at operation ${diesAt}`).toEqual(before);
      expect(await rowsIn(warehouse, 100), `killed at operation ${diesAt}`).toHaveLength(17);
      const { state } = await readState(bucket, JOB.id);
      expect([state.claim, state.targets]).toEqual([undefined, { main: { pending: [] } }]);
    });
  }
  expect(killed).toBeGreaterThan(15);
});
