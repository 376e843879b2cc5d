/** Rows of the table that a load may meet, in DuckDB: what each is known by, and its checksum. All are read as of one moment. */
import type { Table } from '../contract.ts';
import type { FileSession } from '../engine/session.ts';
import { inPart, inRange, rowRanges } from '../engine/slices.ts';
import { CHECKSUM, own, PLACE, STAGED, type StagedSql, stagedSql } from '../engine/staged.ts';
import { ROW, spanner } from './dialect.ts';
import { identitySql } from './identity.ts';
import { pathOf } from './names.ts';
import { answerTo, type Link, type Question } from './read.ts';

/** `row_id`, `sum`, and the values of the key as texts where rows were made with another key. */
export const HELD = 'temp.main.held';
/** Rows that make room: `row_id`, and the bronze `object` that they came from. */
export const ROOM = 'temp.main.room';

/** What rows of the table are compared by. */
const IDENTITY = own('key_0');

export interface Holding {
  readonly link: Link;
  readonly session: FileSession;
  readonly table: Table;
  /** Names of the columns that the table has; undefined when there is none yet. */
  readonly existing: readonly string[] | undefined;
  /** Whether rows are known by the key that is declared; else they are found by their values. */
  readonly isSameKey: boolean;
  readonly at: string | undefined;
}

/** Bulk load of texts. */
async function fill(
  session: FileSession,
  name: string,
  columns: readonly string[],
  rows: AsyncIterable<readonly (readonly unknown[])[]>,
) {
  await session.run(`CREATE OR REPLACE TEMP TABLE ${name} (${columns.map((one) => `${one} VARCHAR`).join(', ')})`);
  const bulk = await session.appender(name);
  for await (const portion of rows) {
    bulk((appender) => {
      for (const row of portion) {
        for (const value of row) {
          if (value === null) appender.appendNull();
          else appender.appendVarchar(String(value));
        }
        appender.endRow();
      }
      appender.flushSync();
    });
  }
  bulk((appender) => appender.closeSync());
}

async function* rowsOf(link: Link, questions: AsyncIterable<Question> | Iterable<Question>) {
  for await (const question of questions) for await (const { rows } of answerTo(link, question)) yield rows;
}

/** Takes in rows that came from these objects of bronze. */
export async function holdRoom(
  { link, session, table, existing, at }: Holding,
  objects: readonly string[],
): Promise<void> {
  const sql = `SELECT ${ROW}, bronze_object_path FROM ${spanner.table(table.schema, table.name)} WHERE bronze_object_path IN UNNEST(@objects)`;
  const questions = existing === undefined || objects.length === 0 ? [] : [{ sql, texts: { objects }, at }];
  await fill(session, 'room', ['row_id', 'object'], rowsOf(link, questions));
}

/** More staged keys than this, and the table is read as a whole, unless it has many times as many rows. */
const FEW = 20_000;
const MANY_TIMES = 5;
/** Keys in one question. */
const AT_ONCE = 5_000;

/** Takes in the rows that the load may meet: all of them for a package of `everything`. Those that make room are gone. */
export async function hold(holding: Holding, staged: number, scope: 'changes' | 'everything'): Promise<void> {
  const { link, session, table, existing, isSameKey, at } = holding;
  const keys = isSameKey ? [] : table.key;
  const columns = ['row_id', 'sum', ...keys.map((_, index) => `key_${index}`)];
  const there = new Set(existing?.map((name) => name.toLowerCase()));
  const asked = keys.map((name) => (there.has(name.toLowerCase()) ? textSql(table, name) : 'NULL'));
  const select = `SELECT ${[ROW, 'checksum_sha256', ...asked].join(', ')} FROM ${spanner.table(table.schema, table.name)}`;
  const isWhole = scope === 'everything' || !isSameKey || !(await isWorthIt(holding, staged));
  const questions = (): AsyncIterable<Question> | Iterable<Question> => {
    if (existing === undefined) return [];
    return isWhole ? [{ sql: select, at }] : byIdentity(session, table, at);
  };
  await fill(session, 'held', columns, rowsOf(link, questions()));
  await session.run(`DELETE FROM ${HELD} WHERE row_id IN (SELECT row_id FROM ${ROOM})`);
}

/** Whether to ask for the staged keys alone is less than to read all of the table. */
async function isWorthIt({ link, table, existing, at }: Holding, staged: number): Promise<boolean> {
  if (existing === undefined || staged <= FEW) return true;
  const sql = `SELECT COUNT(*) FROM ${spanner.table(table.schema, table.name)}`;
  for await (const { rows } of answerTo(link, { sql, at })) {
    for (const [count] of rows) return Number(count) > MANY_TIMES * staged;
  }
  return true;
}

async function* byIdentity(session: FileSession, table: Table, at: string | undefined): AsyncGenerator<Question> {
  const asked = `SELECT DISTINCT ${identitySql(table)} AS id FROM ${STAGED}`;
  await session.run(`CREATE OR REPLACE TEMP TABLE asked AS ${asked}`);
  const [[count] = []] = await session.rows('SELECT count(*) FROM temp.main.asked');
  for (const range of rowRanges(Number(count), AT_ONCE)) {
    const ids = await session.rows(`SELECT id FROM temp.main.asked WHERE ${inRange(range)}`);
    const keys = ids.map(([id]) => String(id));
    yield { sql: { table: pathOf(table), columns: [ROW, 'checksum_sha256'], keys }, at };
  }
}

/** A value of the key as a text that DuckDB reads. */
function textSql({ columns }: Table, name: string): string {
  const type = columns.find((column) => column.name === name)?.type;
  const value = spanner.identifier(name);
  if (type === 'timestamptz') return `FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E6SZ', ${value}, 'UTC')`;
  return type === 'text' || type === 'jsonb' ? value : `CAST(${value} AS STRING)`;
}

/** The rows that are held, for `match`: where they lie is their place among them. */
export function heldSql({ table, isSameKey }: Pick<Holding, 'table' | 'isSameKey'>): string {
  const byValues = identitySql(table, (_, at) => `key_${at}`);
  // A row without a value in its key is none that anything staged could be.
  const identity = isSameKey ? 'row_id' : `coalesce(${byValues}, '~' || row_id)`;
  return `(SELECT 0 AS file, rowid AS pos, ${identity} AS ${IDENTITY}, sum AS ${CHECKSUM} FROM ${HELD})`;
}

/** Staged rows, told apart by their identity. */
export function stagedByIdentity(table: Table): StagedSql {
  const identity = identitySql(table);
  return {
    create: stagedSql(table).create,
    aliases: [IDENTITY],
    sameKey: (one, other) => `${one}.${IDENTITY} = ${other}.${IDENTITY}`,
    staged(slice, more = '') {
      const where = 'first' in slice ? inRange(slice) : inPart(slice, [identity]);
      return `(SELECT rowid AS ${PLACE}, ${identity} AS ${IDENTITY}${more} FROM ${STAGED} WHERE ${where})`;
    },
  };
}
