/** What is in a folder where a repository is to be, and around it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import type { Beside } from '../init/beside.ts';

export const besideIn = (root: string): Beside => ({
  names: namesIn(root),
  packageText: textIn(root, 'package.json'),
  npmrc: textIn(root, '.npmrc'),
  gitignore: textIn(root, '.gitignore'),
});

/** For a folder of a repository: nothing there would ever run at GitHub. */
export function belowNote(root: string): string[] {
  if (existsSync(join(root, '.git'))) return [];
  for (let folder = dirname(root); folder !== dirname(folder); folder = dirname(folder)) {
    if (!existsSync(join(folder, '.git'))) continue;
    return [
      `This is a folder of the repository at ${folder}, and GitHub runs the workflows at its root only: make it a repository of its own, elsewhere or by git init, or run this at that root`,
    ];
  }
  return [];
}

/** None where there is no folder. Throws kind `config` where none can be. */
export function namesIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new TidemillError('config', 'init-folder', `${root} cannot be a repository (${code})`, {
      hint: 'Name another folder. Nothing was written.',
      cause,
    });
  }
}

/** Undefined where there is no such file. Throws kind `config` for one that cannot be read. */
export function textIn(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new TidemillError('config', 'init-unreadable', `${join(root, path)} cannot be read (${code})`, {
      hint: 'Mend that, or choose another folder. Nothing was written.',
      cause: error,
    });
  }
}
