/** A file that comes in pieces: the whole of it is there, or what was there before. */
import { createWriteStream, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TidemillError } from '@tidemill/kit';
import { makeFolder } from '@tidemill/kit/folder';

/** Makes the folders on the way. Throws what the pieces throw, and kind `config` when the file cannot be written. */
export async function writeWholeFile(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const part = `${path}.part`;
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) throw new Error('something else is there');
    makeFolder(dirname(path));
    await pipeline(pieces, createWriteStream(part));
    renameSync(part, path);
  } catch (cause) {
    rmSync(part, { force: true });
    if (cause instanceof TidemillError) throw cause;
    throw new TidemillError('config', 'output-file', `${path} cannot be written`, {
      hint: 'Name a file, not a folder, in a place where you may write and where there is room.',
      cause,
    });
  }
}
