/** What a commit does to the files of a table. */
import type { DataFile } from './data-file.ts';

/** Files are named by their paths as manifests have them. */
export interface Change {
  readonly added: readonly DataFile[];
  readonly removed: ReadonlySet<string>;
  readonly addedDeletes: readonly DataFile[];
  readonly removedDeletes: ReadonlySet<string>;
  /** `rows`: they change. `layout`: the same rows, in other files. */
  readonly of: 'rows' | 'layout';
}

/** Incremental readers take an `append` for new rows and nothing else. */
export function operationOf({ of, added, removed, addedDeletes, removedDeletes }: Change): string {
  if (of === 'layout') return 'replace';
  if (removed.size + addedDeletes.length + removedDeletes.size === 0) return 'append';
  return added.length === 0 ? 'delete' : 'overwrite';
}
