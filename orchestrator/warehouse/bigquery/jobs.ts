/**
 * Jobs: loads and queries. Each has an id of ours, so that one whose answer was lost is known again, and no two processes run the
 * same one: https://cloud.google.com/bigquery/docs/running-jobs#generate-jobid
 */
import { createHash, randomUUID } from 'node:crypto';
import { errorKinds, type TidemillError } from '@tidemill/kit/errors';
import { retryDelay } from '@tidemill/kit/retry';
import { z } from 'zod';
import type { Client } from './client.ts';
import { asWarehouseError, notSeenYet, type Refusal, stillRunning } from './errors.ts';
import { labelOf } from './location.ts';

const Count = z.coerce.number().int();

const Job = z.object({
  configuration: z.object({ query: z.object({ query: z.string() }).optional() }).catch({}),
  status: z.object({
    state: z.enum(['PENDING', 'RUNNING', 'DONE']),
    errorResult: z.object({ reason: z.string().catch(''), message: z.string().catch('') }).optional(),
  }),
  statistics: z
    .object({ query: z.object({ totalBytesBilled: Count.catch(0), statementType: z.string().optional() }).optional() })
    .catch({}),
});
export type Job = z.output<typeof Job>;

const Cell = z.object({ v: z.unknown() });
const Page = z.object({
  jobComplete: z.boolean().default(true),
  schema: z
    .object({ fields: z.array(z.object({ name: z.string(), type: z.string(), mode: z.string().optional() })) })
    .default({ fields: [] }),
  // Left out where there are none. Rows that are not understood must not become none: a package would be loaded again.
  rows: z.array(z.object({ f: z.array(Cell) })).default([]),
  pageToken: z.string().nullish(),
});

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string | undefined;
}

/** One page of an answer: values as the API writes them, instants in microseconds. */
export interface Rows {
  readonly fields: readonly Field[];
  readonly rows: readonly (readonly unknown[])[];
}

/** What a job does besides the labels, as the API has it: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job */
type Work = { readonly query: object } | { readonly load: object };

export interface Task {
  /** What its id begins with; a number follows, for each time that it failed by itself. */
  readonly id: string;
  readonly work: Work;
  /** The job of Tidemill that it is run for. */
  readonly job?: string | undefined;
  readonly media?: Uint8Array;
  readonly explain?: (dataset: Client['dataset'], refusal: Refusal) => TidemillError;
  /**
   * Asked when a job of this id has ended well, and somebody else had started it: whether that did the work. It did, if not
   * told; else the next number is tried.
   */
  readonly isDone?: () => Promise<boolean>;
}

/** How a job ended that ended well, and whose it was. */
export interface Ended {
  readonly id: string;
  readonly bytesBilled: number;
  readonly isOurs: boolean;
}

/** A job that stays in the queue is left to itself after this. */
const JOB_MS = 30 * 60_000;
const FIRST_POLL_MS = 200;
const MOST_POLL_MS = 5_000;
/** Of failures that may pass by themselves. */
const RETRIES = 3;
/** Ids that are taken by attempts of earlier runs. */
const MOST_ATTEMPTS = 100;

/** Letters, digits, `_` and `-`, the same for the same texts. */
export const jobId = (...texts: readonly string[]): string =>
  `tidemill-${createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 32)}`;

/** For work that nobody else does. */
export const freshId = (): string => `tidemill-${randomUUID()}`;

/** Runs a job until it has ended well. One that failed by itself is tried again, under the next id. */
export async function runJob(client: Client, task: Task): Promise<Ended> {
  const { explain = asWarehouseError, isDone } = task;
  let failures = 0;
  for (let attempt = 1; ; attempt += 1) {
    const id = `${task.id}-${attempt}`;
    const { job, isOurs } = await endOf(client, id, task);
    const { errorResult } = job.status;
    if (errorResult === undefined) {
      const ended = { id, bytesBilled: job.statistics.query?.totalBytesBilled ?? 0, isOurs };
      if (isOurs || isDone === undefined || (await isDone())) return ended;
    } else if (isOurs) {
      const error = explain(client.dataset, errorResult);
      failures += 1;
      if (!mayPass(error) || failures > RETRIES) throw error;
      const { clock, random, signal } = client.world;
      const wait = retryDelay(failures, { random: () => random(), baseMs: 1_000, capMs: 30_000 });
      await clock.sleep(wait, signal);
    }
    if (attempt === MOST_ATTEMPTS) throw stillRunning(client.dataset, id);
  }
}

/** A script that was overtaken has counted what is not there any more; a quota that is used up comes back in hours. */
const mayPass = ({ kind, code, retryAfterSeconds }: TidemillError): boolean =>
  errorKinds[kind].retry && code !== 'bigquery-overtaken' && retryAfterSeconds === undefined;

/** Starts the job unless it is there, and waits for its end, well or not. */
async function endOf(client: Client, id: string, task: Task): Promise<{ job: Job; isOurs: boolean }> {
  const { dataset, world } = client;
  const location = await client.location();
  const body = {
    jobReference: { projectId: dataset.project, jobId: id, location },
    configuration: { ...task.work, labels: labelsFor(client, task.job) },
  };
  const { explain, media } = task;
  const { status, content } = await client.ask({
    method: 'POST',
    path: '/jobs',
    body,
    accept: [409],
    ...(media && { media }),
    ...(explain && { explain }),
  });
  const look = async (): Promise<Job> => {
    const path = `/jobs/${id}`;
    const { content: found } = await client.ask({ method: 'GET', path, query: { location }, explain: notThere(id) });
    return client.parse(Job, found);
  };
  // It was there already: of another process, or ours, and the answer was lost.
  let job = status === 409 ? await look() : client.parse(Job, content);
  const over = world.clock.now().getTime() + JOB_MS;
  for (let wait = FIRST_POLL_MS; job.status.state !== 'DONE'; wait = Math.min(MOST_POLL_MS, wait * 1.5)) {
    if (world.clock.now().getTime() >= over) throw stillRunning(dataset, id);
    await world.clock.sleep(wait, world.signal);
    job = await look();
  }
  return { job, isOurs: status !== 409 || isSame(job, task.work) };
}

/** What is missing is the job and not the dataset. */
const notThere =
  (id: string): NonNullable<Task['explain']> =>
  (dataset, refusal) =>
    refusal.status === 404 ? notSeenYet(dataset, id) : asWarehouseError(dataset, refusal);

/** A script names the table of its own rows: no two have the same text. */
const isSame = (job: Job, work: Work): boolean =>
  'load' in work || job.configuration.query?.query === (work.query as { query?: unknown }).query;

const labelsFor = ({ dataset }: Client, job: string | undefined): Record<string, string> => ({
  ...dataset.labels,
  tidemill: 'warehouse',
  ...(job === undefined ? {} : { tidemill_job: labelOf(job) }),
});

/** A query's configuration: tables without a dataset are ours. */
export const queryOf = ({ dataset }: Client, sql: string): { readonly query: object } => ({
  query: {
    query: sql,
    useLegacySql: false,
    defaultDataset: { projectId: dataset.project, datasetId: dataset.dataset },
    ...limitsOf(dataset.maxBytesBilled),
  },
});

/** Of a query, and of each statement of a script. */
const limitsOf = (bytes: string | undefined): object =>
  bytes === undefined ? {} : { maximumBytesBilled: bytes, scriptOptions: { statementByteBudget: bytes } };

/** Of a page; its bytes are limited by themselves: https://cloud.google.com/bigquery/docs/paging-results */
const PAGE_ROWS = '10000';

/** The answer to a query, a page at a time, as of the moment it was asked. */
export async function* answerTo(
  client: Client,
  sql: string,
  explain: Task['explain'] = asWarehouseError,
): AsyncGenerator<Rows & { readonly bytesBilled: number }> {
  const { id, bytesBilled } = await runJob(client, { id: freshId(), work: queryOf(client, sql), explain });
  let pageToken: string | undefined;
  do {
    const { schema, rows, pageToken: next } = await pageOf(client, id, pageToken, explain);
    yield { fields: schema.fields, rows: rows.map(({ f }) => f.map(({ v }) => v)), bytesBilled };
    pageToken = next || undefined;
  } while (pageToken !== undefined);
}

/** An answer may say that it is not there yet, though the job has ended: that is no answer without rows. */
async function pageOf(
  client: Client,
  id: string,
  pageToken: string | undefined,
  explain: NonNullable<Task['explain']>,
): Promise<z.output<typeof Page>> {
  const { dataset, world } = client;
  const query = {
    location: await client.location(),
    maxResults: PAGE_ROWS,
    'formatOptions.useInt64Timestamp': 'true',
    ...(pageToken && { pageToken }),
  };
  const over = world.clock.now().getTime() + JOB_MS;
  for (let wait = FIRST_POLL_MS; ; wait = Math.min(MOST_POLL_MS, wait * 1.5)) {
    const { content } = await client.ask({ method: 'GET', path: `/queries/${id}`, query, explain });
    const page = client.parse(Page, content);
    if (page.jobComplete) return page;
    if (world.clock.now().getTime() >= over) throw stillRunning(dataset, id);
    await world.clock.sleep(wait, world.signal);
  }
}

/** All rows of a short answer. */
export async function rowsOf(client: Client, sql: string): Promise<readonly (readonly unknown[])[]> {
  const rows: (readonly unknown[])[] = [];
  for await (const page of answerTo(client, sql)) rows.push(...page.rows);
  return rows;
}
