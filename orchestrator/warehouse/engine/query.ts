/** Queries of people: one statement that reads, its values as text. */
import { type DuckDBConnection, DuckDBTimestampTZValue, DuckDBTimestampValue, StatementType } from '@duckdb/node-api';
import { TidemillError } from '@tidemill/kit';
import type { AnsweredRow, Query, QueryInPortions } from '../contract.ts';
import { asQueryError } from './errors.ts';
import type { FileSession } from './session.ts';

/**
 * Runs one statement in a transaction that cannot write to the database, and gives its rows a chunk at a time; before them the
 * names of its columns, as a portion of one row.
 */
export async function* readOnly(session: FileSession, sql: string): AsyncGenerator<readonly AnsweredRow[]> {
  const { connection } = session;
  try {
    const statements = await connection.extractStatements(sql);
    // A second statement could end the read-only transaction.
    if (statements.count !== 1) throw notOne(statements.count);
    await connection.run('BEGIN TRANSACTION READ ONLY');
    const statement = await statements.prepare(0);
    // The transaction guards this file; COPY, EXPORT or ATTACH would write to others.
    if (!(await isReading(connection, statement.statementType, sql))) throw notReading();
    const result = await statement.stream();
    yield [result.columnNames()];
    for (;;) {
      const rows = (await result.fetchChunk())?.getRows() ?? [];
      if (rows.length === 0) return;
      yield rows.map((row) => row.map(asText));
    }
  } catch (error) {
    throw asQueryError(session.explain(error));
  }
}

/** What `readOnly` gives, with all its rows. */
export async function whole(answer: AsyncGenerator<readonly AnsweredRow[]>): ReturnType<Query> {
  const [head = [], ...portions] = await Array.fromAsync(answer);
  return { columns: head.flat().map(String), rows: portions.flat() };
}

/** The same, with its rows still to come. */
export async function inPortions(answer: AsyncGenerator<readonly AnsweredRow[]>): ReturnType<QueryInPortions> {
  const { value: head } = await answer.next();
  return { columns: (head ?? []).flat().map(String), portions: answer };
}

/** DESCRIBE, SHOW, SUMMARIZE and VALUES are SELECT to DuckDB. */
async function isReading(connection: DuckDBConnection, type: StatementType, sql: string): Promise<boolean> {
  if (type !== StatementType.EXPLAIN) return type === StatementType.SELECT;
  // EXPLAIN ANALYZE carries out what it explains, COPY too.
  for (const explained of explainedIn(sql)) {
    if ((await typeOf(connection, explained)) === StatementType.SELECT) return true;
  }
  return false;
}

/**
 * What comes after EXPLAIN, read in each way that there is: with options, or beginning with a parenthesis of its own. Nothing where a
 * comment stands before it: comments can be nested, and to say where one ends is the engine's.
 */
function explainedIn(sql: string): string[] {
  const [, all] = /^\s*EXPLAIN\b([\s\S]*)$/i.exec(sql) ?? [];
  const [, analyzed] = /^\s*(?:ANALYZE\b|\([^()]*\))([\s\S]*)$/i.exec(all ?? '') ?? [];
  return [all, analyzed].filter((text) => text !== undefined);
}

async function typeOf(connection: DuckDBConnection, sql: string): Promise<StatementType | undefined> {
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) return undefined;
    const statement = await statements.prepare(0);
    const { statementType } = statement;
    statement.destroySync();
    return statementType;
  } catch {
    // It is no statement.
    return undefined;
  }
}

const notReading = (): TidemillError =>
  new TidemillError('config', 'query-refused', 'A query must read, and this does something else', {
    hint: 'Ask with SELECT, or with EXPLAIN right before it; `--output FILE` keeps what is answered.',
  });

const notOne = (count: number): TidemillError =>
  new TidemillError('config', 'query-refused', `A query must be one statement, and this is ${count}`, {
    hint: 'Ask one question at a time.',
  });

function asText(value: unknown): string | null {
  if (value === null) return null;
  if (value instanceof DuckDBTimestampTZValue) return isoText(value.micros, 'Z') ?? String(value);
  if (value instanceof DuckDBTimestampValue) return isoText(value.micros, '') ?? String(value);
  return String(value);
}

/** ISO 8601 with the microseconds there are; undefined for instants that it has no four-digit year for. */
function isoText(micros: bigint, zone: 'Z' | ''): string | undefined {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const instant = new Date(Number((micros - fraction) / 1_000n));
  if (Number.isNaN(instant.valueOf())) return undefined;
  const text = instant.toISOString();
  if (!/^\d{4}-/.test(text)) return undefined;
  const digits = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return `${text.slice(0, 19)}${digits}${zone}`;
}
