import { accessSync, chmodSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { makeFolder } from '@tidemill/kit/folder';

/** A file that only its owner may read and write, also when it was there before. Throws kind `config` when it cannot be written. */
export function writeSecretFile(path: string, text: string): void {
  orUnwritable(path, () => {
    makeFolder(dirname(path));
    writeFileSync(path, '', { mode: 0o600, flag: 'a' });
    // Before the secrets are in it: the mode above is only for a file that was not there.
    chmodSync(path, 0o600);
    writeFileSync(path, text);
  });
}

/** For what cannot be made twice: throws kind `config` if it could not be written there. Makes the folders on the way. */
export function checkSecretFile(path: string): void {
  orUnwritable(path, () => {
    makeFolder(dirname(path));
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isFile() === false) throw new Error('something else than a file is there');
    accessSync(there === undefined ? dirname(path) : path, constants.W_OK);
  });
}

function orUnwritable(path: string, attempt: () => void): void {
  try {
    attempt();
  } catch (cause) {
    throw new TidemillError('config', 'secret-file', `${path} cannot be written`, {
      hint: 'Name a file, not a folder, in a place where you may write.',
      cause,
    });
  }
}
