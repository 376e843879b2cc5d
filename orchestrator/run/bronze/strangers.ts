/**
 * Packages that a warehouse has and the chain of its job does not reach: the state that names the chain's head is then
 * older than the data, as after somebody restored an earlier version of it.
 */
import type { Bucket } from '../../storage/contract.ts';
import { keys } from '../../storage/keys.ts';
import { type ChainLink, chainOf } from './chain.ts';
import { liesInBronze } from './lacks.ts';
import { type Manifest, readManifest } from './manifest.ts';

export interface Strangers {
  /** The newest one. */
  readonly id: string;
  /** What they put into bronze: rows made of it are theirs. Undefined where that cannot be found any more. */
  readonly objects: readonly string[] | undefined;
}

export interface LoadedLast {
  /** Id of the package that the warehouse has recorded last for the job. */
  readonly id: string;
  /** Manifest of the newest package that it may have. */
  readonly head: string | undefined;
  readonly table: Pick<Manifest, 'service' | 'data_type'>;
}

/** Undefined when the chain reaches what was loaded last, and where it breaks off before anybody can tell. */
export async function strangersIn(
  bucket: Bucket,
  { id: loaded, head, table }: LoadedLast,
): Promise<Strangers | undefined> {
  const id = loadedId(loaded);
  const known = new Set<string>();
  for (let key = head; key !== undefined; ) {
    // By the name of its folder, which saves the reading of what is looked for.
    if (packageAt(key) === id) return undefined;
    known.add(key);
    const manifest = await readManifest(bucket, key).catch(unreadable);
    if (manifest === undefined) return undefined;
    key = manifest.previous;
  }
  const newest = await find(bucket, id, table);
  if (newest === undefined) return { id, objects: undefined };
  // From before there were chains: then none of its time reaches it.
  if (newest.manifest.scope === undefined) return undefined;
  return { id, objects: await objectsOf(bucket, newest.key, known) };
}

/** A package that was loaded again was given another id, with the replay's behind its own. */
const loadedId = (id: string): string => id.split('~')[0] ?? id;

const packageAt = (manifest: string): string | undefined => manifest.split('/').at(-2);

async function find(
  bucket: Bucket,
  id: string,
  { service, data_type }: LoadedLast['table'],
): Promise<ChainLink | undefined> {
  for await (const { key } of bucket.list(keys.packagesOf(service, data_type))) {
    if (key.endsWith(`/${id}/manifest.json`)) return { key, manifest: await readManifest(bucket, key) };
  }
  return undefined;
}

/** Of the package and all before it, back to one that the other chain knows. */
async function objectsOf(bucket: Bucket, head: string, known: ReadonlySet<string>): Promise<string[] | undefined> {
  const objects: string[] = [];
  for await (const link of chainOf(bucket, head)) {
    if ('missing' in link) return undefined;
    if (known.has(link.key)) break;
    objects.push(...[...link.manifest.parts, ...link.manifest.artifacts].map(({ key }) => key));
  }
  return objects;
}

/** Whoever loads the package finds that, and leaves it out. */
function unreadable(error: unknown): undefined {
  if (liesInBronze(error)) return undefined;
  throw error;
}
