/** Tables as plain text and as Markdown. Pure. */

const NUMBER = /^-?[\d.,]+( ([kMGT]?B|s))?$/;

/** Perhaps with a unit. */
export const isNumber = (text: string): boolean => NUMBER.test(text);

/** Whether every cell of the column is a number, perhaps with a unit: then it is aligned to the right. */
export const isNumeric = (rows: readonly (readonly string[])[], column: number): boolean =>
  rows.length > 0 && rows.every((row) => isNumber(row[column] ?? ''));

export function textTable(head: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(lineText));
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const isRight = head.map((_, column) => isNumeric(rows, column));
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? '';
        return isRight[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [head, widths.map((width) => '─'.repeat(width)), ...rows].map(line).join('\n');
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (isNumeric(rows, column) ? '--:' : '---'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** What orders the characters of a line anew: a text could show other words than it holds. */
const BIDIRECTIONAL = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Foreign text on one line of a terminal, without what a terminal obeys. */
export const lineText = (text: string): string =>
  text.replace(BIDIRECTIONAL, '').replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');

/**
 * Foreign text made harmless in Markdown: no HTML, no links, no code, no table cells, no line breaks, no lists or
 * headings, and no workflow command at the start of a line.
 */
export function markdownText(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(BIDIRECTIONAL, '')
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim()
      .replace(/[&\\`*_{}[\]()#+!|~$@<>]/g, entity)
      .replace(/^[-=]/, entity)
      .replace(/^(\d{1,9})\.(?= |$)/, '$1&#46;')
      .replace(/::/g, '&#58;&#58;')
      // GitHub makes links of bare addresses, too.
      .replace(/:(?=\/\/)/g, '&#58;')
      .replace(/(www)\./gi, '$1&#46;')
  );
}

const entity = (character: string): string => `&#${character.charCodeAt(0)};`;

/** Cuts a text to a number of characters, and says so. */
export const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;
