/** `tidemill serve` as a process of its own, with jobs that are crawled, at a source that never ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type CrawlVendor, crawlVendor } from '../fakes/crawl-vendor.ts';
import { type FakeHttp, startFakeHttp } from '../fakes/http-server.ts';
import { CRAWLED } from '../fixtures/crawled-module.ts';

export const TOKEN = 'a-token-of-this-test-1234';
const BIN = resolve(import.meta.dirname, '../../orchestrator/bin/tidemill.mjs');
const HEAP = fileURLToPath(new URL('heap.ts', import.meta.url));

interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface Server {
  readonly url: string;
  readonly folder: string;
  readonly vendor: CrawlVendor;
  readonly source: FakeHttp;
  /** What it has written so far. */
  readonly lines: readonly Line[];
  /** Bytes that it holds on to. */
  heap(): Promise<number>;
  /** SIGTERM; answers its exit code. */
  stop(): Promise<number | null>;
}

/** `crawled`: how many jobs `pages_1`, `pages_2`… there are; and one, `shop_orders`, that is not. */
export async function startServer(crawled: number, env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const vendor = crawlVendor({ now: () => new Date() });
  vendor.minutes.set('a', 'never');
  const source = await startFakeHttp();
  source.serve((request) => vendor.answer(request));
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-serve-'));
  const pages = Array.from({ length: crawled }, (_, one) => [
    `pages_${one + 1}`,
    { service: 'crawled', data_type: 'pages', options: { pages: ['a'] } },
  ]);
  const orders = {
    ...{ service: 'shop', data_type: 'orders', cron: '* * * * *' },
    ...{ command: ['printf', '{"id":1}\\n'], primary_key: ['id'], columns: { id: 'integer' } },
  };
  const services = { shop: {}, crawled: { package: CRAWLED, base_url: source.url } };
  const config = { services, jobs: { shop_orders: orders, ...Object.fromEntries(pages) } };
  writeFileSync(join(folder, 'ingestion-config.yaml'), JSON.stringify(config));
  const child = spawn(process.execPath, ['--import', HEAP, BIN, 'serve', '--port', '0', '--json'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], TIDEMILL_SERVE_TOKEN: TOKEN, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const { lines, next } = linesOf(child);
  const [listening] = await Promise.all([next('listening')]);
  return {
    ...{ folder, vendor, source, lines },
    url: `http://127.0.0.1:${listening['port']}`,
    async heap() {
      const said = next('heap');
      child.kill('SIGUSR2');
      return (await said)['bytes'] as number;
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = await exited;
      await source.close();
      return code;
    },
  };
}

function linesOf(child: ChildProcess) {
  const lines: Line[] = [];
  const waiting: { readonly event: string; heard(line: Line): void }[] = [];
  if (child.stdout === null) throw new Error('its output is not to be heard');
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    const at = waiting.findIndex(({ event }) => event === line.event);
    if (at >= 0) waiting.splice(at, 1)[0]?.heard(line);
  });
  return { lines, next: (event: string) => new Promise<Line>((heard) => waiting.push({ event, heard })) };
}

/** With the token. Throws where the answer is none of JSON. */
export async function ask(server: Pick<Server, 'url'>, path: string, body?: object) {
  const response = await fetch(`${server.url}${path}`, {
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: documents of several shapes.
  return { status: response.status, body: (await response.json()) as any };
}
