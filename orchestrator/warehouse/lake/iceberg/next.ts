/** The version that follows another one. */
import { randomUUID } from 'node:crypto';
import { sumOf } from '../../packages.ts';
import type { Change } from '../format/change.ts';
import type { OpenManifest } from '../format/manifest-list.ts';
import { type Metadata, printMetadata } from '../format/metadata.ts';
import { withPackages } from '../format/properties.ts';
import { makeSnapshot } from '../format/snapshot.ts';
import { expired, nextVersion, withSnapshot } from '../format/versions.ts';
import { dataFileOf, deleteFileOf } from '../format/written-file.ts';
import { snapshotRetention, snapshotsOlderThan } from '../retention.ts';
import type { LoadedPackage, NextVersion, TableChange, TableField, TableFile } from '../table.ts';
import type { Objects } from './objects.ts';
import { fieldsOf, type IcebergVersion } from './version.ts';
import type { Versions } from './versions.ts';

export interface Following {
  readonly versions: Versions;
  readonly objects: Objects;
  /** Undefined for a table that is not there yet. */
  readonly base: IcebergVersion | undefined;
  /** The version before, begun anew, with the columns that are wanted now; of a new table, the first one. */
  readonly columns: (before: Metadata | undefined) => Metadata;
  readonly now: Date;
  /** Called with its number once it is the newest. */
  readonly onPublished: (number: number) => Promise<void>;
}

export class NextIcebergVersion implements NextVersion {
  readonly #following: Following;
  /** With the columns as they are declared now, and the rows of the version before. */
  readonly #metadata: Metadata;

  constructor(following: Following) {
    this.#following = following;
    this.#metadata = begun(following);
  }

  get fields(): readonly TableField[] {
    return fieldsOf(this.#metadata);
  }

  async files(): Promise<readonly TableFile[]> {
    return (await this.#following.base?.files()) ?? [];
  }

  async publish(change: TableChange): Promise<'published' | 'refused'> {
    const { versions, base, now, onPublished } = this.#following;
    const loaded = withPackages(this.#metadata, change.loaded);
    const isSame = change.added.length + change.removed.length + change.deletes.length === 0;
    // Readers of a table expect a snapshot, also of one without a row.
    const next = isSame && loaded['current-snapshot-id'] !== undefined ? loaded : await this.#snapshot(loaded, change);
    const kept = expired(next, { olderThan: snapshotsOlderThan(now), keep: snapshotRetention.atLeast });
    const outcome = await versions.create(base?.stored, printMetadata(kept));
    if (outcome === 'refused') return outcome;
    await onPublished((base?.stored.number ?? 0) + 1);
    return 'published';
  }

  /** Writes all that the snapshot names. */
  async #snapshot(metadata: Metadata, change: TableChange): Promise<Metadata> {
    const { objects, base } = this.#following;
    const before: readonly OpenManifest[] = (await base?.manifests()) ?? [];
    const unique = randomUUID();
    const { snapshot, objects: written } = makeSnapshot(metadata, before, this.#filesOf(change), {
      // Below 2^53, so that it is exact in JSON, and none that is not positive.
      snapshotId: Number.parseInt(unique.replaceAll('-', '').slice(0, 12), 16) + 1,
      unique,
      notes: notesOf(change.loaded),
    });
    await Promise.all(written.map(({ path, bytes }) => objects.write(path, bytes)));
    return withSnapshot(metadata, snapshot);
  }

  #filesOf({ added, removed, deletes }: TableChange): Change {
    const { objects } = this.#following;
    const urlOf = (key: string): string => objects.urlOf(this.#metadata.location, key);
    const obsolete = [...removed, ...deletes.map(({ of }) => of)].flatMap((file) => file.deletes);
    const fields = fieldsOf(this.#metadata).map(({ id, name, format }) => ({ id, name, type: format }));
    return {
      added: added.map((file) => dataFileOf(file, urlOf(file.key), fields)),
      removed: new Set(removed.map(({ path }) => path)),
      addedDeletes: deletes.map(({ of, file }) => deleteFileOf(file, urlOf(file.key), of.path)),
      removedDeletes: new Set(obsolete.map(({ path }) => path)),
      of: 'rows',
    };
  }
}

function begun({ base, columns, now }: Following): Metadata {
  if (base === undefined) return columns(undefined);
  const file = `${base.metadata.location}/metadata/v${base.stored.number}.metadata.json`;
  return columns(nextVersion(base.metadata, { file, now: now.getTime() }));
}

/** For people who look at the history of a table. Of several packages the last, and what all of them come to. */
function notesOf(loaded: readonly LoadedPackage[]): Record<string, string> {
  const last = loaded.at(-1);
  if (last === undefined) return {};
  return {
    'tidemill.package': last.id,
    ...(loaded.length === 1 ? {} : { 'tidemill.packages': String(loaded.length) }),
    'tidemill.job': last.job,
    'tidemill.counts': JSON.stringify(loaded.length === 1 ? last.counts : sumOf(loaded)),
  };
}
