/** From one version of a table's metadata to the next. Nothing here knows a clock: `now` is in milliseconds since 1970. */
import type { Long } from './long.ts';
import type { Metadata, Snapshot } from './metadata.ts';

/** How many former metadata files are named. */
const MOST_LOGGED = 100;

/**
 * Begins the version after the one that `file` (a URL) holds. Every further step is made on it. Its time never goes back: Java
 * refuses a table whose logs do.
 */
export function nextVersion(metadata: Metadata, { file, now }: { file: string; now: number }): Metadata {
  const logged = { 'timestamp-ms': metadata['last-updated-ms'], 'metadata-file': file };
  return {
    ...metadata,
    'last-updated-ms': Math.max(now, metadata['last-updated-ms']),
    'metadata-log': [...metadata['metadata-log'], logged].slice(-MOST_LOGGED),
  };
}

/** A snapshot that is not in the table yet (`snapshot.ts` makes it). */
export type NewSnapshot = Pick<Snapshot, 'snapshot-id' | 'sequence-number' | 'manifest-list' | 'summary'>;

/** With one more snapshot, the newest. */
export function withSnapshot(metadata: Metadata, added: NewSnapshot): Metadata {
  const now = metadata['last-updated-ms'];
  const id = added['snapshot-id'];
  const snapshot: Snapshot = {
    ...added,
    'parent-snapshot-id': metadata['current-snapshot-id'],
    'timestamp-ms': now,
    'schema-id': metadata['current-schema-id'],
  };
  return {
    ...metadata,
    'last-sequence-number': added['sequence-number'],
    'current-snapshot-id': id,
    snapshots: [...metadata.snapshots, snapshot],
    refs: { ...metadata.refs, main: { ...metadata.refs['main'], 'snapshot-id': id, type: 'branch' } },
    'snapshot-log': [...metadata['snapshot-log'], { 'timestamp-ms': now, 'snapshot-id': id }],
  };
}

export interface Retention {
  /** Milliseconds since 1970. A snapshot stays that was still the newest then: somebody may be reading it. */
  readonly olderThan: number;
  /** So many of the newest stay, whatever their age. */
  readonly keep: number;
}

/**
 * Without snapshots that nobody needs any more; the very same object when there are none. The current one stays, and each that a
 * branch or a tag names. Their files are another matter: they may only be removed once this is committed.
 */
export function expired(metadata: Metadata, { olderThan, keep }: Retention): Metadata {
  const ordered = metadata.snapshots.toSorted((one, other) => one['sequence-number'] - other['sequence-number']);
  const named = new Set(Object.values(metadata.refs).map((ref) => ref['snapshot-id']));
  const isNeeded = (snapshot: Snapshot, index: number): boolean => {
    const id = snapshot['snapshot-id'];
    const next = ordered[index + 1];
    const isOld = next !== undefined && next['timestamp-ms'] < olderThan;
    return !isOld || index >= ordered.length - keep || named.has(id) || id === metadata['current-snapshot-id'];
  };
  const stays = new Set<Long>(ordered.filter(isNeeded).map((snapshot) => snapshot['snapshot-id']));
  return stays.size === ordered.length ? metadata : withOnly(metadata, stays);
}

function withOnly(metadata: Metadata, ids: ReadonlySet<Long>): Metadata {
  const isThere = (one: { 'snapshot-id': Long }): boolean => ids.has(one['snapshot-id']);
  const snapshots = metadata.snapshots.filter(isThere);
  // A log with a gap would tell a wrong history: what lies before the last one that is gone goes, too.
  const log = metadata['snapshot-log'].slice(metadata['snapshot-log'].findLastIndex((one) => !isThere(one)) + 1);
  const used = new Set([metadata['current-schema-id'], ...snapshots.map((snapshot) => snapshot['schema-id'])]);
  return {
    ...metadata,
    snapshots,
    'snapshot-log': log,
    // One that does not name its schema may need any.
    schemas: used.has(undefined) ? metadata.schemas : metadata.schemas.filter((one) => used.has(one['schema-id'])),
    statistics: metadata.statistics?.filter(isThere),
    'partition-statistics': metadata['partition-statistics']?.filter(isThere),
  };
}
