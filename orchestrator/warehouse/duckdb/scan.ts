/** The rows of a table, a chunk at a time. */
import type { SilverRow, Table } from '../contract.ts';
import { duckDb } from '../engine/dialect.ts';
import { scanFrom } from '../engine/scan.ts';
import type { FileSession } from '../engine/session.ts';
import { existingTable } from './catalogue.ts';

export async function* scan(
  session: FileSession,
  table: Table,
  key: readonly string[] | undefined,
): AsyncGenerator<readonly SilverRow[]> {
  const existing = await existingTable(session, table);
  if (existing === undefined) return;
  const names = new Set(existing.columns.map(({ name }) => name.toLowerCase()));
  yield* scanFrom(session, { from: duckDb.table(table.schema, table.name), names }, table, key);
}
