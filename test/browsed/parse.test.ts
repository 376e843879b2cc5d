/** What a browser has kept is parsed without one; `test/browser` sees to it that a browser still gives these files. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Connector } from '@tidemill/kit';
import { afterEach, describe, expect, it } from 'vitest';
import connector, { code } from '../fixtures/connectors/browsed.ts';

afterEach(() => {
  code.parser = 'mended';
});

const FOLDER = new URL('../fixtures/browsed/', import.meta.url);

async function recordsOf(stream: string, file: string): Promise<unknown[]> {
  const { streams }: Connector = connector;
  const parse = streams.find(({ name }) => name === stream)?.parse;
  const artifact = { name: basename(file), contentType: '', url: '', bytes: createReadStream(new URL(file, FOLDER)) };
  return Array.fromAsync(parse?.(artifact) ?? []);
}

describe('files that a browser has kept', () => {
  it('become records: an element with a table', async () => {
    const orders = await recordsOf('orders', 'orders-00001.html');
    expect(orders).toHaveLength(10);
    expect(orders[3]).toEqual({ id: 'order-004', customer: 'Smith & Sons <Ltd>', amount: '35.25' });
  });

  it('become others by another parser, from the same bytes', async () => {
    code.parser = 'first';
    const [order] = await recordsOf('orders', 'orders-00001.html');
    expect(order).toEqual({ id: 'order-001', customer: 'Customer 1', amount: '€ 5.25' });
  });

  it('become records: answers in the background, JSON in a text in JSON, and an exported file', async () => {
    expect(await recordsOf('prices', 'prices-00003.json')).toHaveLength(2);
    expect(await recordsOf('shops', 'shops-00001.json')).toEqual([
      [1, 'Brest'],
      [2, 'Cádiz'],
      [3, 'Łódź'],
    ]);
    const exported = await recordsOf('exported', 'orders-00001.csv');
    expect([exported.length, exported.at(-1)]).toEqual([
      25,
      { id: 'order-025', customer: 'Smith & Sons <Ltd>', amount: '245.25' },
    ]);
  });
});
