/** The rows of a table, a chunk at a time. */
import type { Column } from '@tidemill/kit';
import type { SilverRow, Table } from '../contract.ts';
import { duckDb } from '../engine/dialect.ts';
import type { FileSession } from '../engine/session.ts';
import { existingTable } from './catalogue.ts';

const PROVENANCE = ['checksum_sha256', 'bronze_object_path', 'bronze_line', 'source_url', 'epoch_ms(ingested_at)'];

export async function* scan(
  session: FileSession,
  table: Table,
  key: readonly string[] | undefined,
): AsyncGenerator<readonly SilverRow[]> {
  const existing = await existingTable(session, table);
  if (existing === undefined) return;
  const names = new Set(existing.columns.map(({ name }) => name.toLowerCase()));
  const values = table.columns.map((column) => (names.has(column.name.toLowerCase()) ? printed(column) : 'NULL'));
  const from = `FROM ${duckDb.table(table.schema, table.name)} WHERE ${key === undefined ? 'true' : isKey(table, key)}`;
  for await (const rows of session.stream(`SELECT ${[...values, ...PROVENANCE].join(', ')} ${from}`)) {
    yield rows.map((row) => silverRow(row, values.length));
  }
}

function silverRow(row: readonly unknown[], width: number): SilverRow {
  const [checksum, bronzeObjectPath, bronzeLine, sourceUrl, ingestedAt] = row.slice(width);
  return {
    values: row.slice(0, width).map((value) => (value === null ? null : String(value))),
    checksum: String(checksum),
    bronzeObjectPath: String(bronzeObjectPath),
    bronzeLine: Number(bronzeLine),
    sourceUrl: String(sourceUrl),
    ingestedAt: new Date(Number(ingestedAt)),
  };
}

function printed({ name, type }: Column): string {
  const value = duckDb.identifier(name);
  if (type !== 'timestamptz') return `CAST(${value} AS VARCHAR)`;
  // As text it would have an offset, in the zone of the session.
  return `strftime(${value} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')`;
}

/** Compared as values: the engine may spell them otherwise. */
function isKey({ key, columns }: Table, texts: readonly string[]): string {
  const conditions = key.map((name, index) => {
    const { type } = columns.find((column) => column.name === name) ?? { type: 'text' as const };
    return `${duckDb.identifier(name)} = ${duckDb.cast(duckDb.literal(texts[index] ?? ''), type)}`;
  });
  return conditions.length === 0 ? 'false' : conditions.join(' AND ');
}
