/**
 * A loopback proxy in front of another server, where the network and the store go wrong as they do in life. Which
 * request meets which fault is the test's to say; every other one passes as it is.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * - `429`, `500`, `503`: the status, with a page of somebody in between; nothing was forwarded
 * - `reset`: the connection is reset, nothing was forwarded
 * - `reset-request`: half of the request's body is forwarded, then both connections are reset
 * - `stall`: nothing is forwarded, nothing answered
 * - `lose-answer`: the request is carried out, and the connection reset instead of an answer
 * - `stall-answer`: the request is carried out; half of the answer's body comes, then nothing more
 * - `reset-answer`: the same, then the connection is reset
 * - `truncate-answer`: the same, then the connection is closed as if that were all
 */
export const faults = [
  '429',
  '500',
  '503',
  'reset',
  'reset-request',
  'stall',
  'lose-answer',
  'stall-answer',
  'reset-answer',
  'truncate-answer',
] as const;
/**
 * What trying again may not help against:
 * - `damage-request`, `damage-answer`: the last byte of the one or the other body is another; checksums are for that
 * - `ignore-range`: the answer is the one to a request without `Range`
 * - `damage-range`: the answer tells of the range beside its own
 */
export type Damage = 'damage-request' | 'damage-answer' | 'ignore-range' | 'damage-range';
export type Fault = (typeof faults)[number];

export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
}

export interface FaultProxy extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** From now on every request meets the fault that `pick` answers for it, if any. */
  use(pick: (request: ProxiedRequest) => Fault | Damage | undefined): void;
  /** How many requests have met a fault. */
  readonly met: number;
}

/** Starts one on a free port, before the server at that URL; without faults yet. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let pick: (request: ProxiedRequest) => Fault | Damage | undefined = () => undefined;
  let met = 0;
  const server = createServer((incoming, outgoing) => {
    const fault = pick({ method: incoming.method ?? '', url: incoming.url ?? '' });
    if (fault !== undefined) met += 1;
    meet(fault, { target, incoming, outgoing });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    use: (next) => {
      pick = next;
    },
    get met() {
      return met;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Exchange {
  readonly target: string;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

function meet(fault: Fault | Damage | undefined, exchange: Exchange): void {
  const { incoming, outgoing } = exchange;
  switch (fault) {
    case undefined:
      forward(exchange, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      break;
    case '429':
    case '500':
    case '503':
      incoming.resume().once('end', () => outgoing.writeHead(Number(fault)).end('<html>Not now</html>'));
      break;
    case 'reset':
      incoming.socket.resetAndDestroy();
      break;
    case 'stall':
      incoming.resume();
      break;
    case 'reset-request':
      forwardHalf(exchange);
      break;
    case 'lose-answer':
    case 'stall-answer':
    case 'reset-answer':
    case 'truncate-answer':
      forward(exchange, (answer) => spoil(fault, answer, exchange));
      break;
    case 'ignore-range':
      delete incoming.headers.range;
      meet(undefined, exchange);
      break;
    case 'damage-range':
      forward(exchange, (answer) => {
        const { 'content-range': range, ...headers } = answer.headers;
        outgoing.writeHead(answer.statusCode ?? 500, { ...headers, ...(range && { 'content-range': beside(range) }) });
        answer.pipe(outgoing);
      });
      break;
    case 'damage-request':
    case 'damage-answer':
      damage(fault, exchange);
      break;
    default:
      fault satisfies never;
  }
}

/** Carries the request out, and does with the answer whatever is to be done with it. */
function forward({ target, incoming, outgoing }: Exchange, take: (answer: IncomingMessage) => void): void {
  const { method, headers } = incoming;
  const upstream = request(new URL(incoming.url ?? '/', target), { method, headers, agent: false });
  upstream.once('response', take);
  upstream.once('error', () => incoming.socket.destroy());
  outgoing.once('close', () => upstream.destroy());
  incoming.pipe(upstream);
}

function forwardHalf({ target, incoming }: Exchange): void {
  const { method, headers } = incoming;
  const upstream = request(new URL(incoming.url ?? '/', target), { method, headers, agent: false });
  const half = Math.floor(Number(headers['content-length'] ?? 0) / 2);
  let passed = 0;
  const end = () => {
    upstream.destroy();
    incoming.socket.resetAndDestroy();
  };
  upstream.on('error', () => undefined);
  incoming.once('end', end);
  incoming.on('data', (chunk: Buffer) => {
    const piece = chunk.subarray(0, Math.max(0, half - passed));
    passed += chunk.length;
    upstream.write(piece, () => passed >= half && end());
  });
}

/** `bytes 3-6/100` of `bytes 2-5/100`. */
const beside = (range: string): string =>
  range.replace(/(\d+)-(\d+)/, (_, first, last) => `${Number(first) + 1}-${Number(last) + 1}`);

async function damage(which: 'damage-request' | 'damage-answer', exchange: Exchange): Promise<void> {
  const { target, incoming, outgoing } = exchange;
  const { method, headers } = incoming;
  const upstream = request(new URL(incoming.url ?? '/', target), { method, headers, agent: false });
  const sent = await whole(incoming);
  upstream.once('response', async (answer) => {
    const body = await whole(answer);
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(which === 'damage-answer' ? flipped(body) : body);
  });
  upstream.end(which === 'damage-request' ? flipped(sent) : sent);
}

async function spoil(fault: Fault, answer: IncomingMessage, { incoming, outgoing }: Exchange): Promise<void> {
  const body = await whole(answer);
  const { socket } = incoming;
  if (fault === 'lose-answer') return void socket.resetAndDestroy();
  outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
  await new Promise((resolve) => outgoing.write(body.subarray(0, body.length / 2), resolve));
  if (fault === 'reset-answer') socket.resetAndDestroy();
  if (fault === 'truncate-answer') socket.destroySoon();
}

async function whole(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function flipped(body: Buffer): Buffer {
  const last = body.at(-1) ?? 0;
  return Buffer.concat([body.subarray(0, -1), Buffer.from([last ^ 1])]);
}
