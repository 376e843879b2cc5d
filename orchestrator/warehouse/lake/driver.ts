/**
 * The lake: tables as files in the bucket of the environment, and nothing that runs. DuckDB calculates in this process; the bucket's
 * create-only writes let one writer make the next version of a table. Nothing is opened or made before the first use.
 */
import type { Clock } from '@tidemill/kit/retry';
import type { Bucket } from '../../storage/contract.ts';
import type { MergeResult, OpenWarehouse, SqlWarehouse } from '../contract.ts';
import { inPortions, whole } from '../engine/query.ts';
import type { Slices } from '../engine/slices.ts';
import { Catalogue } from './catalogue.ts';
import { dbtTarget } from './dbt/target.ts';
import { Room } from './desk.ts';
import type { Limits } from './fold.ts';
import { CAPABILITIES, type Merging, merge } from './merge.ts';
import { datasetAt, SILVER, urlOf } from './names.ts';
import { ask } from './query.ts';
import { newest, scan } from './scan.ts';

export interface LakeOptions {
  readonly bucket: Bucket;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  /** How much a merge joins at once; what suits its memory unless told otherwise. */
  readonly slices?: Slices;
  /** When files are written anew. */
  readonly limits?: Limits;
  /** How often a merge begins anew because somebody else was first. */
  readonly attempts?: number;
  /** Files of up to so many bytes are fetched whole. */
  readonly wholeBytes?: number;
}

export default openLake satisfies OpenWarehouse;

export function openLake({ bucket, clock, random, slices, limits, attempts, wholeBytes }: LakeOptions): SqlWarehouse {
  const url = urlOf(bucket.url, SILVER);
  const catalogue = new Catalogue(bucket);
  let opened: Promise<Room> | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const room = (): Promise<Room> => {
    opened ??= Room.open({ bucket, what: url, wholeBytes }).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };

  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const result = turn.then(action);
    turn = result.catch(() => undefined);
    return result;
  };

  const apply: SqlWarehouse['apply'] = async (load): Promise<MergeResult> => {
    const table = catalogue.table(load.table);
    let isNew = false;
    const begin: Merging['begin'] = async (of, job, base) => {
      // Somebody who was killed before his commit may have begun the table.
      if ((await catalogue.begin(of, job)) === 'new' || base === undefined) isNew = true;
    };
    const merging = { clock, random, slices, limits, attempts, begin };
    const result = await (await room()).session((desk) => merge(desk, table, load, merging));
    // One that was loaded before may have been cut short right after its commit.
    if (isNew || result.packages.some(({ alreadyLoaded }) => alreadyLoaded)) await catalogue.writeViews();
    return result;
  };

  const answer = async function* (sql: string) {
    yield* (await room()).streaming((desk) => ask(desk, catalogue, sql));
  };

  return {
    url,
    capabilities: CAPABILITIES,
    apply: (load) => inTurn(() => apply(load)),
    dataset: (table) => ({
      ...datasetAt(catalogue.table(table).url),
      storage: { layer: 'iceberg', format: 'parquet' },
    }),
    async newest(name, column) {
      const version = await catalogue.table(name).current();
      return version && (await room()).session((desk) => newest(desk, version, column));
    },
    lastPackage: (job) => catalogue.lastPackage(job),
    loadedJobs: () => catalogue.loadedJobs(),
    tables: () => catalogue.tables(),
    async *scan(table, key) {
      const version = await catalogue.table(table).current();
      if (version !== undefined) yield* (await room()).streaming((desk) => scan(desk, version, table, key));
    },
    query: (sql) => whole(answer(sql)),
    queryInPortions: (sql) => inPortions(answer(sql)),
    dbt: (folder, reads) => dbtTarget({ bucket, url, catalogue, now: () => clock.now() }, folder, reads),
    async check() {
      await bucket.check();
      // They are what keeps two writers apart.
      await bucket.checkPreconditions?.();
    },
    leftovers: () => catalogue.leftovers(clock.now()),
    async close() {
      await turn;
      const here = await opened;
      opened = undefined;
      await here?.close();
    },
  };
}
