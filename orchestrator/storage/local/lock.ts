import { DatabaseSync } from 'node:sqlite';

/** Longer than any critical section by orders of magnitude; only a stopped process can hold the lock this long. */
const PATIENCE_MS = 30_000;

/**
 * Runs `critical` while no other process does, for the same lock file.
 *
 * The lock is SQLite's, on an empty database: the kernel releases it when its holder dies, however it dies, so there
 * is no stale lock to recognise and break. `critical` must not wait for anything: it runs to its end before this
 * process does anything else. Throws SQLite's `database is locked` after 30 seconds.
 */
export function withLock<T>(lockFile: string, critical: () => T): T {
  const database = new DatabaseSync(lockFile, { timeout: PATIENCE_MS });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return critical();
  } finally {
    // Closing rolls the empty transaction back and lets the next one in.
    database.close();
  }
}
