/** Instants as the page shows them: in UTC, until its script writes them in the zone of who reads it. Pure. */
import { minuteName } from './columns.ts';
import { type Content, html, type Markup } from './html.ts';

/** `21 Nov 06:17`. */
export const when = (date: Date): Markup => html`<time datetime="${attribute(date)}">${minuteName(date)}</time>`;

/** To the minute: there are many of them. */
export const attribute = (date: Date): string => `${date.toISOString().slice(0, 16)}Z`;

const INSTANT = /(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?: UTC|:\d\d(?:\.\d+)?Z)/g;

/** A sentence of the planner's, with its instants as such. */
export function withTimes(text: string): Content {
  const parts: Content[] = [];
  let end = 0;
  for (const match of text.matchAll(INSTANT)) {
    const date = new Date(`${match[1]}T${match[2]}Z`);
    if (Number.isNaN(date.getTime())) continue;
    parts.push(text.slice(end, match.index), when(date));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}
