/** Ranges and columns as Google Sheets writes them: https://developers.google.com/workspace/sheets/api/guides/concepts#cell */
import { TidemillError } from '@tidemill/kit';

/** A range with all its ends; rows and columns count from 1. */
export interface Range {
  readonly sheet: string;
  readonly firstColumn: number;
  readonly lastColumn: number;
  readonly firstRow: number;
  readonly lastRow: number;
}

const WHOLE = /^(?:'((?:[^']|'')*)'|([^'!]+))!([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?$/;

/** A range as Google names one that was read: with its sheet and all its ends. Throws kind `source-changed` for any other. */
export function parseRange(text: string): Range {
  const [, quoted, plain, firstColumn = '', firstRow = '', lastColumn = firstColumn, lastRow = firstRow] =
    WHOLE.exec(text) ?? [];
  const sheet = quoted?.replaceAll("''", "'") ?? plain;
  if (sheet === undefined) throw new TidemillError('source-changed', 'google-range-name', 'A range has no ends');
  return {
    sheet,
    firstColumn: columnNumber(firstColumn),
    lastColumn: columnNumber(lastColumn),
    firstRow: Number(firstRow),
    lastRow: Number(lastRow),
  };
}

export function rangeText({ sheet, firstColumn, lastColumn, firstRow, lastRow }: Range): string {
  const ends = `${columnName(firstColumn)}${firstRow}:${columnName(lastColumn)}${lastRow}`;
  return `'${sheet.replaceAll("'", "''")}'!${ends}`;
}

/** 1 → `A`, 27 → `AA`. */
export function columnName(number: number): string {
  const before = Math.floor((number - 1) / 26);
  return `${before > 0 ? columnName(before) : ''}${String.fromCharCode(65 + ((number - 1) % 26))}`;
}

const columnNumber = (name: string): number =>
  [...name].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0);

/** The rows of a range in pieces of about so many cells. */
export function* windowsOf(range: Range, cells: number, mostRows: number): Generator<Range> {
  const width = range.lastColumn - range.firstColumn + 1;
  const rows = Math.max(1, Math.min(mostRows, Math.floor(cells / width)));
  for (let firstRow = range.firstRow; firstRow <= range.lastRow; firstRow += rows) {
    yield { ...range, firstRow, lastRow: Math.min(range.lastRow, firstRow + rows - 1) };
  }
}
