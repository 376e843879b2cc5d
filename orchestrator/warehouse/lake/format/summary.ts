/** What a snapshot says of itself (https://iceberg.apache.org/spec/#optional-snapshot-summary-fields): every value is a text. */
import { type Change, operationOf } from './change.ts';
import type { DataFile } from './data-file.ts';
import { livingFiles, type OpenManifest } from './manifest-list.ts';

const rowsOf = (files: readonly DataFile[]): number => files.reduce((sum, { rows }) => sum + rows, 0);
const bytesOf = (files: readonly DataFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

export function summaryOf(before: readonly OpenManifest[], change: Change): Record<string, string> {
  const living = livingFiles(before);
  const [data, deletes] = [living.data.map(({ file }) => file), living.deletes.map(({ file }) => file)];
  const removed = data.filter(({ path }) => change.removed.has(path));
  const removedDeletes = deletes.filter(({ path }) => change.removedDeletes.has(path));
  const { added, addedDeletes } = change;
  const changed = {
    'added-data-files': added.length,
    'deleted-data-files': removed.length,
    'added-records': rowsOf(added),
    'deleted-records': rowsOf(removed),
    'added-delete-files': addedDeletes.length,
    'added-position-delete-files': addedDeletes.length,
    'added-position-deletes': rowsOf(addedDeletes),
    'removed-delete-files': removedDeletes.length,
    'removed-position-delete-files': removedDeletes.length,
    'removed-position-deletes': rowsOf(removedDeletes),
    'added-files-size': bytesOf([...added, ...addedDeletes]),
    'removed-files-size': bytesOf([...removed, ...removedDeletes]),
  };
  const totals = {
    'total-data-files': data.length + added.length - removed.length,
    'total-delete-files': deletes.length + addedDeletes.length - removedDeletes.length,
    'total-records': rowsOf(data) + rowsOf(added) - rowsOf(removed),
    'total-position-deletes': rowsOf(deletes) + rowsOf(addedDeletes) - rowsOf(removedDeletes),
    'total-equality-deletes': 0,
    'total-files-size':
      bytesOf([...data, ...deletes, ...added, ...addedDeletes]) - bytesOf([...removed, ...removedDeletes]),
  };
  const counts = [...Object.entries(changed).filter(([, count]) => count > 0), ...Object.entries(totals)];
  return {
    operation: operationOf(change),
    ...Object.fromEntries(counts.map(([name, count]) => [name, String(count)])),
  };
}
