/** The rows of a table, as of one moment. */
import type { SilverRow, Table } from '../contract.ts';
import { provenance } from '../table.ts';
import { textOf } from './cells.ts';
import { spanner } from './dialect.ts';
import { answerTo, type Link, type Rows } from './read.ts';
import { findTable } from './schema.ts';

export async function* scan(
  link: Link,
  table: Table,
  key: readonly string[] | undefined,
): AsyncGenerator<readonly SilverRow[]> {
  const found = await findTable(link, table);
  if (found === undefined) return;
  const existing = new Set(found.columns.map(({ name }) => name.toLowerCase()));
  const own = table.columns.map(({ name }) => (existing.has(name.toLowerCase()) ? spanner.identifier(name) : 'NULL'));
  const columns = [...own, ...provenance.map(({ name }) => name)].join(', ');
  const where = key === undefined ? '' : ` WHERE ${isKey(table, key)}`;
  const sql = `SELECT ${columns} FROM ${spanner.table(table.schema, table.name)}${where}`;
  for await (const { fields, rows } of answerTo(link, { sql })) {
    if (rows.length > 0) yield rows.map((row) => silverRow(row, fields, table.columns.length));
  }
}

function silverRow(row: readonly unknown[], fields: Rows['fields'], width: number): SilverRow {
  const texts = row.map((value, at) => textOf(value, fields[at]?.type ?? { code: 'STRING' }));
  const [checksum = '', bronzeObjectPath = '', bronzeLine, sourceUrl = '', ingestedAt = ''] = texts
    .slice(width)
    .map(String);
  return {
    values: texts.slice(0, width),
    ...{ checksum, bronzeObjectPath, sourceUrl },
    bronzeLine: Number(bronzeLine),
    ingestedAt: new Date(ingestedAt),
  };
}

/** Compared as values: they may be spelled otherwise. */
function isKey({ key, columns }: Table, texts: readonly string[]): string {
  const conditions = key.map((name, at) => {
    const type = columns.find((column) => column.name === name)?.type ?? 'text';
    return `${spanner.identifier(name)} = ${spanner.cast(spanner.literal(texts[at] ?? ''), type)}`;
  });
  return conditions.length === 0 ? 'FALSE' : conditions.join(' AND ');
}
