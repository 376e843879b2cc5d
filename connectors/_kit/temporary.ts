/** Room for files that live no longer than what they are for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidemillError } from './errors.ts';

const IS_FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const IS_CLOSED = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR'];

/** A new folder that only this user may read. Throws `disk-full` and `no-temporary-folder`. */
export async function temporaryFolder(what: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), `tidemill-${what}-`));
  } catch (error) {
    throw asTemporaryError(error);
  }
}

/** Hands a new folder to the action, and removes it after. Throws what `temporaryFolder` throws, also of files in it. */
export async function inTemporaryFolder<T>(what: string, action: (folder: string) => Promise<T>): Promise<T> {
  const folder = await temporaryFolder(what);
  try {
    return await action(folder);
  } catch (error) {
    throw asTemporaryError(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the system throws; any other error as it is. */
export function asTemporaryError(cause: unknown): unknown {
  const code = String((cause as { code?: unknown } | undefined)?.code);
  if (IS_FULL.includes(code)) {
    return new TidemillError('config', 'disk-full', `No space left in ${tmpdir()}, for temporary files`, {
      hint: 'Free some space (or see `ulimit -f`), or let TMPDIR name a folder on a larger disk. Nothing was lost: the next run goes on from here.',
      cause,
    });
  }
  if (!IS_CLOSED.includes(code)) return cause;
  return new TidemillError(
    'config',
    'no-temporary-folder',
    `${tmpdir()}, for temporary files, cannot be used (${code})`,
    {
      hint: 'It must be a folder that this user may read and write: let TMPDIR name another one.',
      cause,
    },
  );
}
