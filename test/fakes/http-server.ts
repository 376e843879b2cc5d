/**
 * A loopback HTTP server that answers what a test has scripted and nothing else: a request nobody expected gets 501 and
 * fails `verify`, and so does an expected one that never came.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';

export interface SeenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * - `reset`: the connection is reset instead of an answer
 * - `stall`: nothing is answered
 * - `stall-body`: headers and half of the body, then nothing
 * - `truncate`: half of the body, then the connection is closed
 * - `slow`: the body in four pieces, 10 ms apart
 */
export type Fault = 'reset' | 'stall' | 'stall-body' | 'truncate' | 'slow';

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body: a value as JSON, written as few programs print it, or text or bytes as they are. */
  readonly json?: unknown;
  readonly body?: string | Uint8Array;
  /** A body that is made while it is read, without its length; no fault goes with it. */
  readonly pieces?: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  readonly fault?: Fault;
}

export interface FakeHttp {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  /** Every request that came, in order, expected or not. */
  readonly requests: readonly SeenRequest[];
  /**
   * Expects one request, `METHOD /path?query` (the order of the parameters does not matter), and answers it. Of several
   * that fit a request the oldest unused one answers.
   */
  expect(request: string, reply: Reply | ((request: SeenRequest) => Reply)): void;
  /**
   * From now on also answers requests that nobody expects, as a service does; those answered undefined stay unexpected. What answers
   * later may do something meanwhile.
   */
  serve(answer: Answers): void;
  /** Throws unless exactly the expected requests came. */
  verify(): void;
  close(): Promise<void>;
}

type Answers = (request: SeenRequest) => Reply | undefined | Promise<Reply | undefined>;

interface Expectation {
  readonly request: string;
  readonly reply: Reply | ((request: SeenRequest) => Reply);
}

/** Starts a server on a free port of 127.0.0.1. */
export async function startFakeHttp(): Promise<FakeHttp> {
  const requests: SeenRequest[] = [];
  const unexpected: string[] = [];
  const expected: Expectation[] = [];
  const closing = new AbortController();
  let service: Answers = () => undefined;

  const server = createServer(async (incoming, outgoing) => {
    const { seen, key } = await read(incoming);
    requests.push(seen);
    const index = expected.findIndex(({ request }) => normal(request) === key);
    const [expectation] = index < 0 ? [] : expected.splice(index, 1);
    const reply = expectation === undefined ? await service(seen) : replyTo(expectation, seen);
    if (reply === undefined) unexpected.push(key);
    await answer(outgoing, reply ?? NOT_EXPECTED, closing.signal);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    expect: (request, reply) => void expected.push({ request, reply }),
    serve: (answer) => {
      service = answer;
    },
    verify() {
      const unused = expected.map(({ request }) => request);
      if (unexpected.length + unused.length === 0) return;
      throw new Error(`unexpected requests: ${list(unexpected)}; expected ones that never came: ${list(unused)}`);
    },
    close() {
      closing.abort();
      server.closeAllConnections();
      return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
    },
  };
}

const list = (requests: readonly string[]): string => requests.join(', ') || 'none';

/** `METHOD /path?query` with its parameters sorted. */
function normal(request: string): string {
  const [method = '', target = ''] = request.split(' ', 2);
  const { pathname, searchParams } = new URL(target, 'http://127.0.0.1');
  searchParams.sort();
  return `${method} ${pathname}${searchParams.size === 0 ? '' : `?${searchParams}`}`;
}

async function read(incoming: IncomingMessage): Promise<{ seen: SeenRequest; key: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = '', url = '/' } = incoming;
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? []].flat().join(', ')]),
  );
  const body = Buffer.concat(chunks).toString();
  return {
    seen: { method, path: pathname, query: Object.fromEntries(searchParams), headers, body },
    key: normal(`${method} ${url}`),
  };
}

const NOT_EXPECTED: Reply = { status: 501, body: 'not expected by the test' };

const replyTo = ({ reply }: Expectation, seen: SeenRequest): Reply =>
  typeof reply === 'function' ? reply(seen) : reply;

async function answer(outgoing: ServerResponse, reply: Reply, closing: AbortSignal): Promise<void> {
  const { fault } = reply;
  if (fault === 'stall') return;
  if (fault === 'reset') return void outgoing.socket?.resetAndDestroy();
  if (reply.pieces !== undefined) return stream(outgoing, reply, reply.pieces);
  const type: Record<string, string> = reply.json === undefined ? {} : { 'content-type': 'application/json' };
  const body =
    reply.json === undefined ? Buffer.from(reply.body ?? '') : Buffer.from(JSON.stringify(reply.json, undefined, 1));
  // A 204 or 304 has no body, so nobody may announce one; a chunked body is announced by nobody.
  const silent = body.length === 0 || reply.headers?.['transfer-encoding'] !== undefined;
  const length: Record<string, string> = silent ? {} : { 'content-length': String(body.length) };
  outgoing.writeHead(reply.status ?? 200, { ...type, ...length, ...reply.headers });
  if (fault === undefined) return void outgoing.end(body);
  const pieces = fault === 'slow' ? quarters(body) : [body.subarray(0, body.length / 2)];
  for (const piece of pieces) {
    await new Promise((resolve) => outgoing.write(piece, resolve));
    if (fault === 'slow') await wait(10, undefined, { signal: closing }).catch(() => {});
  }
  if (fault === 'truncate') outgoing.socket?.destroy();
  if (fault === 'slow') outgoing.end();
}

async function stream(
  outgoing: ServerResponse,
  { status = 200, headers = {} }: Reply,
  pieces: NonNullable<Reply['pieces']>,
): Promise<void> {
  outgoing.writeHead(status, headers);
  // Whoever has read enough goes away.
  await pipeline(Readable.from(pieces, { objectMode: false }), outgoing).catch(() => undefined);
}

function quarters(body: Buffer): Buffer[] {
  const size = Math.ceil(body.length / 4) || 1;
  return [0, 1, 2, 3].map((index) => body.subarray(index * size, (index + 1) * size));
}
