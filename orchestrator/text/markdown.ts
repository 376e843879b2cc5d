/** Markdown of bounded size from foreign text: whatever stands in a job or an error, a page stays a page. Pure. */
import { count } from './format.ts';
import { isNumeric, markdownText, shortened } from './table.ts';

const MOST_OF_A_CELL = 300;
const MOST_OF_A_LINE = 300;
const MOST_OF_AN_ITEM = 2000;

/** `1.2 MB`, `1 h 05 min`, `11-21 06:00`. */
const UNBROKEN = /^(?=.{1,12}$)\d[\d.,:-]*( (\d[\d.,:-]*|[a-zA-Z]{1,3}))*$/;

/** A text, or one that leads somewhere: the address in it, or, where it does not stand there, all of it. */
export type Cell = string | { readonly text: string; readonly url: string | undefined };

/** Items as texts, from the first on, as many as fit into so many bytes; and how many do not. */
function fitting<T>(items: readonly T[], most: number, textOf: (item: T) => string): { kept: string[]; left: number } {
  const kept: string[] = [];
  let bytes = 0;
  for (const item of items) {
    const text = textOf(item);
    // With the line breaks around it.
    bytes += Buffer.byteLength(text) + 2;
    if (bytes > most) break;
    kept.push(text);
  }
  return { kept, left: items.length - kept.length };
}

/** A table of at most so many bytes, which says what it leaves out; nothing without rows. */
export function boundedTable(head: readonly string[], rows: readonly (readonly Cell[])[], most: number): string {
  if (rows.length === 0) return '';
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.text)));
  const rule = head.map((_, column) => (isNumeric(texts, column) ? '--:' : '---'));
  const { kept, left } = fitting(rows, most, (row) => line(row.map(cellText)));
  return [line(head), line(rule), ...kept].join('\n') + more(left);
}

/** A list of at most so many bytes; nothing without items. */
export function boundedList(items: readonly Cell[], most: number): string {
  const { kept, left } = fitting(items, most, (item) => `- ${linked(item, MOST_OF_AN_ITEM)}`);
  return kept.join('\n') + more(left);
}

/** A block for each item, of at most so many bytes, a blank line between them. */
export function boundedBlocks<T>(items: readonly T[], most: number, blockOf: (item: T) => string): string {
  const { kept, left } = fitting(items, most, blockOf);
  return kept.join('\n\n') + more(left);
}

/** Lines as they are, in a fence that none of them can close. */
export function fenced(lines: readonly string[], language: 'sh' | 'text'): string {
  const clean = lines.map((each) =>
    shortened(each.replace(/[\p{Cc}\u2028\u2029]+/gu, ' '), MOST_OF_A_LINE).toWellFormed(),
  );
  const longest = Math.max(2, ...clean.flatMap((each) => each.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...clean, fence].join('\n');
}

/** What a reader opens if they want to. */
export const folded = (title: string, content: string): string =>
  content === '' ? '' : `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;

/** The blocks that hold something, as a page. */
export const page = (blocks: readonly string[]): string => `${blocks.filter((block) => block !== '').join('\n\n')}\n`;

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const more = (left: number): string => (left === 0 ? '' : `\n\n… and ${count(left)} more.`);

function cellText(cell: Cell): string {
  const text = linked(cell, MOST_OF_A_CELL);
  // A number and its unit stay on one line, and so does a time.
  return typeof cell === 'string' && UNBROKEN.test(cell) ? text.replaceAll(' ', '&nbsp;') : text;
}

/** Foreign text made harmless, of which at most the one address leads anywhere that we made ourselves. */
function linked(cell: Cell, most: number): string {
  if (typeof cell === 'string') return markdownText(shortened(cell, most));
  const text = markdownText(shortened(cell.text, most));
  const { url } = cell;
  // An address that could end the link, or lead elsewhere than to a page, is not one that GitHub gave.
  if (url === undefined || !/^https?:\/\/[\w.:/~%?=&-]{1,500}$/.test(url)) return text;
  const words = markdownText(url);
  return text.includes(words) ? text.replace(words, () => `[${words}](${url})`) : `[${text}](${url})`;
}
