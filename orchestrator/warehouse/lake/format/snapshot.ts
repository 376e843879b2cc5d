/** A change of a table's files becomes a snapshot: manifests, their list, and what it says of itself. Nothing is written here. */
import { chunksOf } from './avro.ts';
import type { Change } from './change.ts';
import type { DataFile } from './data-file.ts';
import { encodeManifestList, type LiveFile, type ManifestFile, type OpenManifest } from './manifest-list.ts';
import { encodeManifest, type ManifestEntry } from './manifests.ts';
import type { Metadata } from './metadata.ts';
import { summaryOf } from './summary.ts';
import type { NewSnapshot } from './versions.ts';

export interface SnapshotIds {
  /** Positive and below 2^53, so that every reader of JSON has it exact. */
  readonly snapshotId: number;
  /** In the names of its objects; no other snapshot, also none that was never committed, has it. */
  readonly unique: string;
}

/** An object that must be there before the metadata names it. */
export interface NewObject {
  /** Relative to the table's folder. */
  readonly path: string;
  readonly bytes: Buffer;
}

export interface MadeSnapshot {
  readonly snapshot: NewSnapshot;
  readonly objects: readonly NewObject[];
}

/** A manifest of so many living files is written anew only when one of them is removed. */
const FULL = 1_000;

/**
 * The snapshot after the current one of `metadata`, which consists of `manifests`. `notes` are further entries of its summary.
 */
export function makeSnapshot(
  metadata: Metadata,
  manifests: readonly OpenManifest[],
  change: Change,
  { ids, notes }: { readonly ids: SnapshotIds; readonly notes: Readonly<Record<string, string>> },
): MadeSnapshot {
  const sequenceNumber = metadata['last-sequence-number'] + 1;
  const drafts = [
    ...draftsOf(manifests, { content: 0, added: change.added, removed: change.removed }, ids),
    ...draftsOf(manifests, { content: 1, added: change.addedDeletes, removed: change.removedDeletes }, ids),
  ];
  const written: { object: NewObject; manifest: ManifestFile }[] = [];
  const list = drafts.map((draft) => {
    if ('manifest' in draft) return draft.manifest;
    const bytes = encodeManifest(metadata, draft.content === 0 ? 'data' : 'deletes', draft.entries);
    const object = { path: `metadata/${ids.unique}-m${written.length}.avro`, bytes };
    const manifest = manifestOf(metadata, draft, { object, ids, sequenceNumber });
    written.push({ object, manifest });
    return manifest;
  });
  const parentId = metadata['current-snapshot-id'];
  const bytes = encodeManifestList(list, { snapshotId: ids.snapshotId, parentId, sequenceNumber });
  const listObject = { path: `metadata/snap-${ids.snapshotId}-1-${ids.unique}.avro`, bytes };
  const snapshot = {
    'snapshot-id': ids.snapshotId,
    'sequence-number': sequenceNumber,
    'manifest-list': `${metadata.location}/${listObject.path}`,
    summary: { ...summaryOf(manifests, change), ...notes },
  };
  return { snapshot, objects: [...written.map(({ object }) => object), listObject] };
}

interface Side {
  readonly content: 0 | 1;
  readonly added: readonly DataFile[];
  readonly removed: ReadonlySet<string>;
}

interface Draft {
  readonly content: 0 | 1;
  readonly entries: readonly ManifestEntry[];
}

/** Manifests as they are, and those to be written: small ones become one with what is new. */
function draftsOf(all: readonly OpenManifest[], side: Side, ids: SnapshotIds): (OpenManifest | Draft)[] {
  const living = all.filter(({ manifest, files }) => manifest.content === side.content && files.length > 0);
  if (side.added.length + side.removed.size === 0) return living;
  const isKept = ({ files }: OpenManifest): boolean =>
    files.length >= FULL && !files.some(({ file }) => side.removed.has(file.path));
  const entries = [
    ...side.added.map((file) => addedEntry(file, ids)),
    ...living.filter((one) => !isKept(one)).flatMap(({ files }) => files.map((one) => oldEntry(one, side, ids))),
  ];
  const drafts = chunksOf(entries, FULL).map((chunk) => ({ content: side.content, entries: chunk }));
  return [...living.filter(isKept), ...drafts];
}

/** Its sequence number is that of the commit, and so left to the manifest list. */
const addedEntry = (file: DataFile, { snapshotId }: SnapshotIds): ManifestEntry => ({
  status: 'added',
  snapshotId,
  sequenceNumber: undefined,
  fileSequenceNumber: undefined,
  file,
});

/** A deleted file is named by the snapshot that deletes it, and by no later one. */
function oldEntry(one: LiveFile, { removed }: Side, { snapshotId }: SnapshotIds): ManifestEntry {
  const isRemoved = removed.has(one.file.path);
  return { ...one, status: isRemoved ? 'deleted' : 'existing', snapshotId: isRemoved ? snapshotId : one.snapshotId };
}

interface Written {
  readonly object: NewObject;
  readonly ids: SnapshotIds;
  readonly sequenceNumber: number;
}

function manifestOf(metadata: Metadata, { content, entries }: Draft, written: Written): ManifestFile {
  const { object, ids, sequenceNumber } = written;
  const count = (status: ManifestEntry['status']): [number, number] => {
    const files = entries.filter((entry) => entry.status === status).map(({ file }) => file.rows);
    return [files.length, files.reduce((sum, rows) => sum + rows, 0)];
  };
  const living = entries.filter(({ status }) => status !== 'deleted');
  const [[added, addedRows], [existing, existingRows], [deleted, deletedRows]] = [
    count('added'),
    count('existing'),
    count('deleted'),
  ];
  return {
    manifest_path: `${metadata.location}/${object.path}`,
    manifest_length: object.bytes.length,
    partition_spec_id: metadata['default-spec-id'],
    content,
    sequence_number: sequenceNumber,
    min_sequence_number: Math.min(sequenceNumber, ...living.map((entry) => entry.sequenceNumber ?? sequenceNumber)),
    added_snapshot_id: ids.snapshotId,
    added_files_count: added,
    existing_files_count: existing,
    deleted_files_count: deleted,
    added_rows_count: addedRows,
    existing_rows_count: existingRows,
    deleted_rows_count: deletedRows,
    partitions: [],
    key_metadata: null,
  };
}
