/** A change of a table's files becomes a snapshot: manifests, their list, and what it says of itself. Nothing is written here. */
import { TidemillError } from '@tidemill/kit';
import type { Change } from './change.ts';
import { type Commit, manifestsOf, type NewObject } from './commit.ts';
import { encodeManifestList, livingFiles, type OpenManifest } from './manifest-list.ts';
import type { Metadata } from './metadata.ts';
import { summaryOf } from './summary.ts';
import type { NewSnapshot } from './versions.ts';

export interface MadeSnapshot {
  readonly snapshot: NewSnapshot;
  /** To be written before the metadata is. */
  readonly objects: readonly NewObject[];
}

/**
 * The snapshot that follows the current one of `metadata`, whose manifests are `before`. `notes` are further entries of its
 * summary. Throws kind `bug` when the change does not fit the files that are there.
 */
export function makeSnapshot(
  metadata: Metadata,
  before: readonly OpenManifest[],
  change: Change,
  made: Pick<Commit, 'snapshotId' | 'unique'> & { readonly notes: Readonly<Record<string, string>> },
): MadeSnapshot {
  checkChange(before, change);
  const { snapshotId, unique, notes } = made;
  const sequenceNumber = metadata['last-sequence-number'] + 1;
  const { list, objects } = manifestsOf(before, change, { metadata, snapshotId, unique, sequenceNumber });
  const parentId = metadata['current-snapshot-id'];
  const path = `metadata/snap-${snapshotId}-1-${unique}.avro`;
  const snapshot: NewSnapshot = {
    'snapshot-id': snapshotId,
    'sequence-number': sequenceNumber,
    'manifest-list': `${metadata.location}/${path}`,
    summary: { ...notes, ...summaryOf(before, change) },
  };
  return {
    snapshot,
    objects: [...objects, { path, bytes: encodeManifestList(list, { snapshotId, parentId, sequenceNumber }) }],
  };
}

/** Paths are compared to the letter: one that is spelled otherwise would leave dead rows alive, without a word. */
function checkChange(before: readonly OpenManifest[], change: Change): void {
  const { data, deletes } = livingFiles(before);
  const paths = new Set(data.map(({ file }) => file.path));
  const after = new Set([...paths].filter((path) => !change.removed.has(path)));
  for (const { path } of change.added) after.add(path);
  const deletePaths = new Set(deletes.map(({ file }) => file.path));
  const isSound =
    [...change.removed].every((path) => paths.has(path)) &&
    [...change.removedDeletes].every((path) => deletePaths.has(path)) &&
    change.addedDeletes.every(({ referencedDataFile = '' }) => after.has(referencedDataFile)) &&
    change.added.every(({ path }) => !paths.has(path));
  if (!isSound) throw new TidemillError('bug', 'lake-change', 'A commit names files that the table does not have');
}
