/** Several files as one: all of them are written, or everything is as it was. */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TidemillError } from '@tidemill/kit';

export interface PlannedFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly text: string;
  /** Takes the place of one that is there. */
  readonly mayChange?: true;
}

/** Throws `files-not-written` when one cannot be, and then none is there that was not, and each is as it was. */
export function writeAll(root: string, files: readonly PlannedFile[]): void {
  const undo: (() => void)[] = [];
  for (const { path, text, mayChange } of files) {
    const file = join(root, path);
    try {
      undo.push(...madeFolders(dirname(file)));
      const before = mayChange && existsSync(file) ? readFileSync(file) : undefined;
      const opened = openSync(file, before === undefined ? 'wx' : 'r+');
      undo.push(() => (before === undefined ? rmSync(file, { force: true }) : writeFileSync(file, before)));
      try {
        ftruncateSync(opened);
        writeFileSync(opened, text);
      } finally {
        closeSync(opened);
      }
    } catch (cause) {
      for (const step of undo.reverse()) step();
      const { code, message } = cause as NodeJS.ErrnoException;
      throw new TidemillError('config', 'files-not-written', `${file} cannot be written (${code ?? message})`, {
        hint: 'Everything is as it was. Mend that, or choose another folder, and run this again.',
        cause,
      });
    }
  }
}

/** What takes back the folders that had to be made. */
function madeFolders(folder: string): (() => void)[] {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return [];
  const made: string[] = [];
  for (let one = resolve(folder); one.length >= first.length; one = dirname(one)) made.unshift(one);
  return made.map((one) => () => rmdirSync(one));
}
