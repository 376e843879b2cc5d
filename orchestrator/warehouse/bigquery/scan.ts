/** The rows of a table, a page at a time. */
import type { SilverRow, Table } from '../contract.ts';
import { provenance } from '../table.ts';
import { textOf } from './cells.ts';
import type { Client } from './client.ts';
import { bigQuery } from './dialect.ts';
import { answerTo, type Field } from './jobs.ts';
import { findTable } from './tables.ts';

/** Costs what its columns hold: a condition on the key reads fewer of them where the table is kept together by it. */
export async function* scan(
  client: Client,
  table: Table,
  key: readonly string[] | undefined,
): AsyncGenerator<readonly SilverRow[]> {
  await client.location();
  const found = await findTable(client, table);
  if (found === undefined) return;
  const existing = new Set(found.schema.fields.map(({ name }) => name.toLowerCase()));
  const own = table.columns.map(({ name }, at) =>
    existing.has(name.toLowerCase()) ? `${bigQuery.identifier(name)} AS _${at}` : `NULL AS _${at}`,
  );
  const columns = [...own, ...provenance.map(({ name }) => name)].join(', ');
  const where = key === undefined ? '' : ` WHERE ${isKey(table, key)}`;
  const sql = `SELECT ${columns} FROM ${bigQuery.table(table.schema, table.name)}${where}`;
  for await (const { fields, rows } of answerTo(client, sql)) {
    if (rows.length > 0) yield rows.map((row) => silverRow(row, fields, table.columns.length));
  }
}

function silverRow(row: readonly unknown[], fields: readonly Field[], width: number): SilverRow {
  const texts = row.map((value, at) => textOf(value, fields[at]?.type ?? '', fields[at]?.mode));
  const [checksum, bronzeObjectPath, bronzeLine, sourceUrl, ingestedAt] = texts.slice(width).map(String);
  return {
    values: texts.slice(0, width),
    checksum: checksum ?? '',
    bronzeObjectPath: bronzeObjectPath ?? '',
    bronzeLine: Number(bronzeLine),
    sourceUrl: sourceUrl ?? '',
    ingestedAt: new Date(ingestedAt ?? ''),
  };
}

/** Compared as values: they may be spelled otherwise. */
function isKey({ key, columns }: Table, texts: readonly string[]): string {
  const conditions = key.map((name, at) => {
    const type = columns.find((column) => column.name === name)?.type ?? 'text';
    return `${bigQuery.identifier(name)} = ${bigQuery.cast(bigQuery.literal(texts[at] ?? ''), type)}`;
  });
  return conditions.length === 0 ? 'FALSE' : conditions.join(' AND ');
}
