/** What a summary says of events that have not left. Pure. */
import { errorKinds, type TidemillError } from '@tidemill/kit';
import { markdownText } from '../text/table.ts';

/** A part of a summary: one line for each of those who lack events. */
export function unsentSummary(errors: readonly TidemillError[]): string {
  const lines = errors.map(({ kind, message, hint }) => {
    const next = hint === undefined ? '' : ` ${markdownText(hint)}`;
    return `- ${markdownText(message)}. ${markdownText(errorKinds[kind].who)}.${next}`;
  });
  return `### Events that have not left\n\n${lines.join('\n')}\n`;
}
