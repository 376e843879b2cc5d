/** What goes wrong with a file as a whole: nothing of it is kept. `what` is its name. */
import { TidemillError } from '@tidemill/kit';

export const notDecoded = (what: string, encoding: string, bytes: number): TidemillError =>
  new TidemillError(
    'source-changed',
    'file-encoding',
    `${what} is not ${encoding}: it stops being that within 64 kB behind byte ${bytes}`,
    {
      hint: `Nothing of it was kept, and the next run reads it again. If it is sound, say its \`encoding\` in the options of the job: windows-1252 is a common one.`,
    },
  );

export const isPage = (what: string): TidemillError =>
  new TidemillError('source-changed', 'file-html', `${what} is a page of HTML, and no file`, {
    hint: 'Nothing was kept. Open its address by hand: it may be a login page, or a notice.',
  });

export const isEmpty = (what: string): TidemillError =>
  new TidemillError('source-changed', 'file-empty', `${what} is empty`, {
    hint: 'Nothing of it was kept, and the next run reads it again. An export may have failed: look at the source.',
  });

export const notSound = (what: string, is: string): TidemillError =>
  new TidemillError('source-changed', 'file-contents', `${what} ${is}`, {
    hint: 'Nothing of it was kept, and the next run reads it again. Look into the file: either it is broken, or the options of the job do not say how it is written.',
  });

export const recordTooLarge = (what: string, most: number): TidemillError =>
  new TidemillError('source-changed', 'file-record-large', `${what} has a record of more than ${most / 2 ** 20} MiB`, {
    hint: `Nothing of it was kept, and the next run reads it again. A quote that nobody closes looks so, and a file without line breaks; or \`records\` names too much.`,
  });

export const unpacksTooFar = (what: string): TidemillError =>
  new TidemillError('source-changed', 'file-bomb', `${what} unpacks to far more than it is`, {
    hint: 'Nothing of it was kept, and the next run reads it again. An archive that is made to fill disks looks so.',
  });

export const noFormat = (what: string): TidemillError =>
  new TidemillError('config', 'file-format', `${what} does not say what it is, by its name or its type`, {
    hint: 'Say the `format` in the options of the job.',
  });

export const noFiles = (what: string): TidemillError =>
  new TidemillError('source-changed', 'files-missing', what, {
    hint: 'Nothing was kept or deleted. Correct `files` of the job, or `url` of the service, or look at the source.',
  });

export const hasNoKey = (what: string): TidemillError =>
  new TidemillError('config', 'file-changed', `${what} has changed, and nothing tells the rows of its table apart`, {
    hint: 'Nothing of it was kept: its rows would be there twice. Give the job a primary_key, such as [_file, _row] with both among its columns; or give what is new a new name.',
  });

export const nameTooLong = (name: string): TidemillError =>
  new TidemillError('config', 'file-name', `${name.slice(0, 60)}… has too long a name, or lies too deep`, {
    hint: 'At most 200 letters and digits a name (other signs count three for each byte, and an address is one name), and 20 folders.',
  });

export const tooMany = (most: number): TidemillError =>
  new TidemillError('config', 'files-many', `There are more than ${most} files`, {
    hint: 'Narrow the patterns in `files`, or make several jobs of them: what each file was like is remembered in the state of the job.',
  });
