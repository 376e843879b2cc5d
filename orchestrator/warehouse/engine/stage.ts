/** The way of rows into DuckDB: many at a time, appended to a temporary table. */
import type { PackageRows, StagedRow, Table } from '../contract.ts';
import type { FileSession } from './session.ts';
import { StagedChunk } from './staged-columns.ts';

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
  table: Pick<Table, 'columns'>,
  batches: PackageRows['rows'],
): Promise<Staged> {
  const bulk = await session.appender('staged');
  const chunk = new StagedChunk(table);
  let count = 0;
  let deletions = 0;
  let rejected = 0;
  let chars = 0;
  for await (const { rows, rejected: left } of batches) {
    bulk((appender) => {
      for (let from = 0, to = 0; from < rows.length; from = to) {
        const end = Math.min(rows.length, from + chunk.room);
        for (; to < end && chars < PORTION_CHARS; to += 1) {
          const row = rows[to] as StagedRow;
          chars += charsOf(row);
          if (row.isDeletion === true) deletions += 1;
        }
        chunk.add(rows, from, to);
        if (chunk.room === 0 || chars >= PORTION_CHARS) chunk.append(appender);
        if (chars < PORTION_CHARS) continue;
        appender.flushSync();
        chars = 0;
      }
    });
    count += rows.length;
    rejected += left;
  }
  bulk((appender) => {
    chunk.append(appender);
    appender.closeSync();
  });
  return { rows: count, deletions, rejected };
}

function charsOf({ values, bronzeObjectPath, sourceUrl }: StagedRow): number {
  let chars = bronzeObjectPath.length + sourceUrl.length;
  for (const text of values) chars += text?.length ?? 0;
  return chars;
}
