/** The way of rows into PostgreSQL: the text format of COPY, https://www.postgresql.org/docs/current/sql-copy.html */
import type { Load, StagedRow } from '../contract.ts';
import { checksumOf } from './checksum.ts';

/** Rows are sent in portions of about this many characters. */
const PORTION_CHARS = 64_000;

/** What was taken in. */
export interface Staged {
  rows: number;
  /** How many of the rows are deletions. */
  deletions: number;
  /** Records that were rejected on the way. */
  rejected: number;
}

/** Rows as the columns of a staging table have them: with the order they came in, and their checksums. `tally` grows as they are read. */
export async function* copyRows(
  { table, rows: batches }: Pick<Load, 'table' | 'rows'>,
  tally: Staged,
): AsyncGenerator<Buffer> {
  const checksum = checksumOf(table.columns);
  let portion = '';
  for await (const { rows, rejected } of batches) {
    tally.rejected += rejected;
    for (const row of rows) {
      portion += copyRow(row, tally.rows, checksum(row.values));
      tally.rows += 1;
      if (row.isDeletion === true) tally.deletions += 1;
      if (portion.length < PORTION_CHARS) continue;
      yield Buffer.from(portion);
      portion = '';
    }
  }
  yield Buffer.from(portion);
}

/** One line of COPY. */
export function copyRow(row: StagedRow, position: number, checksum: string): string {
  const { values, bronzeObjectPath, bronzeLine, sourceUrl, isDeletion } = row;
  const origin = [bronzeObjectPath, String(bronzeLine), sourceUrl, isDeletion === true ? 'true' : null];
  return `${[...values, ...origin, String(position), checksum].map(field).join('\t')}\n`;
}

const SPECIAL = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function field(text: string | null): string {
  if (text === null) return '\\N';
  return SPECIAL.test(text) ? text.replaceAll(/[\\\n\r\t]/g, (found) => ESCAPES[found] ?? found) : text;
}
