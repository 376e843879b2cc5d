/** CSV as https://www.rfc-editor.org/rfc/rfc4180 has it, of a few lines. */

/** A cell, and what ends it. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/** Its lines by their cells; those without any cell are left out. What is no CSV ends it. */
export function rowsOfCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  CELL.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  for (let cell = CELL.exec(text); cell !== null; cell = CELL.exec(text)) {
    const [, quoted, plain = '', end] = cell;
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
    if (CELL.lastIndex >= text.length) break;
  }
  return rows;
}
