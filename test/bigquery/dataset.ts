/** A dataset of the emulator, and the driver on it. `scripts/with-bigquery` starts the emulator and says where it is. */
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemillError } from '@tidemill/kit';
import { onTestFinished } from 'vitest';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { type BigQueryOptions, openBigQuery } from '../../orchestrator/warehouse/bigquery/driver.ts';
import { tableId } from '../../orchestrator/warehouse/bigquery/names.ts';
import type { SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import type { Tested } from '../contracts/warehouse-samples.ts';

export const EMULATOR = process.env['TIDEMILL_TEST_BIGQUERY_URL'] ?? '';

/** The jobs of the emulator take their time. */
export const clock = {
  now: () => new Date(),
  sleep: (milliseconds: number, signal?: AbortSignal): Promise<void> => sleep(milliseconds, undefined, { signal }),
};

/** A fresh, empty dataset; it goes with the test, for the emulator looks through all the tables that it has at each request. */
export async function newDataset(project = 'tidemill-test'): Promise<string> {
  const datasetId = `d_${randomUUID().replaceAll('-', '')}`;
  const answer = await fetch(`${EMULATOR}/bigquery/v2/projects/${project}/datasets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ datasetReference: { projectId: project, datasetId } }),
  });
  if (!answer.ok) throw new Error(`no dataset: ${await answer.text()}`);
  onTestFinished(async () => {
    const removed = await fetch(
      `${EMULATOR}/bigquery/v2/projects/${project}/datasets/${datasetId}?deleteContents=true`,
      {
        method: 'DELETE',
      },
    );
    if (!removed.ok) throw new Error(`the dataset stays: ${await removed.text()}`);
  });
  return `bigquery://${project}/${datasetId}`;
}

export const newFolder = async (): Promise<Bucket> =>
  openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-bigquery-')));

export function open(location: string, bucket: Bucket, more: Partial<BigQueryOptions> = {}): SqlWarehouse & Tested {
  const env = { BIGQUERY_EMULATOR_HOST: EMULATOR };
  return readable(openBigQuery({ location, env, clock, random: Math.random, bucket, ...more }));
}

/** What the suite calls `contract.people` is called otherwise in the one dataset of all services. */
const named = (sql: string): string => sql.replaceAll('contract.people', 'contract__people');

/** Looks into a dataset by asking it in SQL. */
function readable(warehouse: SqlWarehouse): SqlWarehouse & Tested {
  const { query, queryInPortions } = warehouse;
  return {
    ...warehouse,
    async apply(load) {
      // The suite compares whole results; what is billed is asked for in the tests of the driver.
      const { packages } = await warehouse.apply(load);
      return { packages };
    },
    query: (sql) => query(named(sql)),
    ...(queryInPortions && { queryInPortions: (sql: string) => queryInPortions(named(sql)) }),
    async read(table, ...columns) {
      const asked = columns.map((column, at) => `\`${column}\` AS _${at}`).join(', ');
      const found = await query(`SELECT ${asked} FROM \`${tableId(table)}\``).catch((error) => {
        if (error instanceof TidemillError && error.code === 'query-refused') return undefined;
        throw error;
      });
      return found?.rows.map((row) => [...row]);
    },
  };
}
