/** Waits on this machine for the browser to come back: https://www.rfc-editor.org/rfc/rfc8252#section-7.3 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TidemillError } from '@tidemill/kit';

const HOSTS: Readonly<Record<string, string>> = { '127.0.0.1': '127.0.0.1', '[::1]': '::1', localhost: 'localhost' };
const PATH = '/callback';

/** What is done with a browser that comes back. */
export interface Visit<T, R> {
  /** Answers undefined for what does not belong here: that is shown an error, and waiting goes on. Throws when it is a no. */
  take(returned: URL): T | undefined;
  complete(taken: T): Promise<R>;
  /** How it ended, as one sentence or two. */
  ended(result: R): string;
}

export interface Loopback {
  /** Where the service is to send the browser. */
  readonly redirectUri: string;
  /**
   * What became of the first answer that `visit` takes. The browser waits for that and is then shown how it ended, in the words
   * of `visit.ended`, or with what was thrown. `signal` ends the waiting for an answer: then it rejects with the signal's reason.
   */
  wait<T, R>(visit: Visit<T, R>, signal: AbortSignal): Promise<R>;
  close(): Promise<void>;
}

/** Whether a browser on this machine can be sent there and be met by us. */
export function isLoopback(redirectUri: string): boolean {
  const url = URL.parse(redirectUri);
  return url !== null && url.protocol === 'http:' && Object.hasOwn(HOSTS, url.hostname);
}

/**
 * Listens at the address, or at a free port when it names none, which services take for the same address.
 * Throws kind `config` when the port is taken.
 */
export async function openLoopback(given = `http://127.0.0.1${PATH}`): Promise<Loopback> {
  const address = new URL(given);
  const [, named] = /^http:\/\/[^/?#]+:(\d+)(?:[/?#]|$)/.exec(given) ?? [];
  const server = createServer();
  await listen(server, Number(named ?? 0), HOSTS[address.hostname] ?? '127.0.0.1');
  address.port = String((server.address() as AddressInfo).port);
  // Letter by letter as it was registered: that is how services compare.
  const redirectUri = named === undefined ? address.href : given;
  return {
    redirectUri,
    wait: (visit, signal) => answered(server, new URL(redirectUri), visit, signal),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `Port ${port} of ${host}, which the browser is to come back to, cannot be listened at`;
      const hint = 'Stop what uses it; register another address with the service; or use --paste.';
      reject(new TidemillError('config', 'sign-in-port', message, { hint, cause }));
    });
    server.listen(port, host, resolve);
  });
}

function answered<T, R>(server: Server, expected: URL, visit: Visit<T, R>, signal: AbortSignal): Promise<R> {
  const { promise, resolve, reject } = Promise.withResolvers<R>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  let isTaken = false;
  const finish = async (taken: T, response: ServerResponse): Promise<void> => {
    isTaken = true;
    signal.removeEventListener('abort', onAbort);
    const result = await visit.complete(taken);
    show(response, 200, visit.ended(result), () => resolve(result));
  };
  server.on('request', (request, response) => {
    const returned = URL.parse(request.url ?? '', expected.origin);
    // Browsers ask for icons too.
    if (request.method !== 'GET' || returned?.pathname !== expected.pathname) return show(response, 404, 'Not here.');
    const failed = (error: unknown): void => show(response, 400, notSignedIn(error), () => reject(error));
    try {
      const taken = isTaken ? undefined : visit.take(returned);
      if (taken === undefined) return show(response, 400, 'This does not belong to the sign-in that is under way.');
      void finish(taken, response).catch(failed);
    } catch (error) {
      failed(error);
    }
  });
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}

/** As the terminal says it; messages of an error hold no secret and nothing of the address. */
function notSignedIn(error: unknown): string {
  if (!(error instanceof TidemillError)) return 'Not signed in. The terminal says more.';
  const { message, hint = 'The terminal says more.' } = error;
  return `Not signed in: ${message}.\n${hint}`;
}

/** Plain words, nothing of the address: a page that quotes it could be made to say anything. */
function show(response: ServerResponse, status: number, text: string, shown: () => void = () => undefined): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  // Who has closed the window meanwhile reads the terminal.
  if (response.closed) {
    shown();
    return;
  }
  response.once('close', shown);
  response.end(`${text}\n`);
}
