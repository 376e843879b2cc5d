/**
 * A database of Google Cloud Spanner as the warehouse: a schema for each service, a table in it for each data type. Nothing is asked
 * before the first use, and no table is made before the first load.
 */
import type { OpenWarehouse, SqlWarehouse, WarehouseOptions } from '../contract.ts';
import { type Access, accessFrom } from './access.ts';
import { newest, tables } from './catalogue.ts';
import { Client, type Limits } from './client.ts';
import { parseLocation } from './location.ts';
import { CAPABILITIES, merge } from './merge.ts';
import { pathOf } from './names.ts';
import { COMMIT_LIMITS, type CommitLimits } from './portions.ts';
import { inPortions, readOnly } from './query.ts';
import { allRows, type Link } from './read.ts';
import { lastPackage, loadedJobs, makeRecord } from './record.ts';
import { Room } from './room.ts';
import { scan } from './scan.ts';
import { Sessions } from './sessions.ts';

export interface SpannerOptions extends WarehouseOptions {
  readonly limits?: Partial<Limits>;
  /** What one commit may have; as much as Spanner takes, if not told. */
  readonly commits?: Partial<CommitLimits>;
  /** Instead of what the environment says. */
  readonly access?: Access;
}

export default ((options) => openSpanner(options)) satisfies OpenWarehouse;

/** Throws a TidemillError of kind `config` when the location or the key in the environment is none. */
export function openSpanner({ location, env, clock, random, limits, commits, access }: SpannerOptions): SqlWarehouse {
  const place = parseLocation(location);
  const client = new Client({ place, access: access ?? accessFrom(env, place), world: { clock, random }, limits });
  const link: Link = { client, sessions: new Sessions(client) };
  let turn: Promise<unknown> = Promise.resolve();
  let opened: Promise<Room> | undefined;
  let closing: Promise<void> | undefined;
  const room = (): Promise<Room> => {
    opened ??= Room.open(place.url).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const merging = { link, room, limits: { ...COMMIT_LIMITS, ...commits } };

  return {
    url: place.url,
    capabilities: CAPABILITIES,

    apply(load) {
      const result = turn.then(() => merge(merging, load));
      turn = result.catch(() => undefined);
      return result;
    },

    newest: (table, column) => newest(link, table, column),
    dataset: (table) => ({
      namespace: `spanner://${place.project}:${place.instance}`,
      name: `${place.database}.${pathOf(table)}`,
    }),
    lastPackage: (job) => lastPackage(link, job),
    loadedJobs: () => loadedJobs(link),
    tables: () => tables(link),
    scan: (table, key) => scan(link, table, key),
    query: (sql) => readOnly(link, sql),
    queryInPortions: (sql) => inPortions(link, sql),

    async check() {
      // The database is there, questions are answered, and tables may be made.
      await allRows(link, { sql: 'SELECT 1' });
      await makeRecord(link);
    },

    close() {
      closing ??= (async () => {
        await turn;
        await (await opened)?.close();
        await link.sessions.close();
        await client.close();
      })();
      return closing;
    },
  };
}
