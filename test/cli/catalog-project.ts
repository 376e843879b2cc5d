/** A project whose jobs read from a shop, of which a test says what it has. */
import { type FakeHttp, type Reply, type SeenRequest, startFakeHttp } from '../fakes/http-server.ts';
import { STOCKED } from '../fixtures/stocked-module.ts';
import { type Outcome, type Project, project, type RunOptions } from './project.ts';

export const TOKEN = 'token-of-the-shop-4711';

export interface Shop {
  readonly server: FakeHttp;
  readonly here: Project;
  /** Its data sets from now on. */
  has(...names: readonly (string | object)[]): void;
  /** Answers before the shop does. */
  answers(own: (request: SeenRequest) => Reply | undefined): void;
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** What was collected, as it lies in the bucket. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of many shapes.
  snapshot(): any;
  close(): Promise<void>;
}

export const SNAPSHOT = '.tidemill/local/bucket/_tidemill/catalog/stocked.json';

const COLUMNS = [{ name: 'id', type: 'text', description: 'Its id.' }];

/** Hourly jobs of `orders`, `labels` and `price_list`, and one that is a program. */
export async function openShop(more: object = {}): Promise<Shop> {
  const server = await startFakeHttp();
  let [items, own]: [object[], Parameters<Shop['answers']>[0]] = [[], () => undefined];
  const has: Shop['has'] = (...names) => {
    items = names.map((name) =>
      typeof name === 'string' ? { name, columns: COLUMNS, key: ['id'], capabilities: ['full', 'preview'] } : name,
    );
  };
  has('orders', 'price_list', { name: 'labels', capabilities: ['full'] });
  server.serve(
    (request) => own(request) ?? (request.headers['authorization'] === `Bearer ${TOKEN}` ? shop(request) : DENIED),
  );
  const shop = ({ path, query: { page = '0' } }: SeenRequest): Reply | undefined => {
    if (path === '/me') return { json: { name: 'Ada of the shop' } };
    if (path === '/stores') return pageOf([{ value: 's1', label: 'Main street' }, { value: 's2' }], page);
    if (path === '/stores/s1/orders') return pageOf(ORDERS, page);
    if (path === '/prices.csv') return { body: 'p1\np2\n', headers: { 'content-type': 'text/csv' } };
    return path === '/data-sets' ? pageOf(items, page) : undefined;
  };
  const hourly = (data_type: string, rest: object = {}) => ({
    service: 'stocked',
    data_type,
    cron: '0 * * * *',
    ...rest,
  });
  const config = {
    services: { stocked: { package: STOCKED, base_url: server.url }, example: {} },
    jobs: {
      orders: hourly('orders', { options: { store: 's1' } }),
      labels: hourly('labels'),
      prices: hourly('price_list'),
      program: { service: 'example', data_type: 'things', command: ['true'], cron: '0 * * * *' },
      ...more,
    },
  };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
  return {
    server,
    here,
    has,
    answers: (answer) => {
      own = answer;
    },
    run: (args, options = {}) => here.run(args, { ...options, env: { STOCKED_TOKEN: TOKEN, ...options.env } }),
    snapshot: () => JSON.parse(here.read(SNAPSHOT)),
    close: () => server.close(),
  };
}

const DENIED: Reply = { status: 401, json: { error: 'who are you?' } };

/** The digits of the last one are more than a double has. */
const ORDERS = ['{"id":"o1","total":1.10}', '{"id":"o2"}', '{"id":"o3","total":12345678901234567890.123}'];

/** Two a page. */
function pageOf(items: readonly (object | string)[], page: string): Reply {
  const from = Number(page) * 2;
  const texts = items.slice(from, from + 2).map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
  const next = from + 2 < items.length ? `"${Number(page) + 1}"` : 'null';
  return { body: `{"items":[${texts.join(',')}],"next":${next}}`, headers: { 'content-type': 'application/json' } };
}
