/** The rows of a table, by a cursor: of one moment, a portion at a time. */
import type { SilverRow, Table } from '../contract.ts';
import { foundTable } from './catalogue.ts';
import { postgres } from './dialect.ts';
import { asText } from './printed.ts';
import type { Answer, Session } from './session.ts';
import { begin } from './transaction.ts';

const PROVENANCE = ['checksum_sha256', 'bronze_object_path', 'bronze_line', 'source_url', 'ingested_at'];

/** The server is asked for as many rows as have about so many characters; of the first ones nobody knows how wide they are. */
const PORTION_CHARS = 1_000_000;
const FIRST_ROWS = 20;
const MOST_ROWS = 1_000;

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
  for (let atOnce = FIRST_ROWS; ; ) {
    const answer = await session.ask(`FETCH ${atOnce} FROM scan`);
    if (answer.rows.length === 0) return;
    yield answer.rows.map((row) => silverRow(row, answer.columns, values.length));
    atOnce = nextPortion(answer);
  }
}

function nextPortion({ rows }: Answer): number {
  const chars = rows.reduce((sum, row) => row.reduce((width, value) => width + (value?.length ?? 0), sum), 1);
  return Math.max(1, Math.min(MOST_ROWS, Math.floor((PORTION_CHARS / chars) * rows.length)));
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
