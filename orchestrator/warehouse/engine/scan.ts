/** Rows of a table as texts, a chunk at a time. */
import type { Column } from '@tidemill/kit';
import type { SilverRow, Table } from '../contract.ts';
import { duckDb } from './dialect.ts';
import type { FileSession } from './session.ts';

const PROVENANCE = ['checksum_sha256', 'bronze_object_path', 'bronze_line', 'source_url', 'epoch_ms(ingested_at)'];

/** The rows of `from`, a relation that has some of the table's columns; or the one that has a key. */
export async function* scanFrom(
  session: FileSession,
  { from, names }: { readonly from: string /** In lower case. */; readonly names: ReadonlySet<string> },
  table: Table,
  key: readonly string[] | undefined,
): AsyncGenerator<readonly SilverRow[]> {
  const values = table.columns.map((column) => (names.has(column.name.toLowerCase()) ? printed(column) : 'NULL'));
  const where = key === undefined ? 'true' : isKey(table, key);
  for await (const rows of session.stream(
    `SELECT ${[...values, ...PROVENANCE].join(', ')} FROM ${from} WHERE ${where}`,
  )) {
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
export function isKey({ key, columns }: Table, texts: readonly string[]): string {
  const conditions = key.map((name, index) => {
    const { type } = columns.find((column) => column.name === name) ?? { type: 'text' as const };
    return `${duckDb.identifier(name)} = ${duckDb.cast(duckDb.literal(texts[index] ?? ''), type)}`;
  });
  return conditions.length === 0 ? 'false' : conditions.join(' AND ');
}
