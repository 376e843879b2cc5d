/** Queries of people: one statement that reads, its values as text. */
import { TidemillError } from '@tidemill/kit';
import type { AnsweredRow, Query, QueryInPortions } from '../contract.ts';
import { asQueryError } from './errors.ts';
import { fetched } from './fetched.ts';
import { asText } from './printed.ts';
import type { Answer, Session } from './session.ts';
import { begin } from './transaction.ts';

/** Runs one statement in a transaction that only reads. */
export async function readOnly(session: Session, sql: string): ReturnType<Query> {
  if (!/^(?:SELECT|WITH|VALUES|TABLE|SHOW|EXPLAIN)$/i.test(firstWord(sql))) throw notReading();
  try {
    await session.run(begin.query);
    // A second statement could end the transaction, and with it that nothing is written.
    const answer = await session.ask(sql, 'one');
    return { columns: namesOf(answer), rows: rowsOf(answer) };
  } catch (error) {
    throw asQueryError(error, session.url);
  }
}

/** What a statement begins with, behind blanks, comments and parentheses. */
const firstWord = (sql: string): string => /^(?:[\s(]|--.*|\/\*[\s\S]*?\*\/)*(\w*)/.exec(sql)?.[1] ?? '';

/** A transaction that only reads guards the tables; COPY would write to files. */
const notReading = (): TidemillError =>
  new TidemillError('config', 'query-refused', 'A query must read, and this does something else', {
    hint: 'Ask with SELECT; `--output FILE` keeps what is answered.',
  });

/** What a cursor can be of; SHOW and EXPLAIN have few rows. */
const SELECTS = /^(?:SELECT|WITH|VALUES|TABLE)$/i;

/** The same, by a cursor. The session must stay open until the rows were taken. */
export async function readInPortions(session: Session, sql: string): ReturnType<QueryInPortions> {
  if (!SELECTS.test(firstWord(sql))) {
    const { columns, rows } = await readOnly(session, sql);
    return { columns, portions: once(rows) };
  }
  try {
    await session.run(begin.query);
    await session.ask(`DECLARE asked NO SCROLL CURSOR FOR ${sql}`, 'one');
    const answers = fetched(session, 'asked');
    const { value: first } = await answers.next();
    return { columns: first === undefined ? [] : namesOf(first), portions: portions(first, answers, session.url) };
  } catch (error) {
    throw asQueryError(error, session.url);
  }
}

async function* once(rows: readonly AnsweredRow[]): AsyncGenerator<readonly AnsweredRow[]> {
  yield rows;
}

async function* portions(
  first: Answer | undefined,
  others: AsyncIterable<Answer>,
  url: string,
): AsyncGenerator<readonly AnsweredRow[]> {
  try {
    if (first !== undefined) yield rowsOf(first);
    for await (const answer of others) yield rowsOf(answer);
  } catch (error) {
    throw asQueryError(error, url);
  }
}

const namesOf = ({ columns }: Answer): string[] => columns.map(({ name }) => name);

const rowsOf = ({ columns, rows }: Answer): AnsweredRow[] =>
  rows.map((row) => row.map((value, at) => (value === null ? null : asText(value, columns[at]?.type ?? 0))));
