/** The warehouses that dbt is tried in: where a fresh one is, and what a person does to a table of it. */
import { DuckDBInstance } from '@duckdb/node-api';
import { bouncer, freshDatabase, type Server, servers } from '../servers/postgres/servers.ts';

export interface Tried extends AsyncDisposable {
  /** As the configuration has it. */
  readonly location: string;
  /** Takes a column from a table, which is then as an older connector has made it. */
  without(path: (...parts: string[]) => string, table: string, column: string): Promise<void>;
}

/** Called like a service in it, which makes a name of a table ambiguous where the file has no other name. */
const FILE = '.tidemill/local/garmin.duckdb';

const duckdb = async (): Promise<Tried> => ({
  location: FILE,
  async without(path, table, column) {
    const instance = await DuckDBInstance.create(path(FILE));
    await (await instance.connect()).run(`ALTER TABLE ${table} DROP COLUMN ${column}`);
    instance.closeSync();
  },
  [Symbol.asyncDispose]: async () => undefined,
});

const postgres = async (server: Server): Promise<Tried> => {
  const database = await freshDatabase(server);
  return {
    location: database.location,
    async without(_, table, column) {
      // With the view of it, which dbt makes anew.
      await database.run(`ALTER TABLE ${table} DROP COLUMN ${column} CASCADE`);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
};

/** The first server speaks TLS, and PgBouncer stands in front of it. */
export const warehouses: readonly (readonly [string, () => Promise<Tried>])[] = [
  ['a DuckDB file', duckdb],
  ...[...servers, bouncer].map((server) => [server.name, () => postgres(server)] as const),
];
