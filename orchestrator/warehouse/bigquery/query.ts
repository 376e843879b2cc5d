/** Queries of people: one statement that reads, its values as text. */
import { TidemillError } from '@tidemill/kit/errors';
import { z } from 'zod';
import type { AnsweredRow, Query, QueryInPortions } from '../contract.ts';
import { textOf } from './cells.ts';
import type { Client } from './client.ts';
import { asQueryError } from './errors.ts';
import { answerTo, queryOf, type Rows } from './jobs.ts';

const Tried = z.object({ statistics: z.object({ query: z.object({ statementType: z.string() }) }) });

/** All rows of `inPortions`. */
export async function readOnly(client: Client, sql: string): ReturnType<Query> {
  const { columns, portions } = await inPortions(client, sql);
  return { columns, rows: (await Array.fromAsync(portions)).flat() };
}

/** Looked at before it is run: BigQuery has no transaction that only reads. */
export async function inPortions(client: Client, sql: string): ReturnType<QueryInPortions> {
  await checkReads(client, sql);
  const pages = answerTo(client, sql, (dataset, refusal) => asQueryError(dataset, refusal, 'rows'));
  const first = await pages.next();
  const columns = first.done === true ? [] : first.value.fields.map(({ name }) => name);
  return { columns, portions: textsOf(first, pages) };
}

async function* textsOf(
  first: IteratorResult<Rows>,
  pages: AsyncGenerator<Rows>,
): AsyncGenerator<readonly AnsweredRow[]> {
  for (let page = first; page.done !== true; page = await pages.next()) {
    const { fields, rows } = page.value;
    yield rows.map((row) => row.map((value, at) => textOf(value, fields[at]?.type ?? '', fields[at]?.mode)));
  }
}

async function checkReads(client: Client, sql: string): Promise<void> {
  const location = await client.location();
  const { content } = await client.ask({
    method: 'POST',
    path: '/jobs',
    body: {
      jobReference: { projectId: client.dataset.project, location },
      configuration: { ...queryOf(client, sql), dryRun: true },
    },
    explain: (dataset, refusal) => asQueryError(dataset, refusal, 'statement'),
  });
  const { statementType } = client.parse(Tried, content).statistics.query;
  if (statementType !== 'SELECT') throw noSelect(statementType);
}

const noSelect = (type: string): TidemillError =>
  new TidemillError('config', 'query-refused', `A query must be one SELECT, and this is ${type}`, {
    hint: 'Ask one question at a time.',
  });
