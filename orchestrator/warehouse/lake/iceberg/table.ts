/** A table as an Apache Iceberg table of version 2 in a folder of the bucket, without a catalogue. */
import { randomUUID } from 'node:crypto';
import type { Bucket } from '../../../storage/contract.ts';
import type { TableName } from '../../contract.ts';
import { columnTypeChanged } from '../errors.ts';
import type { Metadata } from '../format/metadata.ts';
import { changedType, evolve, newTable, remake } from '../format/schema.ts';
import { folderOf, urlOf } from '../names.ts';
import { sweeping } from '../retention.ts';
import type { Declared, LakeTable, TableVersion } from '../table.ts';
import { findLeftovers, sweep } from './leftovers.ts';
import { NextIcebergVersion } from './next.ts';
import { Objects } from './objects.ts';
import { IcebergVersion } from './version.ts';
import { Versions } from './versions.ts';

export function icebergTable(bucket: Bucket, name: TableName): LakeTable {
  const folder = folderOf(name);
  const url = urlOf(bucket.url, folder);
  const versions = new Versions(bucket, folder);
  const objects = new Objects(bucket, folder);
  const first = (declared: Declared, now: Date): Metadata =>
    newTable(declared, { uuid: randomUUID(), location: url, now: now.getTime() });
  // What is left is none of the load's: gc finds it, too, and says what is wrong.
  const sweeps =
    (now: Date) =>
    async (number: number): Promise<void> => {
      if (number % sweeping.everyVersions === 0) await sweep({ bucket, folder }, now).catch(() => undefined);
    };
  return {
    name,
    folder,
    url,
    isThere: () => versions.areThere(),
    async current() {
      const stored = await versions.newest();
      return stored === undefined ? undefined : new IcebergVersion(stored, objects);
    },
    next(version, declared, now) {
      const base = ours(version);
      const changed = base && changedType(base.metadata, declared.columns);
      if (changed !== undefined) throw columnTypeChanged(name, changed, url);
      const columns = (before: Metadata | undefined): Metadata =>
        before === undefined ? first(declared, now) : evolve(before, declared);
      return new NextIcebergVersion({ versions, objects, base, columns, now, onPublished: sweeps(now) });
    },
    remade(version, table, now) {
      const bare = { description: table.description, columns: [], key: [] };
      const columns = (before: Metadata | undefined): Metadata => remake(before ?? first(bare, now), table);
      return new NextIcebergVersion({ versions, objects, base: ours(version), columns, now, onPublished: sweeps(now) });
    },
    leftovers: (now) => findLeftovers({ bucket, folder }, now),
  };
}

/** Whoever asks has the version from here. */
const ours = (version: TableVersion | undefined): IcebergVersion | undefined =>
  version instanceof IcebergVersion ? version : undefined;
