/** Queries of people: one statement that reads, its values as text. Spanner refuses to write in a transaction that reads. */
import type { AnsweredRow, Query, QueryInPortions } from '../contract.ts';
import { textOf } from './cells.ts';
import { asQueryError } from './errors.ts';
import { answerTo, type Link, type Rows } from './read.ts';

/** All rows of `inPortions`. */
export async function readOnly(link: Link, sql: string): ReturnType<Query> {
  const { columns, portions } = await inPortions(link, sql);
  return { columns, rows: (await Array.fromAsync(portions)).flat() };
}

export async function inPortions(link: Link, sql: string): ReturnType<QueryInPortions> {
  const answer = answerTo(link, { sql, explain: asQueryError });
  const first = await answer.next();
  const columns = first.done === true ? [] : first.value.fields.map(({ name }) => name);
  return { columns, portions: textsOf(first, answer) };
}

async function* textsOf(
  first: IteratorResult<Rows>,
  answer: AsyncGenerator<Rows>,
): AsyncGenerator<readonly AnsweredRow[]> {
  try {
    for (let part = first; part.done !== true; part = await answer.next()) {
      const { fields, rows } = part.value;
      if (rows.length > 0)
        yield rows.map((row) => row.map((value, at) => textOf(value, fields[at]?.type ?? { code: '' })));
    }
  } finally {
    await answer.return(undefined);
  }
}
