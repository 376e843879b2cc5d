/** The rows of a table, by a cursor: of one moment, a portion at a time. */
import type { SilverRow, Table } from '../contract.ts';
import { foundTable } from './catalogue.ts';
import { postgres } from './dialect.ts';
import { fetched } from './fetched.ts';
import { asText } from './printed.ts';
import type { Answer, Session } from './session.ts';
import { begin } from './transaction.ts';

const PROVENANCE = ['checksum_sha256', 'bronze_object_path', 'bronze_line', 'source_url', 'ingested_at'];

export async function* scan(
  session: Session,
  table: Table,
  key: readonly string[] | undefined,
): AsyncGenerator<readonly SilverRow[]> {
  await session.run(begin.look);
  const found = await foundTable(session, table);
  if (found === undefined) return;
  const names = new Set(found.columns.map(({ name }) => name.toLowerCase()));
  const values = table.columns.map(({ name }) => (names.has(name.toLowerCase()) ? postgres.identifier(name) : 'NULL'));
  const from = `FROM ${postgres.table(table.schema, table.name)} WHERE ${key === undefined ? 'true' : isKey(table, key)}`;
  await session.run(`DECLARE scan NO SCROLL CURSOR FOR SELECT ${[...values, ...PROVENANCE].join(', ')} ${from}`);
  for await (const { rows, columns } of fetched(session, 'scan')) {
    yield rows.map((row) => silverRow(row, columns, values.length));
  }
}

function silverRow(row: Answer['rows'][number], columns: Answer['columns'], width: number): SilverRow {
  const texts = row.map((value, at) => (value === null ? null : asText(value, columns[at]?.type ?? 0)));
  const [checksum, bronzeObjectPath, bronzeLine, sourceUrl, ingestedAt] = texts.slice(width).map(String);
  return {
    values: texts.slice(0, width),
    checksum: String(checksum),
    bronzeObjectPath: String(bronzeObjectPath),
    bronzeLine: Number(bronzeLine),
    sourceUrl: String(sourceUrl),
    ingestedAt: new Date(String(ingestedAt)),
  };
}

/** Compared as values: the server may spell them otherwise. */
function isKey({ key, columns }: Table, texts: readonly string[]): string {
  const conditions = key.map((name, index) => {
    const { type } = columns.find((column) => column.name === name) ?? { type: 'text' as const };
    return `${postgres.identifier(name)} = ${postgres.cast(postgres.literal(texts[index] ?? ''), type)}`;
  });
  return conditions.length === 0 ? 'false' : conditions.join(' AND ');
}
