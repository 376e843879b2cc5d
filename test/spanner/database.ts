/** A database of the emulator, and the driver on it. `scripts/with-spanner` starts the emulator and says where it is. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemillError } from '@tidemill/kit';
import type { SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import { openSpanner, type SpannerOptions } from '../../orchestrator/warehouse/spanner/driver.ts';
import { pathOf } from '../../orchestrator/warehouse/spanner/names.ts';
import type { Tested } from '../contracts/warehouse-samples.ts';
import { MemoryBucket } from '../fakes/memory-bucket.ts';

export const EMULATOR = process.env['TIDEMILL_TEST_SPANNER_URL'] ?? '';

export const clock = {
  now: () => new Date(),
  sleep: (milliseconds: number, signal?: AbortSignal): Promise<void> => sleep(milliseconds, undefined, { signal }),
};

const INSTANCE = 'tidemill';

async function post(path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${EMULATOR}/v1/projects/tidemill-test/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
}

/** A fresh, empty database. */
export async function newDatabase(): Promise<string> {
  const config = { config: 'emulator-config', displayName: INSTANCE, nodeCount: 1 };
  // One for all tests: whoever comes later finds it there.
  await post('instances', { instanceId: INSTANCE, instance: config });
  const id = `d${randomUUID().replaceAll('-', '').slice(0, 24)}`;
  const answer = await post(`instances/${INSTANCE}/databases`, { createStatement: `CREATE DATABASE ${id}` });
  if (!answer.ok) throw new Error(`no database: ${await answer.text()}`);
  return `spanner://tidemill-test/${INSTANCE}/${id}`;
}

export function open(location: string, more: Partial<SpannerOptions> = {}): SqlWarehouse & Tested {
  const env = { SPANNER_EMULATOR_HOST: EMULATOR };
  return readable(openSpanner({ location, env, clock, random: Math.random, bucket: new MemoryBucket(), ...more }));
}

/** Looks into a database by asking it in SQL. */
function readable(warehouse: SqlWarehouse): SqlWarehouse & Tested {
  return {
    ...warehouse,
    async read(table, ...columns) {
      const asked = columns.map((column, at) => `t.\`${column}\` AS _${at}`).join(', ');
      const found = await warehouse.query(`SELECT ${asked} FROM ${pathOf(table)} AS t`).catch((error) => {
        if (error instanceof TidemillError && error.code === 'query-refused') return undefined;
        throw error;
      });
      return found?.rows.map((row) => [...row]);
    },
  };
}
