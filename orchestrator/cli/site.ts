/** `tidemill report --site`: what the bucket remembers, as a page for people. */

import { join, resolve } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { planInput } from '../app/session.ts';
import { plan } from '../plan/plan.ts';
import { bytes, plural } from '../text/format.ts';
import type { CommonOptions } from './command.ts';
import { printErrors } from './errors.ts';
import type { TerminalSession as Session } from './host.ts';

export interface SiteOptions extends CommonOptions {
  readonly days?: string;
}

const USUAL_DAYS = 14;
const MOST_DAYS = 62;

/** Writes `index.html` into the folder. Answers the exit code: that of the first job state that cannot be read. */
export async function writeSite(session: Session, folder: string, options: SiteOptions): Promise<number> {
  const { host, bucket, environment } = session;
  const days = daysOf(options.days);
  const { readHistory, drawPage } = await loadSite();
  const { input, unreadable } = await planInput(session);
  printErrors(host, unreadable);
  const { now, states } = input;
  const history = await readHistory(bucket, { now, days });
  const { decisions } = plan(input);
  const page = drawPage({ environment: environment.name, now, jobs: session.config.jobs, states, decisions, history });
  const file = join(resolve(host.cwd, folder), 'index.html');
  host.writeFile(file, page);
  const drawn = { file, days: days - history.daysLeftOut, runs: history.runs.length, bytes: Buffer.byteLength(page) };
  const text = `${file}: ${plural(drawn.runs, 'run')} of ${plural(drawn.days, 'day')}, ${bytes(drawn.bytes)}\n`;
  host.stdout.write(options.json ? `${JSON.stringify(drawn, undefined, 2)}\n` : text);
  return unreadable[0]?.exitCode ?? 0;
}

function daysOf(text: string = String(USUAL_DAYS)): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= MOST_DAYS) return days;
  throw new TidemillError('config', 'days-invalid', `--days ${text} is not a number of days`, {
    hint: `From 1 to ${MOST_DAYS}, today included.`,
  });
}

/** Only this command needs it; machines that run jobs never install it. */
async function loadSite(): Promise<typeof import('@tidemill/site')> {
  try {
    return await import('@tidemill/site');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TidemillError('config', 'site-missing', 'What draws the history page is not installed', {
      hint: 'Run: npm install --workspace @tidemill/site',
      cause,
    });
  }
}
