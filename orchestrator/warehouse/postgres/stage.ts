/** The way of rows into PostgreSQL: the text format of COPY, https://www.postgresql.org/docs/current/sql-copy.html */
import { checksumOf } from '../checksum.ts';
import type { Load, StagedRow } from '../contract.ts';

/** Rows are sent in portions of about this many characters. */
const PORTION_CHARS = 64_000;

/** What was taken in of a package; it grows as its rows are read. */
export interface Staged {
  rows: number;
  /** Records that were rejected on the way. */
  rejected: number;
}

/** Rows as the columns of a staging table have them: with the order they came in, their checksums, and the numbers of their packages. */
export async function* copyRows(
  { table, packages }: Pick<Load, 'table' | 'packages'>,
  tallies: readonly Staged[],
): AsyncGenerator<Buffer> {
  const checksum = checksumOf(table.columns);
  let portion = '';
  let position = 0;
  for (const [number, { rows: batches }] of packages.entries()) {
    const tally = tallies[number] as Staged;
    for await (const { rows, rejected } of batches) {
      tally.rejected += rejected;
      for (const row of rows) {
        portion += copyRow(row, position, checksum(row.values), number);
        position += 1;
        tally.rows += 1;
        if (portion.length < PORTION_CHARS) continue;
        yield Buffer.from(portion);
        portion = '';
      }
    }
  }
  yield Buffer.from(portion);
}

/** One line of COPY. */
export function copyRow(row: StagedRow, position: number, checksum: string, number: number): string {
  const { values, bronzeObjectPath, bronzeLine, sourceUrl, isDeletion } = row;
  const origin = [bronzeObjectPath, String(bronzeLine), sourceUrl, isDeletion === true ? 'true' : null];
  return `${[...values, ...origin, String(position), checksum, String(number)].map(field).join('\t')}\n`;
}

const SPECIAL = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function field(text: string | null): string {
  if (text === null) return '\\N';
  return SPECIAL.test(text) ? text.replaceAll(/[\\\n\r\t]/g, (found) => ESCAPES[found] ?? found) : text;
}
