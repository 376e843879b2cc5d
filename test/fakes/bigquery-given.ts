/** The driver of BigQuery before a fake of it, and what its loads ask of that. */
import { onTestFinished } from 'vitest';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { type BigQueryOptions, openBigQuery } from '../../orchestrator/warehouse/bigquery/driver.ts';
import type { SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import { ADA, BOB, load, people } from '../contracts/warehouse-samples.ts';
import { type FakeBigQuery, type Outcome, startBigQuery } from './bigquery.ts';
import { type FakeClock, fakeClock } from './clock.ts';

/** Not one of Google's: rows go with the request. */
export const elsewhere = { url: '/a/folder' } as Bucket;

export interface Given {
  readonly fake: FakeBigQuery;
  readonly warehouse: SqlWarehouse;
  readonly clock: FakeClock;
}

export async function given(options = '', more: Partial<BigQueryOptions> = {}): Promise<Given> {
  const fake = await startBigQuery();
  const clock = fakeClock();
  const warehouse = openBigQuery({
    location: `bigquery://my-project/my_dataset${options}`,
    env: { BIGQUERY_EMULATOR_HOST: fake.url },
    clock,
    random: () => 0.5,
    bucket: elsewhere,
    ...more,
  });
  onTestFinished(async () => {
    await warehouse.close();
    await fake[Symbol.asyncDispose]();
  });
  return { fake, warehouse, clock };
}

/** Of package 0: keys, inserted, updated, unchanged, deleted, deletions; inserts, updates, deletes; unnamed and held. */
export const TWO_NEW = ['0', '2', '2', '0', '0', '0', '0', '2', '0', '0', '0', '0'];
export const TWO_KNOWN = ['0', '2', '0', '0', '2', '0', '0', '0', '0', '0', '0', '2'];

/** Two rows that nobody has yet, 20 bytes for the count and 30 for the script. */
export function decides(fake: FakeBigQuery, ending: (id: string) => Outcome | undefined = () => undefined): void {
  fake.decide((work, id) => {
    if (work.startsWith('BEGIN')) return ending(id) ?? { bytesBilled: 30 };
    return work.includes('COUNTIF') ? { rows: [TWO_NEW], bytesBilled: 20 } : undefined;
  });
}

export const scripts = (fake: FakeBigQuery) =>
  [...fake.jobs.values()].filter(({ configuration }) => textOf(configuration).startsWith('BEGIN'));

export const textOf = (configuration: Readonly<Record<string, unknown>>): string =>
  (configuration['query'] as { query: string } | undefined)?.query ?? '';

export const two = () => load("it's p1", people, [ADA, BOB]);
