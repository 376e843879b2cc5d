/** The shop as a connector, as a person would write it: read page by page, marked every so many pages. */
import {
  bigint,
  boolean,
  connector,
  decimal,
  double,
  jsonb,
  numeric,
  oneOf,
  recordsHere,
  stream,
  text,
  timestamptz,
} from '@tidemill/kit';
import { z } from 'zod';

const Page = z.object({ orders: recordsHere(), next_after: z.int().nullable() });
const STATUSES = ['placed', 'paid', 'shipped', 'delivered', 'returned'] as const;
const Order = z.object({
  id: z.string(),
  number: z.int(),
  customer: z.string(),
  status: z.enum(STATUSES),
  placed_at: z.iso.datetime({ offset: true }),
  updated_at: z.iso.datetime({ offset: true }),
  delivered_at: z.iso.datetime({ offset: true }).nullable(),
  currency: z.string(),
  total: z.string(),
  tax: decimal(),
  weight_kg: z.number(),
  latitude: z.number(),
  longitude: z.number(),
  is_paid: z.boolean(),
  is_gift: z.boolean(),
  details: z.looseObject({}),
});
const OrderRow = z.object({
  id: text().describe('Identifier.'),
  number: bigint().describe('Its number, which grows.'),
  customer: text().describe('Who ordered.'),
  status: oneOf(STATUSES).describe('How far it is.'),
  placed_at: timestamptz().describe('When it was placed.'),
  updated_at: timestamptz().describe('When it last changed.'),
  delivered_at: timestamptz().nullable().describe('When it arrived.'),
  currency: text().describe('Of the amounts.'),
  total: numeric().describe('What is paid.'),
  tax: numeric().describe('Tax in it.'),
  weight_kg: double().describe('How heavy it is.'),
  latitude: double().describe('Where it goes.'),
  longitude: double().describe('Where it goes.'),
  is_paid: boolean().describe('Whether it is paid.'),
  is_gift: boolean().describe('Whether it is wrapped.'),
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
  options: z.strictObject({ pages_a_mark: z.int().default(25).describe('How many pages one mark covers.') }),
  async *extract({ http, cursor, options }) {
    let { after } = cursor;
    for (let pages = 1; ; pages += 1) {
      const page = await http.json('orders', Page, { query: { after, limit: 1000 }, records: ['orders'] });
      const { orders: lines } = page.lines;
      yield { lines, url: page.url };
      const next = page.value.next_after;
      after = next ?? after + lines.length;
      if (next === null || pages % options.pages_a_mark === 0) yield { mark: { after } };
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
