/** Reads and swaps what was collected of services. */
import { TidemillError } from '@tidemill/kit';
import type { Bucket, Version } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { sideBySide } from '../storage/side-by-side.ts';
import { readText, writeJson } from '../storage/text.ts';
import { SNAPSHOT_VERSION, Snapshot } from './snapshot.ts';

export interface StoredSnapshot {
  /** Undefined where the service was never collected, or what lies there is none. */
  readonly snapshot: Snapshot | undefined;
  /** Of the object; undefined where there is none. */
  readonly version: Version | undefined;
  /** What lies there instead of a snapshot: a collection may put one in its place. */
  readonly damage?: TidemillError;
}

/** Throws `catalog-newer`. */
export async function readSnapshot(bucket: Bucket, service: string): Promise<StoredSnapshot> {
  const object = await readText(bucket, keys.catalog(service));
  if (object === undefined) return { snapshot: undefined, version: undefined };
  const { text, version } = object;
  const raw = parseJson(text);
  const written = (raw as { version?: unknown } | undefined)?.version;
  if (typeof written === 'number' && written > SNAPSHOT_VERSION) throw newer(bucket, service);
  const parsed = Snapshot.safeParse(raw);
  if (parsed.success && parsed.data.service === service) return { snapshot: parsed.data, version };
  return { snapshot: undefined, version, damage: damaged(bucket, service) };
}

/**
 * Puts the snapshot in the place of what was read. Throws `catalog-raced` where somebody else has collected the service meanwhile: what
 * they have found stays.
 */
export async function swapSnapshot(
  bucket: Bucket,
  { version }: Pick<StoredSnapshot, 'version'>,
  next: Snapshot,
): Promise<void> {
  const onlyIf = version === undefined ? 'absent' : { version };
  const key = keys.catalog(next.service);
  const written = await writeJson(bucket, key, next, { onlyIf }).catch((error: unknown) => {
    // Nobody can say if it was written: what lies there now tells.
    if (!(error instanceof TidemillError && error.code === 'bucket-write-unknown')) throw error;
  });
  if (written !== undefined) return;
  const { snapshot } = await readSnapshot(bucket, next.service);
  if (snapshot?.run === next.run) return;
  const who = snapshot === undefined ? 'Somebody else' : `${snapshot.collected_by}, at ${snapshot.collected_at},`;
  throw new TidemillError('transient', 'catalog-raced', `${who} has collected ${next.service} at the same time`, {
    hint: 'What they found stays. To look once more, collect it again.',
  });
}

/** So few are asked for one by one before a listing would be there. */
const FEW = 8;

export interface Snapshots {
  /** By service; one that was never collected is left out. */
  readonly snapshots: ReadonlyMap<string, Snapshot>;
  /** One for each that cannot be read: nothing is known of its service then. */
  readonly faults: readonly TidemillError[];
}

/** Of those of the services that have one; of many, a listing tells which these are. */
export async function readSnapshots(bucket: Bucket, services: readonly string[]): Promise<Snapshots> {
  const listed = services.length <= FEW ? undefined : await collectedIn(bucket);
  const snapshots = new Map<string, Snapshot>();
  const faults: TidemillError[] = [];
  await sideBySide(
    services.filter((service) => listed?.has(service) ?? true),
    async (service) => {
      const { snapshot, damage } = await readSnapshot(bucket, service).catch((error: unknown) => {
        if (!(error instanceof TidemillError && error.code === 'catalog-newer')) throw error;
        return { snapshot: undefined, damage: error };
      });
      if (snapshot !== undefined) snapshots.set(service, snapshot);
      if (damage !== undefined) faults.push(damage);
    },
  );
  return { snapshots, faults };
}

/** Undefined for those who may read and not list. */
async function collectedIn(bucket: Bucket): Promise<Set<string> | undefined> {
  const services = new Set<string>();
  try {
    for await (const { key } of bucket.list(keys.catalogPrefix))
      services.add(key.slice(keys.catalogPrefix.length).replace(/\.json$/, ''));
  } catch (error) {
    if (error instanceof TidemillError && error.kind === 'auth') return undefined;
    throw error;
  }
  return services;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const damaged = (bucket: Bucket, service: string): TidemillError =>
  new TidemillError('config', 'catalog-damaged', `${bucket.url}/${keys.catalog(service)} is no catalog of ${service}`, {
    hint: `Collect ${service} again, which writes it anew; until then none of its jobs is held back.`,
  });

const newer = (bucket: Bucket, service: string): TidemillError =>
  new TidemillError('config', 'catalog-newer', `${bucket.url}/${keys.catalog(service)} is of a newer Tidemill`, {
    hint: 'Update this one; the object was left as it is.',
  });
