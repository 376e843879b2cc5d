/**
 * PostgreSQL as the warehouse, also behind PgBouncer in transaction mode. A load is one transaction on a connection of its own; loads
 * of a process run one after the other, and those of several processes into one table, too. Nothing is opened before the first use.
 */
import type { OpenWarehouse, SqlWarehouse, WarehouseOptions } from '../contract.ts';
import { lastPackage, loadedJobs, newest, tables } from './catalogue.ts';
import { addressOf } from './connection.ts';
import { dbtTarget } from './dbt.ts';
import { CAPABILITIES, merge } from './merge.ts';
import { readInPortions, readOnly } from './query.ts';
import { scan } from './scan.ts';
import { Session } from './session.ts';
import { checkState } from './state.ts';
import { begin } from './transaction.ts';

export default openPostgres satisfies OpenWarehouse;

/** Throws kind `config` when the location cannot be read. */
export function openPostgres({
  location,
  env,
  clock,
  random,
}: Pick<WarehouseOptions, 'location' | 'env' | 'clock' | 'random'>): SqlWarehouse {
  const address = addressOf(location, env['TIDEMILL_POSTGRES_PASSWORD']);
  const world = { clock, random, open: () => Session.open(address, { clock, random }) };
  let turn: Promise<unknown> = Promise.resolve();
  /** Those that somebody may still take rows from. */
  const reading = new Set<Session>();

  const connected = async <T>(action: (session: Session) => Promise<T>): Promise<T> => {
    const session = await world.open();
    try {
      return await action(session);
    } finally {
      await session.close();
    }
  };
  const look = <T>(action: (session: Session) => Promise<T>): Promise<T> =>
    connected(async (session) => {
      await session.run(begin.look);
      return action(session);
    });

  return {
    url: address.url,
    capabilities: CAPABILITIES,

    apply(load) {
      const merged = turn.then(() => merge(world, load));
      turn = merged.catch(() => undefined);
      return merged;
    },

    newest: (table, column) => look((session) => newest(session, table, column)),
    dataset: ({ schema, name }) => ({
      namespace: `postgres://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`,
      name: `${address.database}.${schema}.${name}`,
    }),
    lastPackage: (job) => look((session) => lastPackage(session, job)),
    loadedJobs: () => look(loadedJobs),
    tables: () => look(tables),
    async *scan(table, key) {
      const session = await world.open();
      yield* closing(session, scan(session, table, key), reading);
    },
    query: (sql) => connected((session) => readOnly(session, sql)),
    async queryInPortions(sql) {
      const session = await world.open();
      reading.add(session);
      try {
        const { columns, portions } = await readInPortions(session, sql);
        return { columns, portions: closing(session, portions, reading) };
      } catch (error) {
        reading.delete(session);
        await session.close();
        throw error;
      }
    },
    check: () => connected(checkState),
    dbt: (folder) => dbtTarget(address, folder),
    async close() {
      await turn;
      for (const session of reading) await session.close();
    },
  };
}

/** Closes the session when the last of it was taken, or no more is wanted. */
async function* closing<T>(session: Session, rows: AsyncIterable<T>, reading: Set<Session>): AsyncGenerator<T> {
  reading.add(session);
  try {
    yield* rows;
  } finally {
    reading.delete(session);
    await session.close();
  }
}
