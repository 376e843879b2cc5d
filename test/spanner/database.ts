/** A database of the emulator, and the driver on it. `scripts/with-spanner` starts the emulator and says where it is. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemillError } from '@tidemill/kit';
import type { SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import { openSpanner, type SpannerOptions } from '../../orchestrator/warehouse/spanner/driver.ts';
import { pathOf } from '../../orchestrator/warehouse/spanner/names.ts';
import type { Tested } from '../contracts/warehouse-samples.ts';
import { startFaultProxy } from '../fakes/fault-proxy.ts';
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

/**
 * The emulator has one transaction at a time, and ends that of a process which was killed for one in so many that come after it:
 * https://github.com/GoogleCloudPlatform/cloud-spanner-emulator#limitations-and-differences
 */
const OFTEN = { retries: 300, baseMs: 1, capMs: 20 };

/** A commit of so few changes that a handful of rows is more than one. */
export const SMALL = { mutations: 60 };

/** A warehouse that can also be made to die between two commits of a load. */
export function mortal(location: string): SqlWarehouse & Tested {
  return {
    ...open(location),
    async cutShort(load) {
      await using proxy = await startFaultProxy(EMULATOR);
      let commits = 0;
      // From its second commit on nothing it asks arrives.
      proxy.use(({ url }) => {
        if (url.endsWith(':commit')) commits += 1;
        return commits > 1 ? 'reset' : undefined;
      });
      const env = { SPANNER_EMULATOR_HOST: proxy.url };
      const dying = open(location, { env, limits: { retries: 0 }, commits: SMALL });
      try {
        await dying.apply(load);
      } finally {
        await dying.close();
      }
    },
  };
}

export function open(location: string, more: Partial<SpannerOptions> = {}): SqlWarehouse & Tested {
  const env = { SPANNER_EMULATOR_HOST: EMULATOR };
  const world = { clock, random: Math.random, bucket: new MemoryBucket() };
  return readable(openSpanner({ location, env, ...world, limits: OFTEN, ...more }));
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
