/** What GitHub shows of a step beside its log: the summary, and warnings. */
import { markdownText } from '../text/table.ts';
import type { Terminal } from './host.ts';

/** GitHub refuses a summary over 1 MiB and keeps nothing of it. */
const SUMMARY_BYTES = 1024 * 1024;

/** Adds to the step's summary what GitHub takes of it. */
export async function addSummary({ actions }: Pick<Terminal, 'actions'>, markdown: string): Promise<void> {
  await actions?.addSummary(shortEnough(markdown));
}

function shortEnough(markdown: string): string {
  const bytes = Buffer.from(markdown);
  if (bytes.length < SUMMARY_BYTES) return markdown;
  const cut = bytes.subarray(0, SUMMARY_BYTES - 1024).toString('utf8');
  return `${cut}\n\n… cut: GitHub shows at most 1 MiB.\n`;
}

/** What nobody may need to go on, but should know. */
export async function warn(terminal: Terminal, lines: readonly string[]): Promise<void> {
  const { actions, stderr } = terminal;
  for (const line of lines) {
    await addSummary(terminal, `${markdownText(line)}\n\n`);
    if (actions === undefined) stderr.write(`${line}\n`);
    else await actions.annotate({ level: 'warning', message: line, title: 'tidemill' });
  }
}
