/** A table as an Apache Iceberg table of version 2 in a folder of the bucket, without a catalogue. */
import type { Bucket } from '../../../storage/contract.ts';
import type { TableName } from '../../contract.ts';
import { columnTypeChanged } from '../errors.ts';
import { changedType } from '../format/schema.ts';
import { folderOf, urlOf } from '../names.ts';
import { sweeping } from '../retention.ts';
import type { LakeTable } from '../table.ts';
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
  return {
    name,
    folder,
    url,
    async current() {
      const stored = await versions.newest();
      return stored === undefined ? undefined : new IcebergVersion(stored, objects);
    },
    next(version, declared, now) {
      // Whoever asks has the version from here.
      const base = version instanceof IcebergVersion ? version : undefined;
      const changed = base && changedType(base.metadata, declared.columns);
      if (changed !== undefined) throw columnTypeChanged(name, changed, url);
      // What is left is none of the load's: gc finds it, too, and says what is wrong.
      const onPublished = async (number: number): Promise<void> => {
        if (number % sweeping.everyVersions === 0) await sweep({ bucket, folder }, now).catch(() => undefined);
      };
      return new NextIcebergVersion({ versions, objects, base, declared, location: url, now, onPublished });
    },
    leftovers: (now) => findLeftovers({ bucket, folder }, now),
  };
}
