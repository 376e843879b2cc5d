/** A connector that reads with a browser, through the real pipeline. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BrowsedSite, openBrowsedSite, SESSION } from '../fakes/browsed-site.ts';
import { code } from '../fixtures/connectors/browsed.ts';
import { Shop } from './browsed.ts';

let site: BrowsedSite;
let shop: Shop;

beforeEach(async () => {
  site = await openBrowsedSite();
  shop = await Shop.of(site);
  code.parser = 'mended';
});
afterEach(() => site.close());

const ordersOf = (): string[] => site.data.orders.map(({ id, customer, amount }) => `${id} ${customer} ${amount}`);
const rowsOfOrders = (): Promise<string[]> => shop.rows('orders', 'id', 'customer', 'amount');
const stored = (name: string): Promise<string> =>
  readFile(new URL(`../fixtures/browsed/${name}`, import.meta.url), 'utf8');

describe('a connector with a browser', () => {
  it('reads a table behind clicks, and what is asked for in the background, by remote calls and as a file', async () => {
    for (const name of ['orders', 'prices', 'shops', 'exported']) {
      const { failure, result, notices } = await shop.run(name);
      expect([name, result, failure]).toEqual([name, 'done', undefined]);
      expect(notices).toEqual([expect.stringContaining('hosts that are not declared, and was not let: 127.0.0.2')]);
    }
    expect(await rowsOfOrders()).toEqual(ordersOf());
    expect(await shop.rows('exported', 'id', 'customer', 'amount')).toEqual(ordersOf());
    expect(await shop.rows('prices', 'sku')).toEqual(site.data.prices.map(({ sku }) => sku).sort());
    expect(await shop.rows('shops', 'id', 'city')).toEqual(site.data.shops.map(({ id, city }) => `${id} ${city}`));
    expect(site.tracked).toEqual([]);
    await expectKept();
  });

  /** Also that what the tests of the parser read is what a browser gives. */
  async function expectKept(): Promise<void> {
    const all = (await Promise.all(['orders', 'prices', 'shops', 'exported'].map((of) => shop.manifests(of)))).flat();
    const files = all.flatMap(({ artifacts }) => artifacts);
    const told = files.map(({ key, method, url }) => `${key.split('/').at(-1)} ${method} ${url.replace(site.url, '')}`);
    expect(told).toEqual([
      ...[1, 2, 3].map((page) => `orders-0000${page}.html dom_html /orders?page=1`),
      ...[0, 5, 10].map((offset) => `prices-0000${offset / 5 + 1}.json xhr_json /api/prices?offset=${offset}`),
      'shops-00001.json xhr_json /api/rpc',
      'orders-00001.csv export_download /api/export',
    ]);
    for (const { key, sha256, fetched_at } of files) {
      expect([sha256, fetched_at]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), '2026-11-21T06:30:00.000Z']);
      expect(await shop.text(key)).toBe(await stored(key.split('/').at(-1) ?? ''));
    }
    expect(await shop.everything()).not.toContain(SESSION);
  }

  it('goes on where it was killed, page by page, and comes to the same rows', async () => {
    const whole = await Shop.of(site);
    const { operations } = await whole.run('orders');
    const asked = (): number => site.requests.filter((request) => request.startsWith('GET /api/orders')).length;
    const before = asked();
    // Two pages are committed, the third is not.
    const killed = await shop.run('orders', { diesAt: Math.ceil(operations * 0.7) });
    expect(killed.result).toBe('failed');
    expect((await shop.run('orders', { now: '2026-11-21T07:30:00Z' })).result).toBe('done');
    expect(await rowsOfOrders()).toEqual(ordersOf());
    // Nothing is asked for from the beginning.
    expect(asked() - before).toBeLessThan(6);
  });

  it('is corrected by a replay, without the site, a login or a browser', async () => {
    code.parser = 'first';
    expect(await shop.run('orders')).toMatchObject({ result: 'done', totals: { records: 25, rejected: 25, rows: 0 } });
    const asked = site.requests.length;
    await site.close();
    code.parser = 'mended';
    const again = await shop.run('orders', {
      mode: 'replay',
      now: '2026-11-22T06:30:00Z',
      env: { TIDEMILL_BROWSER: '' },
    });
    expect(again).toMatchObject({ result: 'done', totals: { records: 25, rejected: 0, rows: 25 } });
    expect(await rowsOfOrders()).toEqual(ordersOf());
    expect(site.requests).toHaveLength(asked);
  });
});
