/** The PostgreSQL servers that `scripts/with-postgres` starts, and databases in them. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { SqlWarehouse } from '../../../orchestrator/warehouse/contract.ts';
import { openPostgres } from '../../../orchestrator/warehouse/postgres/driver.ts';
import { readable, type Tested } from '../../contracts/warehouse-samples.ts';
import { fakeClock } from '../../fakes/clock.ts';

const { TIDEMILL_TEST_POSTGRES = '', TIDEMILL_TEST_PGBOUNCER = '', TIDEMILL_TEST_POSTGRES_CA } = process.env;

/** A way to a server, and the server itself for whoever must speak to it as a person. */
export interface Server {
  readonly name: string;
  readonly url: string;
  readonly admin: string;
}

/** `version=url`, the first of which speaks TLS. */
export const servers: readonly Server[] = TIDEMILL_TEST_POSTGRES.split(' ')
  .filter((text) => text !== '')
  .map((text) => {
    const [version = '', url = ''] = text.split(/=(.*)/s);
    return { name: `PostgreSQL ${version}`, url, admin: url };
  });

/** PgBouncer in transaction mode, in front of the first server. */
export const bouncer: Server = {
  name: 'PgBouncer',
  url: TIDEMILL_TEST_PGBOUNCER,
  admin: servers[0]?.admin ?? '',
};

export const ways: readonly Server[] = servers.length === 0 ? [] : [...servers, bouncer];

/** Who vouches for the certificate of the first server, which is about `localhost`. */
export const authority = TIDEMILL_TEST_POSTGRES_CA ?? '';

export interface Database extends AsyncDisposable {
  /** Where the driver finds it. */
  readonly location: string;
  /** Where a person does. */
  readonly admin: string;
  open(): SqlWarehouse & Tested;
  /** What a person runs in it; rows of the last statement. */
  run(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const databaseAt = (url: string, name: string): string => `${url}/${name}`;

/** A new, empty database; `more`: how it is made. */
export async function freshDatabase({ url, admin }: Server, more = ''): Promise<Database> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  await runAt(databaseAt(admin, 'postgres'), `CREATE DATABASE ${name} ${more}`);
  const location = databaseAt(url, name);
  return {
    location,
    admin: databaseAt(admin, name),
    open: () => opened(location),
    run: (sql) => runAt(databaseAt(admin, name), sql),
    [Symbol.asyncDispose]: async () => {
      await runAt(databaseAt(admin, 'postgres'), `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** The driver at a location, its waits over at once. */
export const opened = (location: string, env: Readonly<Record<string, string>> = {}): SqlWarehouse & Tested =>
  readable(openPostgres({ location, env, clock: fakeClock(), random: () => 0.5 }));

/** Of `pg_locks`, which has those of the whole server: other tests are at work on it. */
export const IN_THIS_DATABASE = 'database = (SELECT oid FROM pg_database WHERE datname = current_database())';

/** Statements of a person, on a connection of their own. */
export async function runAt(url: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client(url);
  // A test that ends all connections of a database may still find this one, which has its answer already.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const answer: pg.QueryResult | pg.QueryResult[] = await client.query(sql);
    return (Array.isArray(answer) ? answer.at(-1) : answer)?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** A warehouse in a database that goes with it. */
export async function freshWarehouse(server: Server): Promise<Tested> {
  const database = await freshDatabase(server);
  const warehouse = database.open();
  return {
    ...warehouse,
    close: async () => {
      await warehouse.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
