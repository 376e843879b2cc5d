/** The shop as a connector, as a person would write it: read page by page, marked every 25 pages. */
import { bigint, boolean, connector, double, jsonb, recordsHere, stream, text, timestamptz } from '@tidemill/kit';
import { z } from 'zod';

const PAGES_A_MARK = 25;

const Page = z.object({ orders: recordsHere(), next_after: z.int().nullable() });
const Order = z.object({
  id: z.int(),
  name: z.string(),
  sport: z.string(),
  started_at: z.iso.datetime(),
  distance_m: z.number(),
  is_public: z.boolean(),
  details: z.looseObject({}),
});
const OrderRow = z.object({
  id: bigint().describe('Identifier.'),
  name: text().describe('What it is called.'),
  sport: text().describe('What kind.'),
  started_at: timestamptz().describe('When it began.'),
  distance_m: double().describe('How far.'),
  is_public: boolean().describe('Who may see it.'),
  details: jsonb().describe('Everything else.'),
});

const orders = stream({
  name: 'orders',
  description: 'Orders of the shop.',
  source: Order,
  row: OrderRow,
  key: ['id'],
  write: 'upsert',
  method: 'api_json',
  cursor: { version: 1, schema: z.object({ after: z.int() }), start: { after: -1 } },
  async *extract({ http, cursor }) {
    let { after } = cursor;
    for (let pages = 1; ; pages += 1) {
      const page = await http.json('orders', Page, { query: { after, limit: 1000 }, records: ['orders'] });
      const { orders: lines } = page.lines;
      yield { lines, url: page.url };
      const next = page.value.next_after;
      after = next ?? after + lines.length;
      if (next === null || pages % PAGES_A_MARK === 0) yield { mark: { after } };
      if (next === null) return;
    }
  },
  toRow: (order) => order,
});

export default connector({
  service: 'shop',
  title: 'A shop',
  homepage: 'https://shop.example',
  credentials: [],
  baseUrl: 'http://127.0.0.1:1',
  streams: [orders],
});
