/** What a service has is collected, kept and shown; what it has no more is not read. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '@tidemill/kit/retry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openShop, type Shop, SNAPSHOT, TOKEN } from './catalog-project.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.close());

const LATER = '2026-11-21T08:05:00Z';

/** Exit code, and what was said on both streams. */
async function said(args: readonly string[], options: Parameters<Shop['run']>[1] = {}): Promise<string> {
  const { exit, stdout, stderr } = await shop.run(args, options);
  return `${exit}\n${stdout}${stderr}`;
}

const decisions = async (now = LATER): Promise<Record<string, string>> => {
  const { decisions } = (await shop.run(['plan', '--json'], { now })).json();
  return Object.fromEntries(
    decisions.map(({ job, decision, reason }: Record<string, string>) => [job, `${decision}: ${reason}`]),
  );
};

describe('catalog collect', () => {
  it('keeps what a service has, page by page, with who and when, and says what differs to the last time', async () => {
    expect(await said(['catalog', 'collect'])).toBe('0\nstocked: 3 data sets\n  has: orders, price_list, labels\n');
    expect(shop.snapshot()).toMatchObject({
      version: 1,
      collected_at: '2026-11-21T06:30:00.000Z',
      collected_by: 'tester',
      account: 'Ada of the shop',
      units: [
        { name: 'orders', state: 'there', key: ['id'] },
        { name: 'price_list' },
        { name: 'labels', capabilities: ['full'] },
      ],
    });
    expect(await said(['catalog', 'collect', 'stocked'])).toBe('0\nstocked: 3 data sets, none of them changed\n');
    shop.has('orders', { name: 'price_list', capabilities: [] }, 'refunds');
    expect(await said(['catalog', 'collect'], { now: LATER })).toBe(
      [
        '0',
        'stocked: 3 data sets',
        '  new: refunds',
        '  gone: labels',
        '  changed: price_list: column id is gone; the key was id, and is none; what it can was full, preview, and is none',
        '  not planned any more: labels (npx tidemill catalog show stocked)\n',
      ].join('\n'),
    );
    expect(shop.snapshot().history).toMatchObject([
      { added: ['orders', 'price_list', 'labels'] },
      { at: '2026-11-21T08:05:00.000Z', gone: ['labels'] },
    ]);
  });

  it('leaves the last snapshot as it was where the service is down, breaks off, or refuses who asks', async () => {
    await shop.run(['catalog', 'collect']);
    const before = shop.here.read(SNAPSHOT);
    const denied = await shop.run(['catalog', 'collect', '--json'], { env: { STOCKED_TOKEN: 'wrong' } });
    expect([denied.exit, denied.json().failures]).toMatchObject([3, [{ service: 'stocked', kind: 'auth' }]]);
    const unset = await said(['catalog', 'collect'], { env: { STOCKED_TOKEN: '' } });
    expect(unset).toMatch(/^3\nstocked: not collected\nMissing in the environment: STOCKED_TOKEN/);
    shop.answers(({ query }) => (query['page'] === '1' ? { status: 404, json: {} } : undefined));
    expect(await said(['catalog', 'collect'])).toMatch(/^5\nstocked: not collected\n/);
    expect(shop.here.read(SNAPSHOT)).toBe(before);
  });

  it('refuses an answer that leaves out everything or most, until a person says that they have looked', async () => {
    await shop.run(['catalog', 'collect']);
    shop.has();
    const refused = await said(['catalog', 'collect']);
    expect(refused).toContain(
      '5\nstocked: not collected\nstocked names none of its 3 data sets any more: nothing was changed\n',
    );
    expect(refused).toContain('`npx tidemill catalog collect stocked --accept`');
    shop.has('orders');
    expect(await said(['catalog', 'collect'])).toContain('stocked names only 1 of its 3 data sets any more');
    expect(await decisions()).toMatchObject({ labels: expect.stringMatching(/^not_due: new/) });
    expect(await said(['catalog', 'collect', '--accept'])).toContain('not planned any more: labels, prices');
  });

  it('leaves what another process has collected meanwhile, and says who that was', async () => {
    await shop.run(['catalog', 'collect']);
    let other: Promise<unknown> | undefined;
    shop.answers(({ path, headers }) => {
      if (path === '/data-sets' && headers['authorization'] !== undefined && other === undefined) {
        shop.has('orders', 'price_list', 'labels', 'refunds');
        const file = shop.here.path(SNAPSHOT);
        const theirs = { ...shop.snapshot(), run: 'theirs', collected_by: 'bob' };
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, JSON.stringify(theirs));
        other = Promise.resolve();
      }
      return undefined;
    });
    expect(await said(['catalog', 'collect'])).toContain(
      '4\nstocked: not collected\nbob, at 2026-11-21T06:30:00.000Z, has collected stocked at the same time\n',
    );
    expect(shop.snapshot()).toMatchObject({ run: 'theirs', units: { length: 3 } });
  });

  it('refuses whole what is no catalog, and puts a sound one in the place of what lies damaged there', async () => {
    shop.has('orders', 'My table');
    expect(await said(['catalog', 'collect'])).toMatch(
      /^5\n.*not collected\nstocked names data set 2 \("My table"\) does not fit: name/s,
    );
    shop.has('orders');
    await shop.run(['catalog', 'collect']);
    shop.here.write(SNAPSHOT, '{"version": 1, "units": 7}');
    const planned = await shop.run(['plan']);
    expect([planned.exit, planned.stderr]).toEqual([0, expect.stringContaining('is no catalog of stocked')]);
    expect(planned.stdout).toContain('orders');
    expect(await said(['catalog', 'collect'])).toBe('0\nstocked: 1 data set\n  has: orders\n');
    shop.here.write(SNAPSHOT, '{"version": 2}');
    expect(await said(['catalog', 'collect'])).toMatch(/^2\n.*is of a newer Tidemill/s);
  });

  it('names services and data sets that there are not, and what is nearest', async () => {
    expect(await said(['catalog', 'collect', 'stockd'])).toMatch(
      /^2\nThere is no service "stockd".*\nDid you mean "stocked"\?/,
    );
    expect(await said(['catalog', 'show', 'stocked'])).toMatch(
      /^2\nstocked was never collected in local\n`npx tidemill catalog collect stocked` does it\./,
    );
    await shop.run(['catalog', 'collect']);
    expect(await said(['catalog', 'show', 'stocked.order'])).toMatch(
      /^2\n.*no data set "order"\nDid you mean "orders"\?/,
    );
    expect(await said(['catalog', 'preview', 'stocked'])).toMatch(/^2\ncatalog preview: expected SERVICE\.DATASET/);
    expect(await said(['catalog', 'show', '--rows', '3'])).toMatch(/^2\n--rows goes with preview, not with show/);
    expect(await said(['catalog', 'fetch'])).toMatch(/^2\nThere is no catalog action "fetch"/);
  });
});

describe('catalog show', () => {
  it('says which services were collected, what one has, and which jobs read it', async () => {
    expect(await said(['catalog', 'show'])).toMatch(/stocked +never collected.*npx tidemill catalog collect\n$/s);
    await shop.run(['catalog', 'collect']);
    shop.has('orders', 'price_list');
    await shop.run(['catalog', 'collect'], { now: LATER });
    expect(await said(['catalog', 'show'])).toMatch(/stocked +2 data sets +1 +2026-11-21 08:05 UTC +tester\n/);
    const shown = await said(['catalog', 'show', 'stocked']);
    expect(shown).toContain('stocked of Ada of the shop, collected 2026-11-21 08:05 UTC by tester\n');
    expect(shown).toMatch(/orders +there +full, preview +orders/);
    expect(shown).toMatch(/labels +gone 2026-11-21 08:05 UTC +full +labels/);
    expect(shown).toContain('2026-11-21 08:05 UTC, tester: gone: labels\n');
    const one = await said(['catalog', 'show', 'stocked.orders']);
    expect(one).toMatch(/key +id\nread by +orders\n.*id +text +Its id\./s);
    const { services } = (await shop.run(['catalog', 'show', 'stocked.orders', '--json'])).json();
    expect(services).toMatchObject([
      { service: 'stocked', units: [{ name: 'orders', state: 'there', jobs: ['orders'] }] },
    ]);
  });

  it('does not say on a machine of GitHub whose account it is', async () => {
    await shop.run(['catalog', 'collect']);
    for (const args of [
      ['catalog', 'show', 'stocked'],
      ['catalog', 'show', '--json'],
      ['catalog', 'collect'],
    ])
      expect(await said(args, { env: { GITHUB_ACTIONS: 'true' } })).not.toContain('Ada');
  });

  it('prints a job that the configuration takes as it is', async () => {
    await shop.run(['catalog', 'collect']);
    const entry = (await shop.run(['catalog', 'show', 'stocked.labels', '--yaml'])).stdout;
    expect(entry).toMatch(/^stocked_labels:\n {2}service: stocked\n {2}data_type: labels\n/);
    const { services } = JSON.parse(shop.here.read('ingestion-config.yaml'));
    shop.here.write(
      'ingestion-config.yaml',
      `services: ${JSON.stringify(services)}\njobs:\n${entry.replaceAll(/^/gm, '  ')}`,
    );
    expect(await said(['validate'])).toMatch(/^0\n/);
    expect(await said(['catalog', 'show', 'stocked.labels', '--yaml'])).toContain('stocked_labels_2:\n');
  });
});

describe('a job whose data set is gone', () => {
  it('is planned as ever before its service was collected, and not after, until the data set is back', async () => {
    await shop.run(['plan', '--record']);
    expect((await decisions())['labels']).toMatch(/^run: /);
    await shop.run(['catalog', 'collect']);
    shop.has('orders', 'price_list');
    await shop.run(['catalog', 'collect']);
    const reason =
      'stocked has no labels any more, since 2026-11-21 06:30 UTC; `npx tidemill catalog collect stocked` looks again';
    expect(await decisions()).toMatchObject({
      labels: `unit_gone: ${reason}`,
      orders: expect.stringMatching(/^run/),
      program: expect.stringMatching(/^run/),
    });
    expect(await said(['plan'], { now: LATER })).toMatch(/labels +unit gone +stocked has no labels any more/);
    expect(await said(['status'], { now: LATER })).toContain(`labels: ${reason}`);
    expect(await said(['run', 'labels'])).toMatch(
      new RegExp(`^2\\n.*${'stocked has no labels any more'}.*force would run it`, 's'),
    );
    const summary = await shop.run(['plan'], { now: LATER, env: { GITHUB_ACTIONS: 'true' } });
    expect(summary.runner.summary).toMatch(/labels \| unit gone \| stocked has no labels any more/);
    await shop.run(['tick'], { now: LATER });
    await shop.run(['report', '--site', 'page'], { now: '2026-11-21T12:00:00Z' });
    expect(shop.here.read('page/index.html')).toContain('stocked has no labels any more');
    shop.has('orders', 'price_list', 'labels');
    await shop.run(['catalog', 'collect'], { now: LATER });
    expect((await decisions())['labels']).toMatch(/^run: /);
  });
});

describe('catalog preview', () => {
  it('shows a few records with the options of a job, digit by digit, and leaves nothing behind', async () => {
    await shop.run(['catalog', 'collect']);
    const preview = await shop.run(['catalog', 'preview', 'stocked.orders', '--rows', '2']);
    expect([preview.exit, preview.stdout]).toEqual([
      0,
      'stocked.orders, with the options of orders: 2 records in 0.0 s\n\n{"id":"o1","total":1.10}\n{"id":"o2"}\n\nThere are more; this is a preview, and nothing was kept.\n',
    ]);
    // The second page is asked for only to know that there are more.
    const json = await shop.run(['catalog', 'preview', 'stocked.orders', '--json']);
    expect(json.json()).toMatchObject({ job: 'orders', more: false, unreadable: 0, records: { length: 3 } });
    expect(json.stdout).toContain('12345678901234567890.123');
    const left = await shop.run(['status', 'orders', '--json']);
    expect(left.json().jobs).toMatchObject([{ recent: [], history: [] }]);
    expect(() => shop.here.read('.tidemill/local/bucket/_tidemill/state/orders.json')).toThrow('ENOENT');
  });

  it('makes the records of a file as a run does', async () => {
    await shop.run(['catalog', 'collect']);
    const { records } = (await shop.run(['catalog', 'preview', 'stocked.price_list', '--json'])).json();
    expect(records).toMatchObject([{ id: 'p1' }, { id: 'p2' }, { id: 'last' }]);
  });

  it('is refused for what does not say that it costs nothing, what is gone, and what lacks options', async () => {
    await shop.run(['catalog', 'collect']);
    const asked = shop.server.requests.length;
    expect(await said(['catalog', 'preview', 'stocked.labels'])).toMatch(
      /^2\nstocked\.labels does not say that it may be read for a preview/,
    );
    shop.has('orders', 'labels', { name: 'price_list', capabilities: ['full'] });
    await shop.run(['catalog', 'collect']);
    expect(await said(['catalog', 'preview', 'stocked.price_list'])).toMatch(/^2\nstocked\.price_list does not say/);
    // What the service says of itself is not enough.
    shop.has('labels', 'price_list');
    await shop.run(['catalog', 'collect']);
    expect(await said(['catalog', 'preview', 'stocked.labels'])).toMatch(/^2\nstocked\.labels does not say/);
    expect(await said(['catalog', 'preview', 'stocked.orders'])).toMatch(/^2\nstocked has no orders any more/);
    expect(shop.server.requests.slice(asked).filter(({ path }) => /labels|orders|prices/.test(path))).toEqual([]);
  });

  it('ends after half a minute, and reads no record that is larger than a preview', async () => {
    await shop.run(['catalog', 'collect']);
    const waits: number[] = [];
    const clock: Clock = {
      now: () => new Date(LATER),
      sleep: (milliseconds, signal) => {
        waits.push(milliseconds);
        return new Promise((resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
          // Once the source has been asked.
          shop.answers(({ path }) => {
            if (path === '/stores/s1/orders') resolve();
            return path === '/stores/s1/orders' ? { fault: 'stall' } : undefined;
          });
        });
      },
    };
    const slow = await said(['catalog', 'preview', 'stocked.orders'], { clock });
    expect(slow).toMatch(/^4\nIt took longer than 30 seconds to preview stocked\.orders\n/);
    expect(waits).toEqual([30_000]);
    const large = JSON.stringify({ items: [{ id: 'x'.repeat(1_000_001) }], next: null });
    shop.answers(({ path }) => (path.endsWith('/orders') ? { json: JSON.parse(large) } : undefined));
    expect(await said(['catalog', 'preview', 'stocked.orders'])).toMatch(
      /^2\nThe first record is larger than 1000000 bytes/,
    );
  });

  it.each(['0', '101', 'many', '2.5'])('takes no %s for a number of records', async (rows) => {
    expect(await said(['catalog', 'preview', 'stocked.orders', '--rows', rows])).toMatch(
      /^2\n--rows .* is not a number of records/,
    );
  });

  it('is not written into the log of a workflow', async () => {
    await shop.run(['catalog', 'collect']);
    const env = { GITHUB_ACTIONS: 'true' };
    for (const args of [
      ['preview', 'stocked.orders'],
      ['choices', 'stocked', 'store'],
    ])
      expect(await said(['catalog', ...args], { env })).toMatch(
        /^2\nWhat stocked holds is not written into the log of a workflow/,
      );
  });
});

describe('catalog choices', () => {
  it('asks the account for the values of an option', async () => {
    expect(await said(['catalog', 'choices', 'stocked', 'store'])).toMatch(/store +called\n.*\ns1 +Main street\ns2/);
    expect((await shop.run(['catalog', 'choices', 'stocked', 'store', '--json'])).json()).toEqual({
      service: 'stocked',
      option: 'store',
      choices: [{ value: 's1', label: 'Main street' }, { value: 's2' }],
      more: false,
    });
  });

  it('says which options have any', async () => {
    expect(await said(['catalog', 'choices', 'stocked', 'stor'])).toMatch(
      /^2\n.*no live values for "stor"\nDid you mean "store"\?/,
    );
    expect(await said(['catalog', 'choices', 'stocked'])).toMatch(
      /^2\nWhich option of stocked\?\nThere are those of: secret, store\./,
    );
    expect(await said(['catalog', 'choices', 'stocked', 'constructor'])).toMatch(/^2\n/);
  });

  it('never says a secret, whatever the service says', async () => {
    shop.answers(({ path }) => (path === '/stores' ? { status: 400, body: `bad token ${TOKEN}` } : undefined));
    const text = await said(['catalog', 'choices', 'stocked', 'store']);
    expect(text).toMatch(/^5\n/);
    expect(text).not.toContain(TOKEN);
    expect(await said(['catalog', 'choices', 'stocked', 'secret'])).toMatch(/^5\nno value for \*\*\*\n/);
  });
});

describe('a job of the data type catalog', () => {
  const CATALOG = { collecting: { service: 'stocked', data_type: 'catalog', cron: '30 * * * *', retry_attempts: 0 } };
  const tick = async (now: string) => (await shop.run(['tick', '--json'], { now })).json().results;

  it('collects by its schedule as any other runs, and its table has the data sets', async () => {
    await shop.close();
    shop = await openShop(CATALOG);
    expect(await said(['validate'])).toMatch(/^0\n/);
    await shop.run(['plan', '--record']);
    const collected = async (now: string) => {
      const results = await tick(now);
      const { totals, result } = results.find(({ job }: { job: string }) => job === 'collecting');
      return [result, totals.inserted, totals.deleted];
    };
    expect(await collected('2026-11-21T07:31:00Z')).toEqual(['done', 3, 0]);
    expect(shop.snapshot()).toMatchObject({ collected_at: '2026-11-21T07:31:00.000Z', account: 'Ada of the shop' });
    shop.has('orders', 'price_list', 'refunds');
    expect(await collected('2026-11-21T08:31:00Z')).toEqual(['done', 1, 1]);
    expect((await decisions('2026-11-21T09:05:00Z'))['labels']).toMatch(/^unit_gone: /);
    const asked = ['query', 'SELECT name, capabilities FROM stocked.catalog ORDER BY name', '--format', 'csv'];
    expect((await shop.run(asked)).stdout).toContain('orders');
    const from = ['query', 'SELECT DISTINCT source_url FROM stocked.catalog', '--format', 'csv'];
    expect((await shop.run(from)).stdout).toContain(shop.server.url);
    // Nothing is asked for it, nor kept.
    expect(await said(['verify', 'collecting'])).toMatch(/^0\n/);
  });

  it('is red where the service names most of them no more, and leaves table and snapshot as they were', async () => {
    await shop.close();
    shop = await openShop(CATALOG);
    await shop.run(['run', 'collecting']);
    const before = shop.here.read(SNAPSHOT);
    shop.has('orders');
    const { exit, stdout } = await shop.run(['run', 'collecting', '--json']);
    const [{ failure, totals }] = JSON.parse(stdout).results;
    expect([exit, failure.code, totals.deleted]).toEqual([5, 'catalog-vanished', 0]);
    expect(shop.here.read(SNAPSHOT)).toBe(before);
  });
});
