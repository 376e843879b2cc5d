import { DatabaseSync } from 'node:sqlite';
import { TidemillError } from '@tidemill/kit';

/** Longer than any critical section by orders of magnitude; only a stopped process can hold the lock this long. */
const PATIENCE_MS = 30_000;

/**
 * Runs `critical` while no other process does, for the same lock file.
 *
 * The lock is SQLite's, on an empty database: the kernel releases it when its holder dies, however it dies, so there
 * is no stale lock to recognise and break. `critical` must not wait for anything: it runs to its end before this
 * process does anything else. Throws a TidemillError `bucket-busy` when nobody lets go of the lock for `patienceMs`,
 * and `bucket-lock` when the file is no lock.
 */
export function withLock<T>(lockFile: string, critical: () => T, patienceMs = PATIENCE_MS): T {
  const database = open(lockFile, patienceMs);
  try {
    lock(database, lockFile);
    return critical();
  } finally {
    // Closing rolls the empty transaction back and lets the next one in.
    database.close();
  }
}

function open(file: string, timeout: number): DatabaseSync {
  try {
    return new DatabaseSync(file, { timeout });
  } catch (cause) {
    throw unusable(file, cause);
  }
}

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

function lock(database: DatabaseSync, file: string): void {
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    if ((cause as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw unusable(file, cause);
    throw new TidemillError('transient', 'bucket-busy', `Another process does not let go of ${file}`, {
      hint: 'Is one that uses this bucket stopped (Ctrl-Z, a debugger)? Let it go on, or end it. Nothing was changed.',
      cause,
    });
  }
}

function unusable(file: string, cause: unknown): TidemillError {
  const said = cause instanceof Error ? cause.message : 'it cannot be opened';
  return new TidemillError('config', 'bucket-lock', `${file} cannot be used as the lock of the bucket (${said})`, {
    hint: 'It must be a file that this user may write. If it is one, end every process that uses the bucket and remove the file: it holds nothing, and the next run makes it anew.',
    cause,
  });
}
