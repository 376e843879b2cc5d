/** The folder that a command is given: files it leaves in `output` are artifacts, and `cursor` is handed back and forth. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { type Artifact, TidemillError } from '@tidemill/kit';

/** A cursor says where to go on, and is no place for data: it lies in the state, which every plan reads. */
const MOST_CURSOR_BYTES = 64 * 1024;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const MOST_NAME_CHARS = 200;
const MOST_FOLDERS = 20;

export interface CommandFiles {
  /** In which the others lie; no other run has the same. */
  readonly folder: string;
  readonly output: string;
  readonly cursorFile: string;
  remove(): Promise<void>;
}

/** Makes the folder; the file of the cursor has `cursor` in it, and is empty where there is none. */
export async function commandFiles(cursor: string | undefined): Promise<CommandFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-command-'));
  const output = join(folder, 'output');
  const cursorFile = join(folder, 'cursor');
  await mkdir(output);
  await writeFile(cursorFile, cursor ?? '');
  return { folder, output, cursorFile, remove: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * The cursor that the command has left, without the line break at its end; undefined where it is empty or gone. Throws
 * `command-cursor`.
 */
export async function newCursor({ cursorFile }: CommandFiles, job: string): Promise<string | undefined> {
  const found = await stat(cursorFile).catch(() => undefined);
  if (found === undefined || found.size === 0) return undefined;
  const isShort = found.isFile() && found.size <= MOST_CURSOR_BYTES + 2;
  const text = isShort ? await readFile(cursorFile) : undefined;
  if (text === undefined) throw refused(job, `is no file of at most ${MOST_CURSOR_BYTES} bytes`);
  const cursor = withoutLineBreak(text);
  const fault = cursorFault(cursor);
  if (fault !== undefined) throw refused(job, fault);
  return cursor.length === 0 ? undefined : cursor.toString();
}

/** Why the bytes cannot be a cursor, as the end of a sentence; undefined when they can. */
export function cursorFault(cursor: Buffer): string | undefined {
  if (cursor.length > MOST_CURSOR_BYTES) return `is longer than ${MOST_CURSOR_BYTES} bytes`;
  return isUtf8(cursor) && !cursor.includes(0) ? undefined : 'is not text in UTF-8';
}

function withoutLineBreak(text: Buffer): Buffer {
  const last = text.at(-1) === LINE_FEED ? text.length - 1 : text.length;
  return text.subarray(0, last < text.length && text[last - 1] === CARRIAGE_RETURN ? last - 1 : last);
}

const refused = (job: string, what: string): TidemillError =>
  new TidemillError('source-changed', 'command-cursor', `${job}: what it left in $TIDEMILL_CURSOR_FILE ${what}`, {
    hint: 'Mend the command: the file holds one short text, which the next run finds there again.',
  });

/**
 * Every file below `output`, whatever its name: what an object's key cannot have is written as in a URL. Throws
 * `command-artifact` for a name that is too long; what is no file is told.
 */
export async function* leftFiles(
  { output }: CommandFiles,
  { job, url, notice }: { readonly job: string; readonly url: string; readonly notice: (message: string) => void },
): AsyncIterable<Artifact> {
  const entries = await readdir(output, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const others = entries.filter((entry) => !entry.isFile() && !entry.isDirectory()).length;
  if (others > 0) notice(`not kept of what it left in $TIDEMILL_OUTPUT: ${others} that are no files`);
  for (const file of files.sort()) {
    const name = relative(output, file).split(sep).map(encoded);
    if (name.length > MOST_FOLDERS || name.some(({ length }) => length > MOST_NAME_CHARS)) throw tooLong(job);
    yield {
      artifact: createReadStream(file),
      name: name.join('/'),
      contentType: 'application/octet-stream',
      url,
    };
  }
}

/** Whether it has left anything in `output` by now. A folder that is gone, or is no folder any more, is told when it is read. */
export const hasFiles = ({ output }: CommandFiles): Promise<boolean> =>
  readdir(output).then(
    (names) => names.length > 0,
    () => true,
  );

/** Letters, digits, `.`, `_` and `-` as they are; anything else in UTF-8, each byte as `%` and two digits. */
const encoded = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replace(
    /[^A-Za-z0-9._%-]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const tooLong = (job: string): TidemillError =>
  new TidemillError(
    'source-changed',
    'command-artifact',
    `${job}: a file it left has too long a name, or lies too deep`,
    {
      hint: `At most ${MOST_NAME_CHARS} letters and digits a name (other signs count three for each byte), and ${MOST_FOLDERS} folders.`,
    },
  );
