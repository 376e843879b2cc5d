/**
 * BigQuery's REST API as far as its documentation says what a client meets besides SQL: who may ask, jobs that take their time, ids that
 * are taken, tables that change meanwhile. It runs no SQL: a test says what a job comes to. What the reference does not allow is
 * refused, so that a wrong request fails here and not first at Google.
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs and …/tables
 */
import { type FakeHttp, type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';

/** How a job ends: with rows, or with BigQuery's word for why not. */
export type Outcome =
  | { readonly rows?: readonly (readonly (string | null)[])[]; readonly bytesBilled?: number }
  | { readonly reason: string; readonly message?: string };

export interface FakeJob {
  readonly id: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Rows that came with the request. */
  readonly media: string | undefined;
  readonly outcome: Outcome;
  /** How often it will still be seen before it is over. */
  looks: number;
}

export interface FakeBigQuery extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  readonly jobs: ReadonlyMap<string, FakeJob>;
  /** By their ids, as they were sent. */
  readonly tables: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** Whoever has none of them is not let in; nobody is asked before the first is there. */
  readonly tokens: Set<string>;
  /** What a job comes to, by its statement, or the destination of a load; rows of its own if not told. */
  decide(outcome: (work: string, id: string) => Outcome | undefined): void;
  /** How often each job is seen at work before it is over. */
  takeTime(looks: number): void;
  /** From now on requests meet what is answered here; `lost` carries the request out and answers nothing. */
  interfere(how: (request: SeenRequest) => Reply | 'lost' | undefined): void;
}

const PROJECT = '/projects/my-project';
const LOCATION = 'EU';

interface Resource {
  readonly [name: string]: unknown;
}

export async function startBigQuery(): Promise<FakeBigQuery> {
  const http = await startFakeHttp();
  const state: State = { jobs: new Map(), tables: new Map(), tokens: new Set(), looks: 0, decide: () => undefined };
  let interfere: (request: SeenRequest) => Reply | 'lost' | undefined = () => undefined;
  http.serve((request) => {
    const met = interfere(request);
    if (met !== undefined && met !== 'lost') return met;
    const reply = replyTo(request, state);
    return met === 'lost' ? { fault: 'reset' } : reply;
  });
  return fake(http, state, (how) => {
    interfere = how;
  });
}

interface State {
  readonly jobs: Map<string, FakeJob>;
  readonly tables: Map<string, Resource>;
  readonly tokens: Set<string>;
  looks: number;
  decide: (work: string, id: string) => Outcome | undefined;
}

const fake = (http: FakeHttp, state: State, interfere: FakeBigQuery['interfere']): FakeBigQuery => ({
  url: http.url,
  requests: http.requests,
  jobs: state.jobs,
  tables: state.tables,
  tokens: state.tokens,
  decide: (outcome) => {
    state.decide = outcome;
  },
  takeTime: (looks) => {
    state.looks = looks;
  },
  interfere,
  [Symbol.asyncDispose]: () => http.close(),
});

/** https://cloud.google.com/bigquery/docs/error-messages */
export const refusal = (status: number, reason: string, message = reason): Reply => ({
  status,
  json: { error: { code: status, message, errors: [{ reason, message, domain: 'global' }] } },
});

function replyTo(request: SeenRequest, state: State): Reply | undefined {
  if (state.tokens.size > 0 && !state.tokens.has(request.headers['authorization']?.replace('Bearer ', '') ?? '')) {
    return refusal(401, 'authError', 'Invalid Credentials');
  }
  const [, upload, path = ''] = /^(\/upload)?\/bigquery\/v2\/projects\/my-project(\/.*)$/.exec(request.path) ?? [];
  const [, kind = '', id = ''] =
    /^\/(datasets\/my_dataset\/tables|datasets|jobs|queries)(?:\/([^/]+))?$/.exec(path) ?? [];
  const name = decodeURIComponent(id);
  switch (`${request.method} ${kind}${name === '' ? '' : '/'}`) {
    case 'GET datasets/':
      return name === 'my_dataset' ? { json: { location: LOCATION } } : refusal(404, 'notFound', 'Not found: Dataset');
    case 'POST jobs':
      return upload === undefined ? insert(request.body, undefined, state) : multipart(request, state);
    case 'GET jobs/':
      return request.query['location'] === LOCATION ? look(name, state) : refusal(404, 'notFound', 'Not found: Job');
    case 'GET queries/':
      return answer(name, state);
    case 'POST datasets/my_dataset/tables':
      return makeTable(JSON.parse(request.body), state);
    case 'GET datasets/my_dataset/tables/': {
      const table = state.tables.get(name);
      return table === undefined ? refusal(404, 'notFound', 'Not found: Table') : { json: table };
    }
    case 'PATCH datasets/my_dataset/tables/':
      return change(name, request, state);
    case 'DELETE datasets/my_dataset/tables/':
      return state.tables.delete(name) ? { status: 204 } : refusal(404, 'notFound', 'Not found: Table');
    default:
      return undefined;
  }
}

/** https://cloud.google.com/bigquery/docs/reference/api-uploads#multipart */
function multipart({ headers, query, body }: SeenRequest, state: State): Reply {
  const boundary = /^multipart\/related; boundary=(\S+)$/.exec(headers['content-type'] ?? '')?.[1];
  const [before, first = '', second = '', after] = boundary === undefined ? [] : body.split(`--${boundary}`);
  const partOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4, -2);
  if (query['uploadType'] !== 'multipart' || before !== '' || after !== '--\r\n') return refusal(400, 'badContent');
  return insert(partOf(first), partOf(second), state);
}

/** https://cloud.google.com/bigquery/docs/labels-intro#requirements */
const LABEL = /^[a-z][a-z0-9_-]{0,62}=[a-z0-9_-]{0,63}$/;

function insert(body: string, media: string | undefined, state: State): Reply {
  const { jobReference, configuration } = JSON.parse(body) as { jobReference: Resource; configuration: Resource };
  const id = String(jobReference['jobId']);
  const { query, load, labels = {} } = configuration as { query?: Resource; load?: Resource; labels?: Resource };
  const isOdd =
    jobReference['projectId'] !== PROJECT.split('/').at(-1) ||
    !/^[\w-]{1,1024}$/.test(id) ||
    Object.entries(labels).some(([name, value]) => !LABEL.test(`${name}=${value}`)) ||
    (query === undefined) === (load === undefined) ||
    (query !== undefined && (query['useLegacySql'] !== false || typeof query['query'] !== 'string')) ||
    (load !== undefined && (load['sourceUris'] === undefined) === (media === undefined));
  if (isOdd) return refusal(400, 'invalid', 'Invalid JSON payload received.');
  if (jobReference['location'] !== LOCATION) return refusal(404, 'notFound', 'Not found: Dataset');
  if (state.jobs.has(id)) return refusal(409, 'duplicate', `Already Exists: Job ${id}`);
  const work = query === undefined ? 'load' : String(query['query']);
  const outcome = state.decide(work, id) ?? { rows: [] };
  state.jobs.set(id, { id, configuration, media, outcome, looks: state.looks });
  return look(id, state);
}

function look(id: string, { jobs }: State): Reply {
  const job = jobs.get(id);
  if (job === undefined) return refusal(404, 'notFound', 'Not found: Job');
  const left = job.looks;
  job.looks = Math.max(0, left - 1);
  const { outcome, configuration } = job;
  const failed = 'reason' in outcome ? { errorResult: { message: outcome.reason, ...outcome } } : {};
  const status = left > 0 ? { state: left > 1 ? 'PENDING' : 'RUNNING' } : { state: 'DONE', ...failed };
  // Numbers of 64 bits are texts.
  const billed = 'reason' in outcome ? 0 : (outcome.bytesBilled ?? 0);
  const statistics = { query: { totalBytesBilled: String(billed), statementType: 'SELECT' } };
  return { json: { jobReference: { jobId: id, location: LOCATION }, configuration, status, statistics } };
}

function answer(id: string, { jobs }: State): Reply {
  const job = jobs.get(id);
  if (job === undefined || job.looks > 0) return refusal(404, 'notFound', 'Not found: Job');
  if ('reason' in job.outcome) return refusal(400, job.outcome.reason, job.outcome.message);
  const rows = (job.outcome.rows ?? []).map((row) => ({ f: row.map((v) => ({ v })) }));
  const fields = (job.outcome.rows?.[0] ?? []).map((_, at) => ({ name: `f${at}_`, type: 'STRING', mode: 'NULLABLE' }));
  // Without rows there is no `rows`.
  return { json: { jobComplete: true, schema: { fields }, ...(rows.length === 0 ? {} : { rows }) } };
}

let etags = 0;
const versioned = (table: Resource): Resource => ({ ...table, etag: `"${++etags}"`, type: 'TABLE' });

function makeTable(table: Resource, { tables }: State): Reply {
  const { tableId, datasetId } = table['tableReference'] as Readonly<Record<string, string>>;
  if (datasetId !== 'my_dataset' || tableId === undefined) return refusal(400, 'invalid');
  if (tables.has(tableId)) return refusal(409, 'duplicate', 'Already Exists: Table');
  tables.set(tableId, versioned(table));
  return { json: tables.get(tableId) };
}

function change(name: string, { headers, body }: SeenRequest, { tables }: State): Reply {
  const table = tables.get(name);
  if (table === undefined) return refusal(404, 'notFound', 'Not found: Table');
  if (headers['if-match'] !== undefined && headers['if-match'] !== table['etag'])
    return refusal(412, 'conditionNotMet');
  tables.set(name, versioned({ ...table, ...(JSON.parse(body) as Resource) }));
  return { json: tables.get(name) };
}
