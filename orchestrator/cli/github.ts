/** What GitHub shows of a step beside its log: the summary, and warnings. */
import { markdownText, shortened } from '../text/table.ts';
import type { Terminal } from './host.ts';

/**
 * GitHub refuses a summary over 1 MiB and keeps nothing of it, and of one that is just below it not a word either
 * (https://github.com/actions/runner/issues/4337). The rest is for what else the step has to say.
 */
const SUMMARY_BYTES = 1000 * 1024;
const ROOM_FOR_NAMES = 16_384;

/** Adds to the step's summary what GitHub takes of it. */
export async function addSummary({ actions }: Pick<Terminal, 'actions'>, markdown: string): Promise<void> {
  await actions?.addSummary(shortEnough(markdown));
}

/** The summaries of several, in their order; what there is no room for is named. */
export async function addSummaries(
  terminal: Pick<Terminal, 'actions'>,
  summaries: readonly { readonly name: string; readonly markdown: string }[],
): Promise<void> {
  let room = SUMMARY_BYTES - ROOM_FOR_NAMES;
  const left: string[] = [];
  const shown = summaries.flatMap(({ name, markdown }) => {
    const bytes = Buffer.byteLength(markdown) + 2;
    if (bytes <= room) {
      room -= bytes;
      return [markdown];
    }
    left.push(name);
    return [];
  });
  if (left.length > 0)
    shown.push(shortened(`No room for the summaries of ${markdownText(left.join(', '))}`, ROOM_FOR_NAMES / 4));
  if (shown.some((markdown) => markdown !== '')) await addSummary(terminal, shown.join('\n\n'));
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
