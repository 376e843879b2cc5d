/** The driver of Spanner before a fake of it. */
import { onTestFinished } from 'vitest';
import type { SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import { openSpanner, type SpannerOptions } from '../../orchestrator/warehouse/spanner/driver.ts';
import { type FakeClock, fakeClock } from './clock.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { type FakeSpanner, startSpanner } from './spanner.ts';

export const LOCATION = 'spanner://my-project/my-instance/my-database';

export interface Given {
  readonly fake: FakeSpanner;
  readonly warehouse: SqlWarehouse;
  readonly clock: FakeClock;
  /** Another process. */
  open(more?: Partial<SpannerOptions>): SqlWarehouse;
}

export async function given(options: Partial<SpannerOptions> = {}): Promise<Given> {
  const fake = await startSpanner();
  const clock = fakeClock();
  const opened: SqlWarehouse[] = [];
  const open: Given['open'] = (more = {}) => {
    const env = { SPANNER_EMULATOR_HOST: fake.url };
    const world = { clock, random: () => 0.5, bucket: new MemoryBucket() };
    const warehouse = openSpanner({ location: LOCATION, env, ...world, ...options, ...more });
    opened.push(warehouse);
    return warehouse;
  };
  onTestFinished(async () => {
    for (const warehouse of opened) await warehouse.close();
    await fake[Symbol.asyncDispose]();
  });
  return { fake, warehouse: open(), clock, open };
}
