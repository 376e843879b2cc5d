/** A browser without a window, driven over its own protocol: https://chromedevtools.github.io/devtools-protocol/ */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

type Fields = Readonly<Record<string, unknown>>;

// biome-ignore lint/suspicious/noExplicitAny: every command of the protocol answers something else.
type Answer = any;

interface Message extends Fields {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Fields;
  readonly error?: { readonly message: string };
  readonly result?: Answer;
}

export interface Page {
  /** Sends a command and answers its result. */
  send(method: string, params?: Fields): Promise<Answer>;
  /** Waits for one event. */
  next(method: string): Promise<Fields>;
  /** What an expression comes to, in the page. */
  evaluate(expression: string): Promise<Answer>;
  /** The events so far. */
  readonly events: readonly { readonly method: string; readonly params: Fields }[];
}

export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export async function openBrowser(program: string): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'tidemill-browser-'));
  // Only our own pages are opened; the sandbox does not start for root, as which containers run.
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  const child = spawn(program, [...flags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const connection = await connect(await addressOf(child.stderr, once(child, 'exit')));
  return {
    newPage: () => newPage(connection),
    close: async () => {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** It says where it listens, on its first lines. */
async function addressOf(stderr: NodeJS.ReadableStream, exit: Promise<unknown>): Promise<string> {
  const said: string[] = [];
  const listening = (async () => {
    for await (const line of createInterface({ input: stderr })) {
      const address = /^DevTools listening on (ws:.*)$/.exec(line)?.[1];
      if (address !== undefined) return address;
      said.push(line);
    }
    return undefined;
  })();
  const address = await Promise.race([listening, exit.then(() => undefined)]);
  if (address === undefined) throw new Error(`the browser does not start: ${said.join('\n')}`);
  // What else it says must not fill the pipe.
  stderr.resume();
  return address;
}

interface Connection {
  send(method: string, params: Fields, sessionId?: string): Promise<Answer>;
  listen(sessionId: string, listener: (method: string, params: Fields) => void): void;
}

async function connect(address: string): Promise<Connection> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the browser cannot be reached')));
  });
  const waiting = new Map<number, (message: Message) => void>();
  const listeners = new Map<unknown, (method: string, params: Fields) => void>();
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.id !== undefined) waiting.get(message.id)?.(message);
    else listeners.get(message['sessionId'])?.(message.method ?? '', message.params ?? {});
  });
  let sent = 0;
  return {
    listen: (sessionId, listener) => listeners.set(sessionId, listener),
    send: async (method, params, sessionId) => {
      sent += 1;
      const { promise, resolve } = Promise.withResolvers<Message>();
      waiting.set(sent, resolve);
      socket.send(JSON.stringify({ id: sent, method, params, sessionId }));
      const { result, error } = await promise;
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result;
    },
  };
}

async function newPage(connection: Connection): Promise<Page> {
  const { targetId } = await connection.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await connection.send('Target.attachToTarget', { targetId, flatten: true });
  const events: { method: string; params: Fields }[] = [];
  const waiting = new Map<string, (params: Fields) => void>();
  connection.listen(sessionId, (method, params) => {
    events.push({ method, params });
    waiting.get(method)?.(params);
  });
  const send: Page['send'] = (method, params = {}) => connection.send(method, params, sessionId);
  for (const domain of ['Page', 'Network', 'Log', 'Runtime', 'Accessibility']) await send(`${domain}.enable`);
  return {
    send,
    events,
    next: (method) => new Promise((resolve) => waiting.set(method, resolve)),
    evaluate: async (expression) => {
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true });
      if (exceptionDetails !== undefined) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`);
      return result.value;
    },
  };
}
