import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import type { Bucket } from '../storage/contract.ts';
import { openBucket } from '../storage/open.ts';
import type { Dataset } from './contract.ts';
import { openWarehouse } from './open.ts';

const world = { clock: fakeClock(), random: () => 0.5 };
const folder = mkdtempSync(join(tmpdir(), 'tidemill-dataset-'));

/** Nothing is asked of a network. */
async function named(location: string, bucket = join(folder, 'bucket'), env = {}): Promise<Dataset | undefined> {
  const opened: Bucket = await openBucket(bucket, { ...world, env });
  const warehouse = await openWarehouse(location, { ...world, env, bucket: opened });
  try {
    return warehouse.dataset?.({ schema: 'shop', name: 'order_lines' });
  } finally {
    await warehouse.close();
  }
}

// https://openlineage.io/docs/spec/naming
it.each([
  ['bigquery://my-project/silver', 'bigquery', 'my-project.silver.shop__order_lines'],
  ['postgres://me@db.example.org/silver', 'postgres://db.example.org:5432', 'silver.shop.order_lines'],
  ['postgres://me@[::1]:6432/my%20silver', 'postgres://[::1]:6432', 'my silver.shop.order_lines'],
  ['spanner://my-project/my-instance/silver', 'spanner://my-project:my-instance', 'silver.shop.order_lines'],
])('a table of %s is called as others call it', async (location, namespace, name) => {
  const env = { BIGQUERY_EMULATOR_HOST: 'http://127.0.0.1:1', SPANNER_EMULATOR_HOST: 'http://127.0.0.1:1' };
  expect(await named(location, undefined, env)).toEqual({ namespace, name });
});

it('a table of a DuckDB file is called by the file', async () => {
  const file = join(folder, 'silver.duckdb');
  expect(await named(file)).toEqual({ namespace: `duckdb://${file}`, name: 'silver.shop.order_lines' });
});

it.each([
  ['gs://my-bucket', 'gs://my-bucket', 'silver/shop/order_lines'],
  ['s3://my-bucket/below/here', 's3://my-bucket', 'below/here/silver/shop/order_lines'],
  [join(folder, 'a lake'), 'file', `${join(folder, 'a lake')}/silver/shop/order_lines`],
])('a table of the lake in %s is a folder of Iceberg there', async (bucket, namespace, name) => {
  const env = { STORAGE_EMULATOR_HOST: 'http://127.0.0.1:1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key', AWS_REGION: 'eu-central-1' };
  expect(await named('lake', bucket, { ...env, ...keys })).toEqual({
    ...{ namespace, name },
    storage: { layer: 'iceberg', format: 'parquet' },
  });
});
