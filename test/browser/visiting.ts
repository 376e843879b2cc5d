/** One visit to a server of a test, with what came of it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Artifact, asTidemillError, type Emission, type TidemillError } from '@tidemill/kit';
import { type BrowseOptions, browse, type Visit } from '@tidemill/kit-browser';
import { browserEnv } from './browsed.ts';

export interface Visited {
  readonly artifacts: readonly (Omit<Artifact, 'artifact'> & { readonly bytes: Buffer })[];
  readonly notices: readonly string[];
  readonly said: readonly string[];
  readonly failure: TidemillError | undefined;
}

interface More {
  readonly credentials?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export async function visiting(
  url: string,
  options: BrowseOptions,
  read: (visit: Visit) => AsyncIterable<Emission<unknown>>,
  { credentials = {}, env = browserEnv, signal = new AbortController().signal }: More = {},
): Promise<Visited> {
  const artifacts: Visited['artifacts'][number][] = [];
  const [notices, said]: string[][] = [[], []];
  const given = {
    credentials,
    http: { resolve: (path: string) => new URL(path, `${url}/`) },
    now: new Date('2026-11-21T06:30:00Z'),
    signal,
    system: { env, cwd: '/' },
    notice: (line: string) => notices?.push(line),
    said: (line: string) => said?.push(line),
  };
  let failure: TidemillError | undefined;
  try {
    for await (const emission of browse(given as unknown as Parameters<typeof browse>[0], options, read)) {
      if (!('artifact' in emission)) continue;
      const { artifact, ...rest } = emission;
      const bytes =
        artifact instanceof Uint8Array ? Buffer.from(artifact) : Buffer.concat(await Array.fromAsync(artifact));
      artifacts.push({ ...rest, bytes });
    }
  } catch (thrown) {
    failure = asTidemillError(thrown);
  }
  return { artifacts, notices: notices ?? [], said: said ?? [], failure };
}

export interface Site {
  readonly url: string;
  /** What was asked of it. */
  readonly asked: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** A server with these answers: a text is a page. */
export async function serve(
  answers: Readonly<Record<string, string | ((response: ServerResponse, request: IncomingMessage) => void)>>,
  host = '127.0.0.1',
): Promise<Site> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').replace(/\?.*$/, '');
    asked.push(path);
    const answer = answers[path];
    if (answer === undefined) response.writeHead(404).end();
    else if (typeof answer === 'string')
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(answer);
    else answer(response, request);
  });
  server.on('upgrade', (request, socket) => {
    asked.push(request.url ?? '/');
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
