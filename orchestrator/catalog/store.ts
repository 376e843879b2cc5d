/** Reads and swaps what was collected of services. */
import { TidemillError } from '@tidemill/kit';
import type { z } from 'zod';
import type { Bucket, Version } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { sideBySide } from '../storage/side-by-side.ts';
import { readText } from '../storage/text.ts';
import { SNAPSHOT_VERSION, Snapshot } from './snapshot.ts';
import { snapshotText } from './snapshot-text.ts';

export interface StoredSnapshot<S = Snapshot> {
  /** Undefined where the service was never collected, or what lies there is none. */
  readonly snapshot: S | undefined;
  /** Of the object; undefined where there is none. */
  readonly version: Version | undefined;
  /** What lies there instead of a snapshot: a collection may put one in its place. */
  readonly damage?: TidemillError;
}

/** Throws `catalog-newer`. */
export const readSnapshot = (bucket: Bucket, service: string): Promise<StoredSnapshot> =>
  readPart(bucket, service, Snapshot);

async function readPart<S extends { readonly service: string }>(
  bucket: Bucket,
  service: string,
  schema: z.ZodType<S>,
): Promise<StoredSnapshot<S>> {
  const object = await readText(bucket, keys.catalog(service));
  if (object === undefined) return { snapshot: undefined, version: undefined };
  const { text, version } = object;
  const raw = parseJson(text);
  const written = (raw as { version?: unknown } | undefined)?.version;
  if (typeof written === 'number' && written > SNAPSHOT_VERSION) throw newer(bucket, service);
  const parsed = schema.safeParse(raw);
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
  const body = Buffer.from(snapshotText(next));
  const options = { contentType: 'application/json', onlyIf } as const;
  const written = await bucket.write(keys.catalog(next.service), body, options).catch((error: unknown) => {
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

/**
 * What `read` makes of those of the services that were collected, as much of them as the schema has; of many, a listing tells which
 * these are. Answers one error for each that cannot be read: nothing is known of its service then.
 */
export async function eachSnapshot<S extends { readonly service: string }>(
  bucket: Bucket,
  services: readonly string[],
  schema: z.ZodType<S>,
  read: (snapshot: S) => void,
): Promise<TidemillError[]> {
  const listed = services.length <= FEW ? undefined : await collectedIn(bucket);
  const faults: TidemillError[] = [];
  await sideBySide(
    services.filter((service) => listed?.has(service) ?? true),
    async (service) => {
      const { snapshot, damage } = await readPart(bucket, service, schema).catch((error: unknown) => {
        if (!(error instanceof TidemillError && error.code === 'catalog-newer')) throw error;
        return { snapshot: undefined, damage: error };
      });
      if (snapshot !== undefined) read(snapshot);
      if (damage !== undefined) faults.push(damage);
    },
  );
  return faults;
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
