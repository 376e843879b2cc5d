/** How dbt reaches a PostgreSQL warehouse: as this process does, by libpq's words. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { getCACertificates } from 'node:tls';
import type { DbtTarget } from '../contract.ts';
import { GOLD_SCHEMA } from '../table.ts';
import type { Address, Tls } from './connection.ts';

/** dbt strikes the values of variables with this beginning out of what it logs: https://docs.getdbt.com/reference/dbt-jinja-functions/env_var */
const PASSWORD = 'DBT_ENV_SECRET_TIDEMILL_POSTGRES_PASSWORD';

/** Models that are made side by side, each on a connection of its own. */
const THREADS = 4;

const SSL_MODES: Readonly<Record<Tls['verify'], string>> = {
  off: 'disable',
  nothing: 'require',
  authority: 'verify-ca',
  'authority and name': 'verify-full',
};

/** What is not a secret may be written into `folder`, which dbt reads for as long as it runs. */
export async function dbtTarget(
  { host, port, database, user, password, tls }: Address,
  folder: string,
): Promise<DbtTarget> {
  return {
    profile: {
      type: 'postgres',
      schema: GOLD_SCHEMA,
      host,
      port,
      user,
      password: `{{ env_var('${PASSWORD}') }}`,
      dbname: database,
      threads: THREADS,
      ...(await tlsOf(tls, folder)),
    },
    env: { [PASSWORD]: password ?? '' },
    keeps: 'models',
  };
}

/** libpq knows no authorities of its own: where the URL names none, it is given those that Node has. */
async function tlsOf({ verify, authorities }: Tls, folder: string): Promise<Readonly<Record<string, string>>> {
  const sslmode = SSL_MODES[verify];
  if (verify === 'off' || verify === 'nothing') return { sslmode };
  // dbt runs in another folder.
  if (authorities !== undefined) return { sslmode, sslrootcert: resolve(authorities) };
  const file = join(folder, 'authorities.pem');
  await writeFile(file, `${getCACertificates().join('\n')}\n`);
  return { sslmode, sslrootcert: file };
}
