/** Queries of people: one statement that reads, its values as text. */
import { TidemillError } from '@tidemill/kit/errors';
import { z } from 'zod';
import type { Query } from '../contract.ts';
import { textOf } from './cells.ts';
import type { Client } from './client.ts';
import { asQueryError } from './errors.ts';
import { answerTo, queryOf } from './jobs.ts';

const Tried = z.object({ statistics: z.object({ query: z.object({ statementType: z.string() }) }) });

/** Looked at before it is run: BigQuery has no transaction that only reads. NULL becomes the empty text. */
export async function readOnly(client: Client, sql: string): ReturnType<Query> {
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
  let columns: readonly string[] = [];
  const texts: string[][] = [];
  const answer = answerTo(client, sql, (dataset, refusal) => asQueryError(dataset, refusal, 'rows'));
  for await (const { fields, rows } of answer) {
    columns = fields.map(({ name }) => name);
    for (const row of rows)
      texts.push(row.map((value, at) => textOf(value, fields[at]?.type ?? '', fields[at]?.mode) ?? ''));
  }
  return { columns, rows: texts };
}

const noSelect = (type: string): TidemillError =>
  new TidemillError('config', 'query-refused', `A query must be one SELECT, and this is ${type}`, {
    hint: 'Ask one question at a time.',
  });
