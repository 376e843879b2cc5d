/** What becomes of a crawl, from its trigger to its rows. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { failed, openBrightData, PAGE, post } from '../../test/fakes/brightdata-samples.ts';
import { type Crawled, crawlService, deskOf } from '../../test/fakes/crawl-service.ts';
import { rowsOf, streamOf } from '../../test/fakes/read-service.ts';
import connector from './index.ts';

type Fake = Awaited<ReturnType<typeof openBrightData>>;

const crawl = (fake: Fake, options: object = {}): Promise<Crawled> =>
  crawlService(connector, 'facebook_posts', fake, { url: PAGE, ...options });

const rowsIn = ({ records }: Crawled) => rowsOf(streamOf(connector, 'facebook_posts'), records);

it('triggers a crawl, waits for it, keeps it as it was written, and makes rows of it', async () => {
  const fake = await openBrightData();
  const crawled = await crawl(fake, { competitor: 'Acme', brand: 'Acme Cola', num_of_posts: 10 });
  expect(crawled.failure).toBeUndefined();
  expect(fake.crawls.map(({ input }) => input)).toEqual([[{ url: PAGE, num_of_posts: 10 }]]);
  expect(fake.seen[0]).toMatchObject({ method: 'POST', path: '/datasets/v3/trigger' });
  expect(fake.seen[0]?.query).toMatchObject({ include_errors: 'true', format: 'json' });
  const name = 'snapshot_s_fake0000000001.json';
  expect(crawled.kept).toMatchObject([{ name, contentType: 'application/json; charset=utf-8' }]);
  expect(JSON.parse(crawled.kept[0]?.text ?? '')).toEqual([post(1), post(2), post(3)]);
  expect(crawled.copied).toEqual([{ artifact: name, key: `raw_snapshots/2026/11/21/${name}` }]);
  expect(crawled.counted).toEqual({ post_count: 3, media_count: 3, error_count: 0 });
  expect(rowsIn(crawled)).toMatchObject([
    { post_id: '1000000000000001', competitor: 'Acme', brand: 'Acme Cola', category: null, platform: 'facebook' },
    { post_id: '1000000000000002', dataset_id: 'gd_lkaxegm826bjpoo9m5', comments: 2, reactions: 7, media_count: 1 },
    { post_id: '1000000000000003' },
  ]);
});

it('triggers one crawl a target, whose posts say whose they are', async () => {
  const fake = await openBrightData();
  const targets = [
    { url: PAGE, competitor: 'Acme & Söhne #1' },
    { url: 'https://www.facebook.com/emca', competitor: 'Emca' },
  ];
  const crawled = await crawl(fake, { targets });
  expect(fake.crawls).toHaveLength(2);
  expect(new Set(crawled.triggered.map(({ target }) => target.key)).size).toBe(2);
  const names = rowsIn(crawled).map(({ competitor }) => competitor);
  expect(names).toEqual(['Acme & Söhne #1', 'Emca'].flatMap((name) => [name, name, name]));
  expect(crawled.counted['post_count']).toBe(6);
});

describe('a crawl', () => {
  it.each([
    [['starting', 'running', 'ready']],
    [['scheduled', 'building', 'collecting', 'digesting', 'what nobody knows', 'ready']],
    [['ready']],
  ])('that says %j is waited for', async (statuses) => {
    const fake = await openBrightData({ posts: [post(1)], fate: { statuses } });
    expect((await crawl(fake)).counted['post_count']).toBe(1);
  });

  it.each([
    ['failed', 'No data found in discovery', 'Bright Data says: No data found in discovery'],
    ['canceled', '', 'It was cancelled at Bright Data'],
    ['cancelled', '', 'It was cancelled at Bright Data'],
  ])('that says %s does not answer any more', async (status, message, reason) => {
    const fake = await openBrightData({ fate: { statuses: [status], message } });
    const { context, crawl: way, triggered } = await triggeredBy(fake);
    expect(await way.poll(context, triggered)).toEqual({ status: 'failed', reason });
  });

  it('that is not known yet is, some minutes later, not known any more', async () => {
    const fake = await openBrightData();
    const { context, crawl: way, triggered } = await triggeredBy(fake);
    const unknown = (minutes: number) => {
      const triggeredAt = new Date(context.now.getTime() - minutes * 60_000);
      return way.poll(context, { ...triggered, ticket: 's_elsewhere', triggeredAt });
    };
    expect(await unknown(1)).toEqual({ status: 'running', says: 'not known yet' });
    expect(await unknown(11)).toMatchObject({ status: 'failed' });
  });

  it('is ended when it runs, and left alone when it is over or gone', async () => {
    const fake = await openBrightData();
    const { context, crawl: way, triggered } = await triggeredBy(fake);
    await way.cancel?.(context, triggered);
    expect(await way.poll(context, triggered)).toMatchObject({ status: 'failed' });
    await way.cancel?.(context, triggered);
    await way.cancel?.(context, { ...triggered, ticket: 's_elsewhere' });
    fake.disturb({ after: 0, status: 404, body: '<html>', times: 9 });
    await expect(way.cancel?.(context, triggered)).rejects.toMatchObject({ code: 'http-status' });
  });
});

describe('a download', () => {
  it.each([202, 409, 200] as const)('that says with %i that it is not ready comes later', async (notReady) => {
    const fake = await openBrightData({ fate: { notReady, lateSeconds: 60 } });
    const { failure } = await crawl(fake);
    expect(failure).toMatchObject({ kind: 'transient', code: 'brightdata-not-ready', retryAfterSeconds: 10 });
  });

  it.each(['', 'later', '[]'])('that says so with 202 and %j as well', async (body) => {
    const fake = await openBrightData({ fate: { statuses: ['ready'] } });
    fake.disturb({ after: 2, status: 202, body });
    expect((await crawl(fake)).failure?.code).toBe('brightdata-not-ready');
  });

  it.each(['lines', 'gzip', 'with-mark'] as const)('may be written as %s', async (written) => {
    const fake = await openBrightData({ fate: { written, errors: [failed()] } });
    const crawled = await crawl(fake);
    expect(rowsIn(crawled)).toHaveLength(3);
    expect(crawled.counted).toEqual({ post_count: 3, media_count: 3, error_count: 1 });
    const type = written === 'lines' ? 'x-ndjson' : 'json';
    expect(crawled.kept[0]?.contentType).toBe(`application/${type}; charset=utf-8`);
    expect(crawled.kept[0]?.text.trimStart()).toMatch(/^[[{]/);
  });

  it('of one post in lines is no refusal, though it is an object', async () => {
    const fake = await openBrightData({ posts: [post(1)], fate: { written: 'lines' } });
    expect((await crawl(fake)).counted['post_count']).toBe(1);
  });

  it('that ends too early is not kept', async () => {
    const fake = await openBrightData({ fate: { written: 'cut' } });
    expect((await crawl(fake)).failure).toMatchObject({ kind: 'transient', code: 'brightdata-cut' });
  });

  it.each([
    ['<!doctype html><title>Sign in</title>', 'brightdata-snapshot', 'which is no snapshot'],
    ['[{"post_id":}]', 'brightdata-snapshot', 'a record that is no JSON'],
    ['', 'brightdata-cut', 'is empty'],
  ])('that is no snapshot is not kept: %j', async (body, code, says) => {
    const fake = await openBrightData({ fate: { statuses: ['ready'] } });
    fake.disturb({ after: 2, status: 200, body });
    expect((await crawl(fake)).failure).toMatchObject({ code, message: expect.stringContaining(says) });
  });

  it('counts what has failed by its code, and makes no rows of it', async () => {
    const fake = await openBrightData({ fate: { errors: [failed(), failed('blocked'), failed()] } });
    const crawled = await crawl(fake);
    expect(crawled.counted).toMatchObject({ post_count: 3, error_count: 3 });
    expect(crawled.records).toHaveLength(3);
    expect(crawled.notices).toEqual([
      expect.stringMatching(
        /^facebook-com-acme-\w{12}: 3 of its results are errors, no posts \(dead_page 2, blocked 1\)$/,
      ),
    ]);
    expect(crawled.kept[0]?.text).toContain('The page is not there');
  });

  it('that is too large for one file comes in parts, each of which lies in the bucket', async () => {
    const fake = await openBrightData({ fate: { refused: 'too-large', errors: [failed()] } });
    const crawled = await crawl(fake, { raw_snapshots: 'raw/{snapshot_id}.json' });
    expect(crawled.kept.map(({ name }) => name)).toEqual(
      [1, 2].map((part) => `snapshot_s_fake0000000001.part-${part}.json`),
    );
    expect(crawled.copied.map(({ key }) => key)).toEqual(
      [1, 2].map((part) => `raw/s_fake0000000001.part-${part}.json`),
    );
    expect(rowsIn(crawled)).toHaveLength(3);
    expect(crawled.counted).toEqual({ post_count: 3, media_count: 3, error_count: 1 });
  });

  it('of nothing is nothing: no file, no posts', async () => {
    const fake = await openBrightData({ fate: { refused: 'empty' } });
    const crawled = await crawl(fake);
    expect([crawled.failure, crawled.kept]).toEqual([undefined, []]);
    expect(crawled.counted).toEqual({ post_count: 0, media_count: 0, error_count: 0 });
  });

  it('of nothing, which its crawl calls a failure, is nothing as well', async () => {
    const fate = { statuses: ['running', 'failed'], message: 'Snapshot is empty', refused: 'empty' } as const;
    expect((await crawl(await openBrightData({ fate }))).counted['post_count']).toBe(0);
  });

  it.each(['expired', 'unknown'])('that is %s is gone for good', async (what) => {
    const fake = await openBrightData({
      fate: { statuses: ['ready'], ...(what === 'expired' ? { refused: what } : {}) },
    });
    if (what === 'unknown') fake.disturb({ after: 2, status: 404, body: 'Snapshot does not exist' });
    const crawled = await crawl(fake);
    expect([crawled.failure, crawled.kept, crawled.gone.length]).toEqual([undefined, [], 1]);
    expect(crawled.counted).toEqual({});
  });

  it('gives the same a second time', async () => {
    const fake = await openBrightData();
    const { context, crawl: way, triggered } = await triggeredBy(fake);
    fake.pass(3_600_000);
    const read = async () => {
      const said: unknown[] = [];
      for await (const each of way.download(context, triggered)) {
        if ('artifact' in each) for await (const _ of each.artifact as AsyncIterable<Uint8Array>);
        said.push('artifact' in each ? [each.name, each.url] : each);
      }
      return said;
    };
    expect(await read()).toEqual(await read());
  });
});

async function triggeredBy(fake: Fake) {
  const desk = deskOf(connector, 'facebook_posts', fake, { url: PAGE });
  onTestFinished(() => desk.close());
  const { crawl, context, target } = desk;
  const ticket = await crawl.trigger(context, target);
  return { ...desk, triggered: { ticket, target, triggeredAt: context.now } };
}
