/** Which packages of a job have rejected records that still count, and in which objects those lie. */
import type { Stream } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { keys, quarantinedAt } from '../../storage/keys.ts';
import { chainOf } from './chain.ts';
import { type Manifest, scopeOf } from './manifest.ts';

type Table = Pick<Manifest, 'service' | 'data_type'>;

export interface QuarantinedPackage {
  readonly name: string;
  /** Of its objects: one for each warehouse that lacks some of its records. */
  readonly keys: readonly string[];
}

export interface QuarantineRequest {
  readonly head: string | undefined;
  readonly table: Table;
  readonly stream: Pick<Stream, 'write' | 'scope'>;
  /** Names of warehouses whose rejects are not asked for. */
  readonly without: readonly string[];
}

/** All of a table, whichever job they are of, by name of the package. */
export async function objectsInQuarantine(
  bucket: Bucket,
  { service, data_type }: Table,
  without: readonly string[],
): Promise<Map<string, string[]>> {
  const objects = new Map<string, string[]>();
  for await (const { key } of bucket.list(keys.quarantineFolder(service, data_type))) {
    const found = quarantinedAt(key);
    if (found === undefined || without.includes(found.target ?? '')) continue;
    objects.set(found.package, [...(objects.get(found.package) ?? []), key]);
  }
  return objects;
}

/**
 * The job's packages with rejects, oldest first, from the newest that says everything on: it took the place of those before it.
 * `missing` is the key of a manifest that is gone, where there may be more behind it.
 */
export async function quarantinedPackages(
  bucket: Bucket,
  { head, table, stream, without }: QuarantineRequest,
): Promise<{ readonly packages: readonly QuarantinedPackage[]; readonly missing?: string }> {
  const objects = await objectsInQuarantine(bucket, table, without);
  const packages: QuarantinedPackage[] = [];
  // The chain is as long as the job is old: it is read no further than there is something to find.
  if (objects.size === 0) return { packages };
  for await (const link of chainOf(bucket, head)) {
    if ('missing' in link) return { packages, missing: link.missing };
    const { manifest } = link;
    const found = objects.get(manifest.package);
    if (found !== undefined) packages.unshift({ name: manifest.package, keys: found });
    objects.delete(manifest.package);
    if (objects.size === 0 || scopeOf(manifest, stream) === 'everything') break;
  }
  return { packages };
}
