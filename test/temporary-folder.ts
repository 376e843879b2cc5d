/**
 * Gives the whole test run one temporary folder, and removes it: no test leaves anything on the machine. It is in memory where
 * the system has room for it there: most of what tests do with a disk is to wait for it, and none can tell the difference.
 */
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system in memory, on Linux: https://www.kernel.org/doc/html/latest/filesystems/tmpfs.html */
const IN_MEMORY = '/dev/shm';

/** A run leaves about 2 GB behind; a container has 64 MB there unless somebody asks for more. */
const ROOM_BYTES = 6e9;

/** Where temporary folders go. */
export const temporaryRoot = (): string => (process.env['TMPDIR'] === undefined && hasRoom() ? IN_MEMORY : tmpdir());

export default function setup(): () => void {
  const folder = mkdtempSync(join(temporaryRoot(), 'tidemill-test-'));
  // Read by `os.tmpdir()` in the workers, which start with this process's environment.
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return bavail * bsize > ROOM_BYTES;
  } catch {
    return false;
  }
}
