/**
 * Spanner's REST API as far as the driver speaks it, made from the reference, and stricter than Google's emulator: it holds commits to
 * their limits, cells to their types, and whoever asks to sessions, transactions and tokens. Tables are in memory; of SQL it knows the
 * shapes in `spanner-sql.ts`. https://cloud.google.com/spanner/docs/reference/rest/v1/projects.instances.databases.sessions
 */

import { type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';
import { applied, checkSize, type FakeMutation } from './spanner-commits.ts';
import { fromOf, type Held, lookedUp, newestOf, type Question, read } from './spanner-read.ts';
import { Refused, wait } from './spanner-refused.ts';
import { change, type FakeTable, tableAt } from './spanner-schema.ts';
import { type Asked, answer } from './spanner-sql.ts';
import { streamed } from './spanner-stream.ts';

export interface FakeSpanner extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Names of those that are open. */
  readonly sessions: Set<string>;
  /** Whoever has none of them is not let in; nobody is asked before the first is there. */
  readonly tokens: Set<string>;
  /** How often each change of the schema is seen at work before it is over. */
  takeTime(looks: number): void;
  /** What people do to the schema. */
  change(statement: string): void;
  /** From now on requests meet what is answered here; `lost` carries the request out and answers nothing. */
  interfere(how: (request: SeenRequest) => Reply | 'lost' | undefined): void;
}

const FAKE_DATABASE = 'projects/my-project/instances/my-instance/databases/my-database';

interface Transaction {
  readonly session: string;
  /** What was asked in it, and answered. */
  readonly asked: { readonly question: Omit<Asked, 'from'>; readonly told: string }[];
}

interface State extends Held {
  readonly sessions: Set<string>;
  readonly tokens: Set<string>;
  readonly transactions: Map<string, Transaction>;
  /** Statements of each change of the schema, and how often it will be seen at work. */
  readonly operations: Map<string, { readonly statements: readonly string[]; looks: number; error?: object }>;
  looks: number;
  numbers: number;
}

export async function startSpanner(): Promise<FakeSpanner> {
  const http = await startFakeHttp();
  const state: State = {
    schema: { schemas: new Set(), tables: new Map() },
    sessions: new Set(),
    tokens: new Set(),
    transactions: new Map(),
    operations: new Map(),
    versions: [{ at: momentOf(0), tables: new Map() }],
    looks: 0,
    numbers: 0,
  };
  let interfere: Parameters<FakeSpanner['interfere']>[0] = () => undefined;
  http.serve((request) => {
    const met = interfere(request);
    if (met !== undefined && met !== 'lost') return met;
    const reply = replyTo(request, state);
    return met === 'lost' ? { fault: 'reset' } : reply;
  });
  return {
    url: http.url,
    requests: http.requests,
    sessions: state.sessions,
    tokens: state.tokens,
    takeTime: (looks) => {
      state.looks = looks;
    },
    change: (statement) => {
      change(state.schema, statement);
      const { at, tables } = newestOf(state);
      // Rows of a table that was dropped are gone with it.
      const left = [...tables].filter(([path]) => state.schema.tables.has(path.toLowerCase()));
      state.versions = [...state.versions, { at, tables: new Map(left) }];
    },
    interfere: (how) => {
      interfere = how;
    },
    [Symbol.asyncDispose]: () => http.close(),
  };
}

/** A microsecond after the other. */
const momentOf = (number: number): string => `2026-01-01T00:00:00.${String(number).padStart(6, '0')}Z`;

function replyTo(request: SeenRequest, state: State): Reply | undefined {
  try {
    const { tokens } = state;
    if (tokens.size > 0 && !tokens.has(request.headers['authorization']?.replace('Bearer ', '') ?? '')) {
      throw new Refused('UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    }
    const [, database, rest = ''] =
      /^\/v1\/(projects\/[^/]+\/instances\/[^/]+\/databases\/[^/]+)(.*)$/.exec(request.path) ?? [];
    if (database === undefined) return undefined;
    if (database !== FAKE_DATABASE) throw new Refused('NOT_FOUND', `Database not found: ${database}`);
    return routed(`${request.method} ${rest}`, request, state);
  } catch (error) {
    if (error instanceof Refused) return isStreaming(request) ? listed(error.reply) : error.reply;
    throw error;
  }
}

const isStreaming = ({ path }: SeenRequest): boolean => /:(executeStreamingSql|streamingRead)$/.test(path);

/** As methods that stream refuse: https://github.com/googleapis/gax-dotnet/blob/main/Google.Api.Gax.Grpc/Rest/ReadHttpResponseMessage.cs */
const listed = ({ status, json }: Refused['reply']): Reply => ({ status, json: [json] });

function routed(what: string, { body, path }: SeenRequest, state: State): Reply | undefined {
  const content = body === '' ? undefined : JSON.parse(body);
  if (what === 'POST /sessions') {
    const name = `${FAKE_DATABASE}/sessions/${++state.numbers}`;
    state.sessions.add(name);
    return { json: { name } };
  }
  if (what === 'PATCH /ddl') return changed(content, state);
  const [, operation] = /^GET \/operations\/(\w+)$/.exec(what) ?? [];
  if (operation !== undefined) return { json: looked(operation, state) };
  const session = path.slice('/v1/'.length).replace(/:\w+$/, '');
  if (!state.sessions.has(session)) throw new Refused('NOT_FOUND', `Session not found: ${session}`);
  switch (what.replace(/\/sessions\/\d+/, '')) {
    case 'DELETE ':
      state.sessions.delete(session);
      return { json: {} };
    case 'POST :executeStreamingSql':
      return streamed(content, read(content, state));
    case 'POST :streamingRead':
      return streamed(content, lookedUp(content, state));
    case 'POST :executeSql':
      return { json: begun(session, content, state) };
    case 'POST :rollback':
      state.transactions.delete(content.transactionId);
      return { json: {} };
    case 'POST :commit':
      return { json: committed(session, content, body.length, state) };
    default:
      return undefined;
  }
}

/** https://cloud.google.com/spanner/docs/reference/rest/v1/projects.instances.databases/updateDdl */
function changed(
  { statements, operationId }: { statements: readonly string[]; operationId: string },
  state: State,
): Reply {
  if (!/^[a-z][a-z0-9_]*$/.test(operationId)) throw new Refused('INVALID_ARGUMENT', 'Invalid operation_id');
  if (state.operations.has(operationId))
    throw new Refused('ALREADY_EXISTS', `Operation already exists: ${operationId}`);
  state.operations.set(operationId, { statements, looks: state.looks });
  return { json: looked(operationId, state) };
}

function looked(id: string, state: State): object {
  const operation = state.operations.get(id);
  if (operation === undefined) throw new Refused('NOT_FOUND', `Operation not found: ${id}`);
  const name = `${FAKE_DATABASE}/operations/${id}`;
  if (operation.looks-- > 0) return { name };
  if (operation.looks < -1) return { name, done: true, ...(operation.error && { error: operation.error }) };
  try {
    for (const statement of operation.statements) change(state.schema, statement);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    operation.error = error.reply.json.error;
  }
  return { name, done: true, ...(operation.error && { error: operation.error }) };
}

/** Only to begin a transaction that writes. */
function begun(session: string, { sql, params = {}, transaction }: Question, state: State): object {
  if (transaction.begin?.readWrite === undefined) throw new Refused('INVALID_ARGUMENT', 'Invalid transaction options');
  const id = `t${++state.numbers}`;
  const question = { sql, params };
  const { fields, rows } = answer({ ...question, from: fromOf(state, newestOf(state)) });
  state.transactions.set(id, { session, asked: [{ question, told: JSON.stringify(rows) }] });
  return { metadata: { rowType: { fields }, transaction: { id } }, ...(rows.length > 0 && { rows }) };
}

interface CommitRequest {
  readonly transactionId?: string;
  readonly singleUseTransaction?: { readonly readWrite: object };
  readonly mutations?: readonly FakeMutation[];
}

function committed(
  session: string,
  { transactionId, singleUseTransaction, mutations = [] }: CommitRequest,
  bytes: number,
  state: State,
): object {
  const newest = newestOf(state);
  if ((transactionId === undefined) === (singleUseTransaction?.readWrite === undefined)) {
    throw new Refused('INVALID_ARGUMENT', 'Invalid transaction');
  }
  if (transactionId !== undefined) {
    const transaction = state.transactions.get(transactionId);
    state.transactions.delete(transactionId);
    // One that somebody has written over meanwhile, and one that is over.
    const holds = transaction?.asked.every(
      ({ question, told }) => JSON.stringify(answer({ ...question, from: fromOf(state, newest) }).rows) === told,
    );
    if (holds !== true || transaction?.session !== session)
      throw new Refused('ABORTED', 'Transaction was aborted.', [wait(0.01)]);
  }
  const find = (path: string): FakeTable => tableAt(state.schema, path);
  checkSize(mutations, bytes, find);
  const rows = applied(mutations, find, (path) => newest.tables.get(path) ?? new Map());
  const at = momentOf(++state.numbers);
  // Spanner keeps old versions for an hour; a test is over by then.
  state.versions = [...state.versions.slice(-20), { at, tables: new Map([...newest.tables, ...rows]) }];
  return { commitTimestamp: at };
}
