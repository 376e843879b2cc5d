/** How dbt reaches a dataset of BigQuery: with a token, so that it is given no key, whoever the driver is signed in as. */
import { TidemillError } from '@tidemill/kit/errors';
import type { DbtTarget } from '../contract.ts';
import { GOLD_SCHEMA } from '../table.ts';
import { type Access, GOOGLE } from './access.ts';
import type { Client } from './client.ts';
import { tablePattern } from './names.ts';

/** dbt strikes the values of variables with this beginning out of what it logs: https://docs.getdbt.com/reference/dbt-jinja-functions/env_var */
const TOKEN = 'DBT_ENV_SECRET_TIDEMILL_BIGQUERY_TOKEN';

/** Models that are made side by side. */
const THREADS = 4;

/** The token is a new one; Google's are good for an hour, and dbt cannot renew it. */
export async function dbtTarget(client: Client, access: Access): Promise<DbtTarget> {
  const { project, dataset, maxBytesBilled } = client.dataset;
  access.renew();
  return {
    profile: {
      type: 'bigquery',
      // Datasets have no schemas in them, and those of two environments may lie in one project.
      schema: `${dataset}_${GOLD_SCHEMA}`,
      project,
      method: 'oauth-secrets',
      token: `{{ env_var('${TOKEN}') }}`,
      location: await client.location(),
      threads: THREADS,
      ...(maxBytesBilled === undefined ? {} : { maximum_bytes_billed: Number(maxBytesBilled) }),
      ...(access.endpoint === GOOGLE ? {} : { api_endpoint: access.endpoint }),
    },
    env: { [TOKEN]: await tokenOf(access) },
    silver: { schema: dataset, table: tablePattern },
    keeps: 'models',
  };
}

/** An emulator asks for none, and dbt for one. */
async function tokenOf(access: Access): Promise<string> {
  const headers = new Headers({ ...(await access.authorize(access.endpoint)) });
  const authorization = headers.get('authorization');
  if (authorization === null) return 'none';
  const [, token] = /^Bearer (.+)$/i.exec(authorization) ?? [];
  if (token === undefined)
    throw new TidemillError('bug', 'bigquery-token', 'Google has signed a request with no token');
  return token;
}
