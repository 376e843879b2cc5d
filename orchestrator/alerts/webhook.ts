/** What a chat is told. Pure. */

import { shortened } from '../text/table.ts';
import type { Finding } from './issue.ts';

const MOST_LINES = 20;

/**
 * The text of a message, in the format of Slack's incoming webhooks; undefined when there is nothing to tell.
 * https://docs.slack.dev/messaging/formatting-message-text
 */
export function webhookText(began: readonly Finding[], ended: readonly Finding[], url?: string): string | undefined {
  const lines = [
    ...began.map(({ title, line }) => `:x: ${title}: ${line}`),
    ...ended.map(
      ({ subject, line }) => `:white_check_mark: ${Object.values(subject).join(' in ')} is well again: ${line}`,
    ),
  ];
  if (lines.length === 0) return undefined;
  const shown = lines.slice(0, MOST_LINES).map((line) => escaped(shortened(line.replace(/\s+/g, ' '), 400)));
  const more = lines.length > MOST_LINES ? [`… and ${lines.length - MOST_LINES} more`] : [];
  return [...shown, ...more, ...(url === undefined ? [] : [`<${url}|The run>`])].join('\n');
}

/** Slack's three; nothing is a link or a mention then. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
