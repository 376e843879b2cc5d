/** Waits on this machine for the browser to come back: https://www.rfc-editor.org/rfc/rfc8252#section-7.3 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TidemillError } from '@tidemill/kit';

const HOSTS: Readonly<Record<string, string>> = { '127.0.0.1': '127.0.0.1', '[::1]': '::1', localhost: 'localhost' };
const PATH = '/callback';

export interface Loopback {
  /** Where the service is to send the browser. */
  readonly redirectUri: string;
  /**
   * The first answer that `take` takes: what it answers undefined for is shown an error, and waiting goes on. What it throws ends
   * the waiting. Rejects with the signal's reason when it is aborted.
   */
  wait<T>(take: (returned: URL) => T | undefined, signal: AbortSignal): Promise<T>;
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
    wait: (take, signal) => answered(server, new URL(redirectUri), take, signal),
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

function answered<T>(
  server: Server,
  expected: URL,
  take: (returned: URL) => T | undefined,
  signal: AbortSignal,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  server.on('request', (request, response) => {
    const returned = URL.parse(request.url ?? '', expected.origin);
    // Browsers ask for icons too.
    if (request.method !== 'GET' || returned?.pathname !== expected.pathname) return show(response, 404, 'Not here.');
    try {
      const taken = take(returned);
      if (taken === undefined) return show(response, 400, 'This does not belong to the sign-in that is under way.');
      show(response, 200, 'Signed in. You can close this window and go back to the terminal.', () => resolve(taken));
    } catch (error) {
      show(response, 400, 'Not signed in. The terminal says more.', () => reject(error));
    }
  });
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}

/** Plain words, nothing of the address: a page that quotes it could be made to say anything. */
function show(response: ServerResponse, status: number, text: string, shown?: () => void): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.once('close', () => shown?.());
  response.end(`${text}\n`);
}
