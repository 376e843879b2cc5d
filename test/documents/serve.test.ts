/** What docs/serve.md tells people to send, sent as it is printed; and the answers that it shows, held against those that come. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { hostWith } from '../app/host.ts';
import { crawlVendor } from '../fakes/crawl-vendor.ts';
import { startFakeHttp } from '../fakes/http-server.ts';
import { CRAWLED } from '../fixtures/crawled-module.ts';
import { printing, type Served, served } from '../serve/served.ts';
import { wordsOf } from './steps.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/serve.md'), 'utf8');

interface Step {
  readonly language: string;
  readonly text: string;
}

const steps: readonly Step[] = [...page.matchAll(/^```(sh|json)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', text = '']) => ({ language, text }),
);

const TOKEN = 'a-token-of-this-test-1234';

/** As curl does: a body makes it a POST. */
async function curl(line: string, { url }: Served, known: Readonly<Record<string, string>>) {
  const names = Object.entries(known);
  const [[, ...words] = []] = wordsOf(names.reduce((text, [name, value]) => text.replaceAll(name, value), line));
  const headers: Record<string, string> = {};
  let body: string | undefined;
  let address = '';
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '-H') {
      const [name = '', value = ''] = (words[++at] ?? '').split(/: (.*)/);
      headers[name] = value;
    } else if (word === '-d') body = words[++at];
    else address = word;
  }
  const there = address.replace('http://127.0.0.1:8080', url);
  const response = await fetch(there, { headers, ...(body === undefined ? {} : { method: 'POST', body }) });
  // biome-ignore lint/suspicious/noExplicitAny: documents of several shapes.
  return { status: response.status, body: (await response.json()) as any };
}

/** Names of fields, all the way down. */
const shapeOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shapeOf(field)]))
    : Array.isArray(value)
      ? 'array'
      : typeof value;

it('docs/serve.md shows requests that work, and the answers that come', async () => {
  const vendor = crawlVendor({ now: () => new Date('2026-11-21T06:30:00Z') });
  const source = await startFakeHttp();
  source.serve((request) => vendor.answer(request));
  const host = hostWith({
    services: { shop: {}, crawled: { package: CRAWLED, base_url: source.url } },
    jobs: {
      shop_orders: { service: 'shop', data_type: 'orders', ...printing() },
      brand_posts: { service: 'crawled', data_type: 'pages', options: { pages: ['acme'] } },
    },
  });
  const here = await served({ host });
  const guarded = await served({ host, env: { TIDEMILL_SERVE_TOKEN: TOKEN } });
  const known: Record<string, string> = { $TIDEMILL_SERVE_TOKEN: TOKEN };
  let asked = 0;
  let shown = 0;
  let last: unknown;
  for (const { language, text } of steps) {
    if (language === 'json') {
      expect(shapeOf(last), text).toEqual(shapeOf(JSON.parse(text)));
      shown += 1;
      continue;
    }
    for (const line of text.split('\n').filter((one) => one.startsWith('curl '))) {
      const { status, body } = await curl(line, line.includes('Bearer') ? guarded : here, known);
      const isRefused = line.endsWith('/shop_order');
      expect(isRefused ? status === 404 : status < 300, `${line}\n${status} ${JSON.stringify(body)}`).toBe(true);
      if (body.run_id !== undefined) known['RUN_ID'] = body.run_id;
      if (body.crawl_id !== undefined) known['CRAWL_ID'] = body.crawl_id;
      last = body;
      asked += 1;
    }
  }
  expect([asked, shown]).toEqual([11, 4]);
  await source.close();
});

it('docs/serve.md names every route, and none that there is not', async () => {
  const { get } = await served();
  const { paths } = (await get('/openapi.json')).body as { paths: Record<string, Record<string, unknown>> };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const rows = page.split('\n').filter((line) => /^\| `(GET|POST) /.test(line));
  const named = rows.flatMap((row) => {
    const [cell = ''] = row.slice(2).split(' | ');
    let before = '';
    return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => {
      const whole = code.startsWith('…') ? `${before.replace(/\/[^/]*$/, '')}${code.slice(1)}` : code;
      before = whole;
      return whole;
    });
  });
  expect(named.filter((route) => route !== 'GET /openapi.json').sort()).toEqual(routes.sort());
});

/** https://spec.openapis.org/oas/v3.1.1.html#operation-object: readers refuse a document that has more. */
const OPERATION =
  'tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated security servers';

it('the document of the routes has what OpenAPI knows, and nothing of the program', async () => {
  const { get } = await served();
  const { paths, servers } = (await get('/openapi.json')).body as {
    paths: Record<string, Record<string, object>>;
    servers: unknown;
  };
  const fields = Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(Object.keys));
  const known = new Set(OPERATION.split(' '));
  expect(fields.filter((field) => !known.has(field))).toEqual([]);
  // Whoever has it from a server asks that one.
  expect(servers).toEqual([{ url: '/' }]);
});
