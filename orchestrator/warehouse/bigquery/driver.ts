/**
 * A dataset of BigQuery as the warehouse. It holds the tables of all services, each called `<service>__<data_type>`. Nothing is asked
 * before the first use, and no table is made before the first load.
 */
import type { OpenWarehouse, SqlWarehouse, WarehouseOptions } from '../contract.ts';
import { type Access, accessFrom } from './access.ts';
import { newest, tables } from './catalogue.ts';
import { Client, type Limits } from './client.ts';
import { dbtTarget } from './dbt.ts';
import { rowsOf } from './jobs.ts';
import { parseLocation } from './location.ts';
import { CAPABILITIES, merge } from './merge.ts';
import { tableId } from './names.ts';
import { inPortions, readOnly } from './query.ts';
import { lastPackage, loadedJobs, makeRecord } from './record.ts';
import { scan } from './scan.ts';

export interface BigQueryOptions extends WarehouseOptions {
  readonly limits?: Partial<Limits>;
  /** Instead of what the environment says. */
  readonly access?: Access;
}

export default ((options) => openBigQuery(options)) satisfies OpenWarehouse;

/** Throws a TidemillError of kind `config` when the location or the key in the environment is none. */
export function openBigQuery({ location, env, clock, random, bucket, limits, access }: BigQueryOptions): SqlWarehouse {
  const dataset = parseLocation(location);
  const world = { clock, random };
  const signedIn = access ?? accessFrom(env, dataset);
  const client = new Client({ dataset, access: signedIn, world, limits });
  let turn: Promise<unknown> = Promise.resolve();

  return {
    url: dataset.url,
    capabilities: CAPABILITIES,

    apply(load) {
      const result = turn.then(() => merge(client, bucket, load));
      turn = result.catch(() => undefined);
      return result;
    },

    newest: (table, column) => newest(client, table, column),
    dataset: (table) => ({
      namespace: 'bigquery',
      name: `${dataset.project}.${dataset.dataset}.${tableId(table)}`,
    }),
    lastPackage: (job) => lastPackage(client, job),
    loadedJobs: () => loadedJobs(client),
    tables: () => tables(client),
    scan: (table, key) => scan(client, table, key),
    query: (sql) => readOnly(client, sql),
    queryInPortions: (sql) => inPortions(client, sql),

    dbt: () => dbtTarget(client, signedIn),

    async check() {
      // The dataset is there, tables may be made, and jobs run.
      await client.location();
      await makeRecord(client);
      await rowsOf(client, 'SELECT 1');
    },

    async close() {
      await turn;
      await client.close();
    },
  };
}
