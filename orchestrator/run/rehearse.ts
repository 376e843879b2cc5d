/** A replay that nobody sees: packages of bronze are loaded with today's code, into a warehouse and a bucket that are thrown away. */
import type { Stream } from '@tidemill/kit';
import type { Clock } from '@tidemill/kit/retry';
import type { Job } from '../config/job.ts';
import type { JobState } from '../state/job-state.ts';
import { doubtedIn, targetIn } from '../state/targets.ts';
import type { Bucket } from '../storage/contract.ts';
import type { SilverRow, Table, Warehouse } from '../warehouse/contract.ts';
import { readManifest, scopeOf } from './bronze/manifest.ts';
import { objectsInQuarantine } from './bronze/quarantined.ts';
import { readRecords } from './bronze/records.ts';
import { type Packages, packagesToReplay } from './bronze/replay.ts';
import { abortable } from './extract/abortable.ts';
import { type LoadReport, loadPackages } from './silver/load.ts';
import { loadHalved, mayJoin, type ReadyPackage } from './together.ts';
import { deleteLimits } from './unnamed.ts';

/** What is thrown away. */
export interface Scratch {
  readonly warehouse: Warehouse;
  /** For the records that do not fit. */
  readonly bucket: Bucket;
  /** An empty folder for files. */
  readonly folder: string;
  /** Closes the warehouse for good; may be called again. */
  close(): Promise<void>;
}

/** A job, and where its packages lie: nothing is written there. */
export interface Rehearsed {
  readonly bucket: Bucket;
  readonly job: Job;
  readonly stream: Stream;
  readonly state: JobState;
}

/** What is loaded for a comparison: all packages of a replay, or only those that the warehouse has loaded. */
export type Extent = 'all' | 'loaded';

/** What a replay into the warehouse of this name would load, or what its rows are made of; oldest first. */
export async function packagesFor(
  { bucket, job, stream, state }: Rehearsed,
  target: string,
  extent: Extent,
): Promise<Packages> {
  const { service, data_type } = job;
  const others = Object.keys(state.targets).filter((name) => name !== target);
  const rejecting = await objectsInQuarantine(bucket, job, others);
  const { pending, left_out: left = [], begins_after: before } = targetIn(state, target);
  const found = await packagesToReplay(bucket, {
    head: state.head,
    table: { service, data_type },
    stream,
    rejecting: new Set(rejecting.keys()),
    doubted: doubtedIn(state),
    pending: pending.map(({ manifest }) => manifest),
    ...(extent === 'all' ? {} : { without: new Set([...pending, ...left].map(({ manifest }) => manifest)) }),
  });
  if (extent === 'all' || before === undefined) return found;
  return { ...found, manifests: found.manifests.slice(found.manifests.indexOf(before) + 1) };
}

interface World {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told how many packages of how many are loaded, each time one is. */
  readonly onPackage: (done: number, total: number) => void;
}

/** What the packages come to. */
export interface Rehearsal {
  readonly records: number;
  readonly rejected: number;
  /** Records of the newest that says everything there is: what it does not name is deleted. */
  readonly ofEverything: number | undefined;
}

/** Loads the packages of these manifests in their order. Throws what bronze lacks of one, and what a load throws. */
export async function rehearse(
  rehearsed: Rehearsed,
  manifests: readonly string[],
  scratch: Pick<Scratch, 'warehouse' | 'bucket'>,
  world: World,
): Promise<Rehearsal> {
  const { bucket, stream } = rehearsed;
  let [records, rejected, done] = [0, 0, 0];
  let ofEverything: number | undefined;
  let group: ReadyPackage[] = [];
  const load = async (): Promise<void> => {
    if (group.length === 0) return;
    await loadHalved(
      group,
      (some) => loadInto(scratch, rehearsed, some, world),
      async (loaded, [{ scope } = { scope: 'changes' }]) => {
        for (const one of loaded) {
          records += one.records;
          rejected += one.rejected;
          if (scope === 'everything' && one.rejected === 0) ofEverything = one.records;
        }
        done += loaded.length;
        world.onPackage(done, manifests.length);
      },
    );
    group = [];
  };
  for (const key of manifests) {
    world.signal.throwIfAborted();
    const manifest = await readManifest(bucket, key);
    const ready = { id: manifest.package, manifest, scope: scopeOf(manifest, stream) };
    if (!mayJoin(group, ready)) await load();
    group.push(ready);
  }
  await load();
  return { records, rejected, ofEverything };
}

function loadInto(
  scratch: Pick<Scratch, 'warehouse' | 'bucket'>,
  { bucket, job, stream }: Rehearsed,
  packages: readonly ReadyPackage[],
  { clock, signal }: World,
): Promise<LoadReport[]> {
  return loadPackages({
    bucket: scratch.bucket,
    warehouse: scratch.warehouse,
    target: 'scratch',
    service: job.service,
    stream,
    scope: packages[0]?.scope ?? 'changes',
    job: job.id,
    packages: packages.map(({ id, manifest }) => ({
      ...{ id, name: manifest.package, records: manifest.records },
      read: () => abortable(readRecords(bucket, manifest, stream), signal),
    })),
    deletes: deleteLimits({ job }),
    now: clock.now(),
    onRows: () => undefined,
    confirm: async () => undefined,
  });
}

/** The rows that were made; its warehouse is closed after them, and gives back its memory before another is read. */
export async function* lastScan({ warehouse, close }: Scratch, table: Table): AsyncIterable<readonly SilverRow[]> {
  yield* warehouse.scan(table);
  await close();
}
