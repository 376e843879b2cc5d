/**
 * A shop's site as browsers see it: pages that fill themselves, a banner over everything, a login that expires, a list that does not end,
 * and a tracker on another host, which counts whoever comes.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportedFile, ordersPage, pricesPage, type SiteData, shopsAnswer, shopsPage } from './browsed-pages.ts';

export const SESSION = 'session-of-anna-4f9d2c1b';

export interface BrowsedSite {
  readonly url: string;
  /** Of the tracker, another host. */
  readonly tracker: string;
  /** Requests that came to the site, and those that came to the tracker. */
  readonly requests: string[];
  readonly tracked: string[];
  /** What it holds and how it behaves; may be changed at any time. */
  readonly data: SiteData;
  close(): Promise<void>;
}

export async function openBrowsedSite(): Promise<BrowsedSite> {
  const requests: string[] = [];
  const tracked: string[] = [];
  const tracker = createServer((request, response) => {
    tracked.push(request.url ?? '');
    response.writeHead(200, { 'access-control-allow-origin': '*' }).end('tracked');
  });
  tracker.on('upgrade', (request, socket) => {
    tracked.push(request.url ?? '');
    socket.destroy();
  });
  const trackerUrl = await listen(tracker, '127.0.0.2');
  const data = siteData(trackerUrl);
  const site = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void answer(request, response, data);
  });
  const url = await listen(site, '127.0.0.1');
  return {
    url,
    tracker: trackerUrl,
    requests,
    tracked,
    data,
    close: async () => {
      for (const server of [site, tracker]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

const siteData = (tracker: string): SiteData => ({
  tracker,
  orders: Array.from({ length: 25 }, (_, index) => ({
    id: `order-${String(index + 1).padStart(3, '0')}`,
    customer: index % 7 === 3 ? 'Smith & Sons <Ltd>' : `Customer ${index + 1}`,
    amount: `${index * 10 + 5}.25`,
  })),
  prices: Array.from({ length: 12 }, (_, index) => ({ sku: `sku-${index + 1}`, price: 1.1 * (index + 1) })),
  shops: ['Brest', 'Cádiz', 'Łódź'].map((city, index) => ({ id: index + 1, city })),
  last: 'disabled',
  banner: 'shown',
  table: 'shown',
  answers: 'sound',
});

async function listen(server: ReturnType<typeof createServer>, host: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

const PAGE_SIZE = 10;

async function answer(request: IncomingMessage, response: ServerResponse, data: SiteData): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site.invalid');
  const html = (text: string): unknown =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(text);
  const json = (value: unknown): unknown =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const isSignedIn = request.headers.cookie?.includes(`sid=${SESSION}`) === true;
  if (pathname === '/login') return void html('<!doctype html><title>Sign in</title><form><input name=user></form>');
  if (!isSignedIn) {
    if (pathname.startsWith('/api/')) return void response.writeHead(401).end();
    return void response.writeHead(302, { location: `/login?next=${pathname}` }).end();
  }
  if (pathname === '/orders') return void html(ordersPage(data));
  if (pathname === '/prices') return void html(pricesPage(data));
  if (pathname === '/shops') return void html(shopsPage(data));
  if (pathname === '/leave') return void response.writeHead(302, { location: `${data.tracker}/left` }).end();
  if (pathname === '/api/rpc')
    return void response.writeHead(200, { 'content-type': 'text/plain' }).end(shopsAnswer(data));
  if (pathname === '/api/export') return void exportedFile(response, data);
  if (data.answers === 'stalls') return;
  if (data.answers === 'a page') return void html('<!doctype html><p>We are busy');
  if (pathname === '/api/orders') {
    const pages = Math.ceil(data.orders.length / PAGE_SIZE);
    const page = Math.min(Number(searchParams.get('page')), pages);
    const rows = data.orders.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
    return void json({ rows, isLast: data.last !== 'never' && page === pages });
  }
  if (pathname === '/api/prices') {
    const offset = Number(searchParams.get('offset'));
    return void json({ items: data.prices.slice(offset, offset + 5), total: data.prices.length });
  }
  response.writeHead(404).end();
}
