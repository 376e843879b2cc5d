/**
 * A DuckDB file as the warehouse. One process has it at a time; within a process everybody shares it and merges run
 * one after the other. Nothing is opened or made before the first use.
 */
import { parse } from 'node:path';
import type { OpenWarehouse, SqlWarehouse } from '../contract.ts';
import { profileOf } from '../engine/dbt.ts';
import { inPortions, readOnly, whole } from '../engine/query.ts';
import type { FileSession } from '../engine/session.ts';
import type { Slices } from '../engine/slices.ts';
import { lastPackage, loadedJobs, newest, tables } from './catalogue.ts';
import { Database, type Sleeper } from './database.ts';
import { CAPABILITIES, merge } from './merge.ts';
import { scan } from './scan.ts';

export interface DuckDbOptions {
  /** Absolute path; the file and its folder are made when they are not there. */
  readonly file: string;
  readonly clock: Sleeper;
  /** How much a merge joins at once; what suits its memory unless told otherwise. */
  readonly slices?: Slices;
}

export default (({ location, clock }) => openDuckDb({ file: location, clock })) satisfies OpenWarehouse;

export function openDuckDb({ file, clock, slices }: DuckDbOptions): SqlWarehouse {
  let opened: Promise<Database> | undefined;
  const database = (): Promise<Database> => {
    opened ??= Database.open(file, clock).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };

  const look = async <T>(action: (session: FileSession) => Promise<T>): Promise<T> =>
    (await database()).session(action);

  const answer = async function* (sql: string) {
    yield* (await database()).streaming((session) => readOnly(session, sql));
  };

  const close = async (): Promise<void> => {
    const here = await opened;
    opened = undefined;
    await here?.inTurn(() => here.close());
  };

  return {
    url: file,
    capabilities: CAPABILITIES,

    async apply(load) {
      const here = await database();
      return here.inTurn(() => here.session((session) => merge(session, load, slices)));
    },

    newest: (table, column) => look((session) => newest(session, table, column)),
    // No convention has it; so dbt's integration with OpenLineage calls it. DuckDB names a database after its file.
    dataset: ({ schema, name }) => ({ namespace: `duckdb://${file}`, name: `${parse(file).name}.${schema}.${name}` }),
    lastPackage: (job) => look((session) => lastPackage(session, job)),
    loadedJobs: () => look(loadedJobs),
    tables: () => look(tables),
    async *scan(table, key) {
      yield* (await database()).streaming((session) => scan(session, table, key));
    },
    query: (sql) => whole(answer(sql)),
    queryInPortions: (sql) => inPortions(answer(sql)),

    async check() {
      // Opening takes the lock and writes: the record of loaded packages is made if need be.
      await database();
    },

    async dbt(folder) {
      // One process has the file at a time. The next use opens it again.
      await close();
      return { profile: profileOf(file, folder), env: {}, keeps: 'models' };
    },

    close,
  };
}
