/** The HTTP server itself: what it takes, how long it waits, and how it ends. */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { asTidemillError, TidemillError } from '@tidemill/kit';
import type { Clock } from '@tidemill/kit/retry';
import { guarded } from './connections.ts';
import { errorAnswer, statusOf } from './error-answer.ts';

/** How long whoever asks may take, in milliseconds. */
export interface Limits {
  /** To send its headers. */
  readonly headersMs: number;
  /** To send all of a request. */
  readonly requestMs: number;
  /** Between two requests. */
  readonly idleMs: number;
  /** To take an answer. */
  readonly answerMs: number;
  /** How often it is looked. */
  readonly checkMs: number;
}

export const LIMITS: Limits = {
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 5_000,
  answerMs: 30_000,
  checkMs: 5_000,
};

/** In bytes. */
const MOST_HEADERS = 16 * 1024;
/** Connections at a time; more are closed at once. */
const MOST_CONNECTIONS = 1_000;

export interface Listening {
  readonly port: number;
  /** Takes no more, and lets what is being answered come to its end. */
  close(): Promise<void>;
  /** Closes what is still open. */
  closeAll(): void;
}

/** Throws `address-taken` where another one listens, and `address-refused` where nobody may. */
export async function listen(
  app: { readonly fetch: (request: Request) => Response | Promise<Response> },
  { host, port }: { readonly host: string; readonly port: number },
  clock: Pick<Clock, 'sleep'>,
  limits = LIMITS,
): Promise<Listening> {
  const answering = getRequestListener((request) => app.fetch(request), {
    // The process has other things to do than to serve.
    overrideGlobalObjects: false,
    errorHandler: unread,
  });
  const listener = guarded(answering, { ...limits, clock });
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADERS,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: limits.checkMs,
      // A request without one is refused as any other that cannot be read.
      requireHostHeader: false,
      insecureHTTPParser: false,
    },
    listener,
  );
  // Whoever expects anything else than to be asked for the body is answered all the same.
  server.on('checkExpectation', listener);
  server.maxConnections = MOST_CONNECTIONS;
  server.on('clientError', refuse);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(unlistened(error, host, port)));
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
    closeAll: () => server.closeAllConnections(),
  };
}

function unlistened({ code }: NodeJS.ErrnoException, host: string, port: number): TidemillError {
  const where = `${host}:${port}`;
  if (code === 'EADDRINUSE') {
    return new TidemillError('config', 'address-taken', `Another program listens at ${where}`, {
      hint: 'Name another port: `npx tidemill serve --port 8081`.',
    });
  }
  return new TidemillError('config', 'address-refused', `Nobody may listen at ${where} (${code})`, {
    hint: 'Name an address of this machine with --host, and a port above 1023 with --port.',
  });
}

/** Before there is a request that somebody could answer: what came is no HTTP, too large, or too slow. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = refusalOf(error.code);
  const text = JSON.stringify(errorAnswer(refusal, (words) => words));
  const head = [
    `HTTP/1.1 ${statusOf(refusal)} Refused`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}

/** A request that names no host, or no path of one. */
function unread(thrown: unknown): Response {
  const fault = thrown instanceof RequestError ? refusalOf(undefined) : asTidemillError(thrown);
  const headers = { connection: 'close' };
  return Response.json(
    errorAnswer(fault, (words) => words),
    { status: statusOf(fault), headers },
  );
}

function refusalOf(code: string | undefined): TidemillError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new TidemillError('config', 'headers-too-large', `The headers have more than ${MOST_HEADERS} bytes`);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new TidemillError('transient', 'request-slow', 'The request did not come to its end in time');
    default:
      return new TidemillError('config', 'request-unreadable', 'What was sent is no request of HTTP');
  }
}
