/** Several files as one: all of them are written, or everything is as it was. Each is there whole or not at all, whenever this is killed. */
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import type { Host } from './host.ts';

export interface PlannedFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly text: string;
  /** Takes the place of one that is there. */
  readonly mayChange?: true;
}

/** A file that lies beside its place until all of them do. */
interface Ready {
  readonly file: string;
  readonly part: string;
  /** What it takes the place of. */
  readonly before: Buffer | undefined;
}

type Undo = () => void;

/**
 * Throws `files-not-written` when one cannot be, and then none is there that was not, and each is as it was. They take their places in their
 * order: the one that says that the others are there comes last.
 */
export function writeAll({ nonce }: Pick<Host, 'nonce'>, root: string, files: readonly PlannedFile[]): void {
  const undo: Undo[] = [];
  let at = root;
  try {
    const ready = files.map((planned) => {
      at = join(root, planned.path);
      undo.push(...madeFolders(dirname(at)));
      return madeReady(planned, at, `${nonce}.part`, undo);
    });
    for (const one of ready) {
      at = one.file;
      undo.push(put(one, `${nonce}.part`));
    }
  } catch (cause) {
    for (const step of undo.reverse()) step();
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new TidemillError('config', 'files-not-written', `${at} cannot be written (${code ?? message})`, {
      hint: 'Everything is as it was. Mend that, or choose another folder, and run this again.',
      cause,
    });
  }
}

/** Finds out whether there is room, before anything is changed. */
function madeReady({ text, mayChange }: PlannedFile, at: string, end: string, undo: Undo[]): Ready {
  const isChanged = mayChange === true && existsSync(at);
  // A link stays one.
  const file = isChanged ? realpathSync(at) : at;
  if (isChanged) accessSync(file, constants.W_OK);
  const part = `${file}.${end}`;
  undo.push(() => rmSync(part, { force: true }));
  writeFileSync(part, text);
  if (isChanged) chmodSync(part, statSync(file).mode);
  return { file, part, before: isChanged ? readFileSync(file) : undefined };
}

/** Answers what takes it back. */
function put({ file, part, before }: Ready, end: string): Undo {
  if (before !== undefined) {
    renameSync(part, file);
    return () => {
      writeFileSync(`${file}.${end}`, before);
      renameSync(`${file}.${end}`, file);
    };
  }
  claim(part, file);
  rmSync(part);
  return () => rmSync(file, { force: true });
}

/** Unlike a new name, a link takes nobody's place. Some disks know none. */
function claim(part: string, file: string): void {
  try {
    linkSync(part, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    copyFileSync(part, file, constants.COPYFILE_EXCL);
  }
}

/** What takes back the folders that had to be made, but for one in which somebody else has put something since. */
function madeFolders(folder: string): Undo[] {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return [];
  const made: string[] = [];
  for (let one = resolve(folder); one.length >= first.length; one = dirname(one)) made.unshift(one);
  return made.map((one) => () => {
    try {
      rmdirSync(one);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
  });
}
