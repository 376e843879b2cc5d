import { describe, expect, it, onTestFinished } from 'vitest';
import { startBigQuery } from '../../../test/fakes/bigquery.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import type { Bucket } from '../../storage/contract.ts';
import { openBigQuery } from './driver.ts';

async function targetOf(options: string, headers: Readonly<Record<string, string>>) {
  const fake = await startBigQuery();
  let tokens = 0;
  const warehouse = openBigQuery({
    location: `bigquery://my-project/my_dataset${options}`,
    env: {},
    clock: fakeClock(),
    random: () => 0.5,
    bucket: { url: '/a/folder' } as Bucket,
    access: {
      endpoint: fake.url,
      authorize: async () => headers,
      renew: () => {
        tokens += 1;
      },
    },
  });
  onTestFinished(async () => {
    await warehouse.close();
    await fake[Symbol.asyncDispose]();
  });
  const target = await warehouse.dbt?.('/not/needed', []);
  return { target, endpoint: fake.url, tokens };
}

describe('dbt on BigQuery', () => {
  it('is given a new token and no key, and what a person allows a query', async () => {
    const { target, endpoint, tokens } = await targetOf('?max_bytes_billed=1000000', {
      Authorization: 'Bearer secret',
    });
    const [[variable, value] = []] = Object.entries(target?.env ?? {});
    expect(target?.profile).toEqual({
      type: 'bigquery',
      method: 'oauth-secrets',
      project: 'my-project',
      schema: 'my_dataset_gold',
      token: `{{ env_var('${variable}') }}`,
      location: 'EU',
      threads: 4,
      maximum_bytes_billed: 1_000_000,
      api_endpoint: endpoint,
    });
    // Only such values dbt strikes out of its log.
    expect([variable, value, tokens]).toEqual([expect.stringMatching(/^DBT_ENV_SECRET_/), 'secret', 1]);
  });

  it('finds silver in the one dataset of all services, where the tables are called as the driver calls them', async () => {
    const { target } = await targetOf('', {});
    expect(target).toMatchObject({ silver: { schema: 'my_dataset', table: '{service}__{table}' }, keeps: 'models' });
    expect(target?.profile).not.toHaveProperty('maximum_bytes_billed');
  });
});
