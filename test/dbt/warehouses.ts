/** The warehouses that dbt is tried in: where a fresh one is, and what a person does to a table of it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { authority, bouncer, freshDatabase, type Server, servers } from '../servers/postgres/servers.ts';

export interface Tried extends AsyncDisposable {
  /** As the configuration has it. */
  readonly location: string;
  /** So many models are made of the nights alone: their view, the days, and the facts; where none is kept, of what those need, too. */
  readonly ofSleep: 3 | 6;
  /** Takes a column from a table, which is then as an older connector has made it. */
  without(path: (...parts: string[]) => string, table: string, column: string): Promise<void>;
}

/** Called like a service in it, which makes a name of a table ambiguous where the file has no other name. */
const FILE = '.tidemill/local/garmin.duckdb';

const duckdb = async (): Promise<Tried> => ({
  location: FILE,
  ofSleep: 3,
  async without(path, table, column) {
    const instance = await DuckDBInstance.create(path(FILE));
    await (await instance.connect()).run(`ALTER TABLE garmin.${table} DROP COLUMN ${column}`);
    instance.closeSync();
  },
  [Symbol.asyncDispose]: async () => undefined,
});

/** Tables in the bucket of the environment. Their metadata is JSON, which no driver changes so. */
const lake = async (): Promise<Tried> => ({
  location: 'lake',
  ofSleep: 6,
  async without(path, table, column) {
    const folder = path('.tidemill/local/bucket/silver', ...table.split('.'), 'metadata');
    const numbers = readdirSync(folder).flatMap((name) => /^v(\d+)\.metadata\.json$/.exec(name)?.[1] ?? []);
    const file = `${folder}/v${Math.max(...numbers.map(Number))}.metadata.json`;
    const metadata = JSON.parse(readFileSync(file, 'utf8'));
    for (const schema of metadata.schemas) {
      schema.fields = schema.fields.filter(({ name }: { readonly name: string }) => name !== column);
    }
    writeFileSync(file, JSON.stringify(metadata));
  },
  [Symbol.asyncDispose]: async () => undefined,
});

const postgres = async (server: Server): Promise<Tried> => {
  const database = await freshDatabase(server);
  const tls = server === servers[0] ? `?sslmode=verify-full&sslrootcert=${authority}` : '';
  return {
    location: `${database.location}${tls}`,
    ofSleep: 3,
    async without(_, table, column) {
      // With the view of it, which dbt makes anew.
      await database.run(`ALTER TABLE ${table} DROP COLUMN ${column} CASCADE`);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
};

type Named = readonly [string, () => Promise<Tried>];

const onServer = (server: Server): Named => [server.name, () => postgres(server)];

/** One of each dialect. One server is enough: dbt speaks to each version alike, here by TLS. */
export const dialects: readonly Named[] = [['a DuckDB file', duckdb], ...servers.slice(0, 1).map(onServer)];

export const warehouses: readonly Named[] = [...dialects, ['a lake', lake]];

/** Stands in front of the same server: what dbt says to it is the same, and how it keeps its sessions is not. */
export const behindBouncer = onServer(bouncer);
