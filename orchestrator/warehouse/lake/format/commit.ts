/** The manifests of a commit: those that stay as they are, and those that are written for it. */
import { chunksOf } from './avro.ts';
import type { Change } from './change.ts';
import type { DataFile } from './data-file.ts';
import type { LiveFile, ManifestFile, OpenManifest } from './manifest-list.ts';
import { encodeManifest, type ManifestEntry } from './manifests.ts';
import type { Metadata } from './metadata.ts';

export interface Commit {
  /** Of the version that the commit makes. */
  readonly metadata: Metadata;
  /** Positive and below 2^53, so that every reader of JSON has it exact. */
  readonly snapshotId: number;
  readonly sequenceNumber: number;
  /** In the names of its objects; no other commit, be it one that failed, has it. */
  readonly unique: string;
}

/** An object that must be there before the metadata names it. */
export interface NewObject {
  /** Relative to the table's folder. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** A manifest of so many living files is written anew only when one of them is removed. */
const FULL = 1_000;

export function manifestsOf(
  before: readonly OpenManifest[],
  change: Change,
  commit: Commit,
): { readonly list: readonly ManifestFile[]; readonly objects: readonly NewObject[] } {
  const sides = [
    layOut(before, { content: 0, added: change.added, removed: change.removed }, commit),
    layOut(before, { content: 1, added: change.addedDeletes, removed: change.removedDeletes }, commit),
  ];
  const written = sides.flatMap(({ drafts }) => drafts).map((draft, index) => writtenAs(index, draft, commit));
  return {
    list: [...sides.flatMap(({ kept }) => kept), ...written].map(({ manifest }) => manifest),
    objects: written.map(({ object }) => object),
  };
}

interface Side {
  readonly content: ManifestFile['content'];
  readonly added: readonly DataFile[];
  readonly removed: ReadonlySet<string>;
}

interface Draft {
  readonly content: Side['content'];
  readonly entries: readonly ManifestEntry[];
}

/** Small manifests become one with what is new. Nothing is written where nothing changes. */
function layOut(
  before: readonly OpenManifest[],
  side: Side,
  commit: Commit,
): { kept: OpenManifest[]; drafts: Draft[] } {
  const { content, added, removed } = side;
  const living = before.filter(({ manifest, files }) => manifest.content === content && files.length > 0);
  if (added.length + removed.size === 0) return { kept: living, drafts: [] };
  const isKept = ({ files }: OpenManifest): boolean =>
    files.length >= FULL && !files.some(({ file }) => removed.has(file.path));
  const entries = [
    ...added.map((file) => addedEntry(file, commit)),
    ...living.filter((one) => !isKept(one)).flatMap(({ files }) => files.map((one) => oldEntry(one, side, commit))),
  ];
  const drafts = chunksOf(entries, FULL).map((chunk) => ({ content, entries: chunk }));
  return { kept: living.filter(isKept), drafts };
}

/** Its sequence number is that of the commit, and so left to the manifest list. */
const addedEntry = (file: DataFile, { snapshotId }: Commit): ManifestEntry => ({
  status: 'added',
  snapshotId,
  sequenceNumber: undefined,
  fileSequenceNumber: undefined,
  file,
});

/** A deleted file is named by the snapshot that deletes it, and by no later one. */
function oldEntry(one: LiveFile, { removed }: Side, { snapshotId }: Commit): ManifestEntry {
  return removed.has(one.file.path) ? { ...one, status: 'deleted', snapshotId } : { ...one, status: 'existing' };
}

function writtenAs(index: number, { content, entries }: Draft, commit: Commit) {
  const { metadata, snapshotId, sequenceNumber, unique } = commit;
  const bytes = encodeManifest(metadata, content === 0 ? 'data' : 'deletes', entries);
  const object: NewObject = { path: `metadata/${unique}-m${index}.avro`, bytes };
  const living = entries.filter(({ status }) => status !== 'deleted');
  const manifest: ManifestFile = {
    manifest_path: `${metadata.location}/${object.path}`,
    manifest_length: bytes.length,
    partition_spec_id: metadata['default-spec-id'],
    content,
    sequence_number: sequenceNumber,
    min_sequence_number: Math.min(sequenceNumber, ...living.map((entry) => entry.sequenceNumber ?? sequenceNumber)),
    added_snapshot_id: snapshotId,
    ...countsOf(entries),
    partitions: [],
    key_metadata: null,
  };
  return { object, manifest };
}

function countsOf(entries: readonly ManifestEntry[]) {
  const files = (status: ManifestEntry['status']) => entries.filter((entry) => entry.status === status);
  const rows = (status: ManifestEntry['status']) => files(status).reduce((sum, { file }) => sum + file.rows, 0);
  return {
    added_files_count: files('added').length,
    existing_files_count: files('existing').length,
    deleted_files_count: files('deleted').length,
    added_rows_count: rows('added'),
    existing_rows_count: rows('existing'),
    deleted_rows_count: rows('deleted'),
  };
}
