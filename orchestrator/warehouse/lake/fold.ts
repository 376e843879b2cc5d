/** Which files of a table a commit writes anew, and in which it only marks rows as deleted. Pure. */
import type { OpenFile } from './live.ts';

export interface Limits {
  /** A file below this is written anew rather than marked, and folded with others of its kind. */
  readonly smallBytes: number;
  /** So many small files become one, the one that is written now included. */
  readonly mostSmall: number;
  /** A file of which more than this share is deleted is written anew: readers would read it in vain. */
  readonly worn: number;
}

export const LIMITS: Limits = { smallBytes: 16 * 1024 * 1024, mostSmall: 8, worn: 0.3 };

/** How many rows of a file are deleted, and how many of these by this commit. */
export interface Worn {
  readonly dead: number;
  readonly fresh: number;
}

export interface Folded {
  /** Nothing lives in it. */
  readonly dropped: readonly OpenFile[];
  /** Their living rows are written anew. */
  readonly rewritten: readonly OpenFile[];
  /** They get deletes, or other ones. */
  readonly marked: readonly OpenFile[];
}

export function fold(
  files: readonly OpenFile[],
  wornOf: (file: OpenFile) => Worn,
  {
    writes,
    limits,
  }: { /** Whether there are new rows to be written. */ readonly writes: boolean; readonly limits: Limits },
): Folded {
  const isSmall = ({ file }: OpenFile): boolean => file.bytes < limits.smallBytes;
  const isFull = writes && files.filter(isSmall).length + 1 >= limits.mostSmall;
  const fateOf = (one: OpenFile): keyof Folded | undefined => {
    const { dead, fresh } = wornOf(one);
    if (dead >= one.file.rows) return 'dropped';
    if (isFull && isSmall(one)) return 'rewritten';
    if (fresh === 0) return undefined;
    return isSmall(one) || dead / one.file.rows > limits.worn ? 'rewritten' : 'marked';
  };
  const { dropped = [], rewritten = [], marked = [] } = Object.groupBy(files, (one) => fateOf(one) ?? 'kept');
  return { dropped, rewritten, marked };
}
