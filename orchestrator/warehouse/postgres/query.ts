/** Queries of people: one statement that reads, its values as text. */
import type { Query } from '../contract.ts';
import { asQueryError } from './errors.ts';
import { asText } from './printed.ts';
import type { Session } from './session.ts';
import { begin } from './transaction.ts';

/** Runs one statement in a transaction that only reads. NULL becomes the empty text. */
export async function readOnly(session: Session, sql: string): ReturnType<Query> {
  try {
    await session.run(begin.query);
    // A second statement could end the transaction, and with it that nothing is written.
    const { columns, rows } = await session.ask(sql, 'one');
    return {
      columns: columns.map(({ name }) => name),
      rows: rows.map((row) => row.map((value, at) => (value === null ? '' : asText(value, columns[at]?.type ?? 0)))),
    };
  } catch (error) {
    throw asQueryError(error, session.url);
  }
}
