/** `tidemill report --site`: the page of the history, into a folder. */
import { join, resolve } from 'node:path';
import type { Session } from '../app/session.ts';
import { site } from '../app/site.ts';
import { bytes, plural } from '../text/format.ts';
import { type CommonOptions, print } from './command.ts';
import { printErrors } from './errors.ts';
import type { Terminal } from './host.ts';

interface SiteOptions extends CommonOptions {
  readonly days?: string;
}

/** Writes `index.html`. Answers the exit code: that of the first job state that cannot be read. */
export async function writeSite(
  terminal: Terminal,
  session: Session,
  folder: string,
  options: SiteOptions,
): Promise<number> {
  const { page, days, runs, unreadable } = await site(session, options);
  const exit = await printErrors(terminal, unreadable);
  const file = join(resolve(terminal.cwd, folder), 'index.html');
  terminal.writeFile(file, page);
  const drawn = { file, days, runs, bytes: Buffer.byteLength(page) };
  const text = (): string => `${file}: ${plural(runs, 'run')} of ${plural(days, 'day')}, ${bytes(drawn.bytes)}\n`;
  print(terminal, options, drawn, text);
  return exit;
}
