/** The driver of Spanner as the suites want it, before the emulator or a fake of it: one that they can look into, and that can die. */
import { TidemillError } from '@tidemill/kit';
import type { SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import { openSpanner, type SpannerOptions } from '../../orchestrator/warehouse/spanner/driver.ts';
import { pathOf } from '../../orchestrator/warehouse/spanner/names.ts';
import type { Tested } from '../contracts/warehouse-samples.ts';
import { fakeClock } from './clock.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { startSpanner } from './spanner.ts';

/** A commit of so few changes that a handful of rows is more than one. */
export const SMALL = { mutations: 85 };

/** A database at the server of this address, by its location. */
export interface Address {
  readonly server: string;
  readonly location: string;
}

export function open(
  { server, location }: Address,
  { clock, ...more }: Partial<SpannerOptions> & Pick<SpannerOptions, 'clock'>,
): SqlWarehouse & Tested {
  const env = { SPANNER_EMULATOR_HOST: server };
  return readable(openSpanner({ location, env, clock, random: Math.random, bucket: new MemoryBucket(), ...more }));
}

/** One that can be made to die between two commits of a load. */
export function mortal(address: Address, options: Parameters<typeof open>[1]): SqlWarehouse & Tested {
  return {
    ...open(address, options),
    async cutShort(load) {
      await using proxy = await startFaultProxy(address.server);
      let commits = 0;
      // From its second commit on nothing it asks arrives.
      proxy.use(({ url }) => {
        if (url.endsWith(':commit')) commits += 1;
        return commits > 1 ? 'reset' : undefined;
      });
      const dying = open({ ...address, server: proxy.url }, { ...options, limits: { retries: 0 }, commits: SMALL });
      try {
        await dying.apply(load);
      } finally {
        await dying.close();
      }
    },
  };
}

/** A fresh database of a fake of its own. */
export async function fakeWarehouse(): Promise<SqlWarehouse & Tested> {
  const fake = await startSpanner();
  const location = 'spanner://my-project/my-instance/my-database';
  const warehouse = mortal({ server: fake.url, location }, { clock: fakeClock() });
  return {
    ...warehouse,
    async close() {
      await warehouse.close();
      await fake[Symbol.asyncDispose]();
    },
  };
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
