/** The way of rows into DuckDB: texts, appended to a temporary table. */
import type { DuckDBAppender } from '@duckdb/node-api';
import { checksumOf } from '../checksum.ts';
import type { PackageRows, StagedRow, Table } from '../contract.ts';
import type { FileSession } from './session.ts';

/** Rows go to DuckDB in portions of about this many characters: its appender keeps them in memory until then. */
const PORTION_CHARS = 2_000_000;

/**
 * What DuckDB holds at least while rows are staged, in MB: of each column a block of 256 kB, and one more for texts of more than a
 * few characters. None of it can be spilled.
 */
export const stagingMemoryMb = ({ columns }: Pick<Table, 'columns'>): number => Math.ceil(columns.length / 2);

/** What was taken in. */
export interface Staged {
  readonly rows: number;
  /** How many of the rows are deletions. */
  readonly deletions: number;
  /** Records that were rejected on the way. */
  readonly rejected: number;
}

export async function stage(
  session: FileSession,
  { columns }: Pick<Table, 'columns'>,
  batches: PackageRows['rows'],
): Promise<Staged> {
  const bulk = await session.appender('staged');
  const checksum = checksumOf(columns);
  let count = 0;
  let deletions = 0;
  let rejected = 0;
  let chars = 0;
  for await (const { rows, rejected: left } of batches) {
    bulk((appender) => {
      for (const row of rows) {
        chars += append(appender, row, checksum(row.values));
        if (row.isDeletion === true) deletions += 1;
        if (chars < PORTION_CHARS) continue;
        appender.flushSync();
        chars = 0;
      }
    });
    count += rows.length;
    rejected += left;
  }
  bulk((appender) => appender.closeSync());
  return { rows: count, deletions, rejected };
}

function append(appender: DuckDBAppender, row: StagedRow, checksum: string): number {
  const { values, bronzeObjectPath, bronzeLine, sourceUrl, isDeletion } = row;
  let chars = 0;
  // DuckDB reads the line's number from its text; a bigint would have to be made for each row.
  for (const text of [...values, bronzeObjectPath, String(bronzeLine), sourceUrl]) {
    if (text === null) appender.appendNull();
    else appender.appendVarchar(text);
    chars += text?.length ?? 0;
  }
  if (isDeletion === true) appender.appendVarchar('true');
  else appender.appendNull();
  appender.appendVarchar(checksum);
  appender.endRow();
  return chars;
}
