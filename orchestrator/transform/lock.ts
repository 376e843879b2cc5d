/** One transform of a warehouse at a time on a machine: two would share a folder, and make the same models under each other. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TidemillError } from '@tidemill/kit';
import { makeFolder } from '@tidemill/kit/folder';

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/**
 * Throws `transform-busy` of kind `transient` while another process has the folder. The lock is SQLite's, on an empty database: the
 * kernel releases it when its holder dies, however it dies.
 */
export async function alone<T>(folder: string, action: () => Promise<T>): Promise<T> {
  makeFolder(folder);
  const database = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    lock(database, folder);
    return await action();
  } finally {
    database.close();
  }
}

function lock(database: DatabaseSync, folder: string): void {
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    if ((cause as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw cause;
    throw new TidemillError('transient', 'transform-busy', `Another transform is at work in ${folder}`, {
      hint: 'Wait for it to end, then run this one again.',
      cause,
    });
  }
}
