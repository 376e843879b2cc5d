/** Tables as plain text and as Markdown. Pure. */

const NUMBER = /^-?[\d.,]+( ([kMGT]?B|s))?$/;

/** Perhaps with a unit. */
const isNumber = (text: string): boolean => NUMBER.test(text);

/** How people read that there is no value. */
const NULL = 'NULL';

export const shownRows = (rows: readonly (readonly (string | null)[])[]): string[][] =>
  rows.map((row) => row.map((value) => value ?? NULL));

/** Whether every value of the column is a number, perhaps with a unit: then it is aligned to the right. */
export function isNumeric(rows: readonly (readonly string[])[], column: number): boolean {
  const values = rows.map((row) => row[column] ?? '').filter((cell) => cell !== NULL);
  return values.length > 0 && values.every(isNumber);
}

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

/** What a terminal shows on one line, unless somebody made it wider. */
const TERMINAL_COLUMNS = 80;

const [LEAST_FIRST, LEAST_LAST] = [12, 24];

/**
 * A table of at most so many characters a line: a last column of words is broken into lines, and if that is not enough the names
 * of the first are cut.
 */
export function fittedTable(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  most = TERMINAL_COLUMNS,
): string {
  const rows = cells.map((row) => row.map(lineText));
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const last = head.length - 1;
  const between = 2 * last;
  const rest = widths.slice(1, last).reduce((sum, width) => sum + width, between);
  const [firstWidth = 0, lastWidth = 0] = [widths[0], widths[last]];
  const isOfWords = last > 0 && !isNumeric(rows, last);
  const room = isOfWords ? Math.min(lastWidth, Math.max(LEAST_LAST, most - rest - firstWidth)) : lastWidth;
  const first = Math.min(firstWidth, Math.max(LEAST_FIRST, most - rest - room));
  const lines = rows.flatMap(([name = '', ...others]) => {
    const named = [shortened(name, first), ...others];
    const [words = '', ...more] = isOfWords ? wrapped(others.at(-1) ?? '', room) : [others.at(-1) ?? ''];
    return [[...named.slice(0, last), words], ...more.map((line) => [...head.slice(0, last).map(() => ''), line])];
  });
  return textTable(head, lines);
}

/** What is left of a cell at least, where columns have to be cut. */
const LEAST_OF_A_CELL = 8;

/**
 * A table of at most so many characters a line, whatever its cells hold: the widest columns are cut first, and the last ones are
 * left out where that is not enough.
 */
export function cutTable(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  most: number,
): { readonly text: string; readonly leftOut: readonly string[] } {
  const rows = [head, ...cells].map((row) => row.map(lineText));
  const natural = head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const fitting = natural.findLastIndex((_, last) => widthOf(natural.slice(0, last + 1), LEAST_OF_A_CELL) <= most) + 1;
  const shown = Math.max(1, fitting);
  const widths = natural.slice(0, shown);
  let cap = Math.max(LEAST_OF_A_CELL, ...widths);
  while (cap > LEAST_OF_A_CELL && widthOf(widths, cap) > most) cap -= 1;
  const cut = ([...row]: readonly string[]) => row.slice(0, shown).map((cell) => shortened(cell, cap));
  const [titles = [], ...lines] = rows.map(cut);
  return { text: textTable(titles, lines), leftOut: head.slice(shown) };
}

/** Of a line with these columns, none of them wider than `cap`. */
const widthOf = (widths: readonly number[], cap: number): number =>
  widths.reduce((sum, width) => sum + Math.min(width, cap), 2 * (widths.length - 1));

/** Lines of at most so many characters; only a word that is longer is cut in two. */
export function wrapped(text: string, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((word) => pieces(word, most))) {
    if (line !== '' && line.length + 1 + word.length > most) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const pieces = (word: string, most: number): string[] =>
  word.length <= most ? [word] : [word.slice(0, most), ...pieces(word.slice(most), most)];

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (isNumeric(rows, column) ? '--:' : '---'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** What orders the characters of a line anew: a text could show other words than it holds. */
const BIDIRECTIONAL = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Foreign text of one line or several, without what nobody sees. */
export const printable = (text: string): string => text.replace(BIDIRECTIONAL, '').replace(/(?![\n\t])\p{Cc}/gu, ' ');

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
