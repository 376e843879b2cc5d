/** Rows that somebody asked for, as other programs read them. NULL and the empty text are two things in each format. Pure. */

type Row = readonly (string | null)[];

/** What must stand in quotes; blanks at an end and the mark of byte order are safer in them. */
const QUOTED = /^$|[",\r\n]|^[\s\ufeff]|\s$/;

/** A line of CSV as RFC 4180 has it: NULL is nothing, the empty text is `""`. */
export const csvLine = (row: Row): string => `${row.map(csvField).join(',')}\r\n`;

const csvField = (value: string | null): string =>
  value === null ? '' : QUOTED.test(value) ? `"${value.replaceAll('"', '""')}"` : value;

/** One JSON object on a line, its names in the order of the columns. Each column must have a name of its own. */
export const ndjsonLine = (columns: readonly string[], row: Row): string =>
  `{${columns.map((name, index) => `${JSON.stringify(name)}:${JSON.stringify(row[index] ?? null)}`).join(',')}}\n`;
