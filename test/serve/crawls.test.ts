/** Crawls over HTTP, and in the background of the server. */
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { crawlsOf } from '../../orchestrator/app/crawl.ts';
import type { Host } from '../../orchestrator/app/host.ts';
import { openSession } from '../../orchestrator/app/session.ts';
import { hostWith } from '../app/host.ts';
import { type CrawlVendor, crawlVendor } from '../fakes/crawl-vendor.ts';
import { type HandClock, handClock } from '../fakes/hand-clock.ts';
import { type FakeHttp, startFakeHttp } from '../fakes/http-server.ts';
import { WEBHOOK_SECRET } from '../fakes/webhook.ts';
import { CRAWLED } from '../fixtures/crawled-module.ts';
import { type Served, type Serving, served, shop } from './served.ts';

const MINUTE_MS = 60_000;

let source: FakeHttp;
let vendor: CrawlVendor;
let clock: HandClock;
let host: Host;

beforeEach(async () => {
  clock = handClock('2026-11-21T06:30:00Z');
  vendor = crawlVendor(clock);
  source = await startFakeHttp();
  source.serve((request) => vendor.answer(request));
  host = hostWith(project());
});

afterEach(() => source.close());

const project = () => ({
  services: { crawled: { package: CRAWLED, base_url: source.url } },
  jobs: { pages: { service: 'crawled', data_type: 'pages', options: { pages: ['a', 'b'] } } },
});

const OFF = { BACKGROUND_POLLING_ENABLED: 'false' };
const here = (serving: Serving = {}): Promise<Served> => served({ host, clock, ...serving });
const trigger = ({ post }: Served, more: object = {}) => post('/api/v1/crawl/trigger', { job: 'pages', ...more });
const statusOf = async ({ get }: Served, id: string): Promise<string> =>
  (await get(`/api/v1/crawl/${id}/status`)).body.status;

/** Of a server that looks, and of each run that waits for its crawls: until the next look, its lease, the end of its time. */
const [SLEEPS, SLEEPS_OF_RUN] = [1, 3] as const;

/** Nobody is at work any more: all wait for time to pass. */
async function settled(servers: readonly Served[]): Promise<void> {
  await expect
    .poll(async () => {
      const health = await Promise.all(servers.map(({ get }) => get('/health')));
      const active = health.reduce((sum, { body }) => sum + body.background_tasks.active, 0);
      return clock.sleepers - SLEEPS * servers.length - SLEEPS_OF_RUN * active;
    })
    .toBe(0);
}

/** Lets time pass, minute by minute, until the crawls are done. */
async function untilDone(servers: readonly Served[], ids: readonly string[]): Promise<void> {
  const [first] = servers;
  for (let minutes = 0; minutes < 120; minutes += 1) {
    await settled(servers);
    const words = await Promise.all(ids.map((id) => (first === undefined ? '' : statusOf(first, id))));
    if (words.every((word) => word === 'done')) return;
    await clock.pass(MINUTE_MS);
  }
  throw new Error('two hours have passed, and they are not done');
}

it('are triggered by programs that name no job, and say options as fields', async () => {
  const server = await here({ env: OFF });
  const { status, body } = await server.post('/api/v1/crawl/trigger', { pages: ['z'] });
  expect([status, body.crawls.length, body.crawls[0]?.target]).toEqual([202, 1, 'z']);
  const unfit = await server.post('/api/v1/crawl/trigger', { pages: null });
  expect([unfit.status, unfit.body.error_code]).toEqual([422, 'options-invalid']);
  expect(vendor.begun.map(({ wanted }) => wanted)).toEqual(['z']);
});

it('are triggered of no job by chance, where several are crawled', async () => {
  const pages = { service: 'crawled', data_type: 'pages', options: { pages: ['a'] } };
  host = hostWith({
    services: { crawled: { package: CRAWLED, base_url: source.url } },
    jobs: { one: pages, two: pages },
  });
  const server = await here({ env: OFF });
  const { status, body } = await server.post('/api/v1/crawl/trigger', {});
  expect([status, body.error_code, body.recovery_suggestion]).toEqual([
    422,
    'job-unnamed',
    'Name one as `job`: one, two.',
  ]);
  expect(vendor.begun).toEqual([]);
});

it('are triggered, asked after and fetched in the background', async () => {
  const server = await here();
  const { status, body } = await trigger(server);
  expect(status).toBe(202);
  expect(body).toMatchObject({
    status: 'accepted',
    crawl_id: expect.stringMatching(/^pages\..+\.a$/),
    snapshot_id: 't1',
    crawls: [
      { target: 'a', snapshot_id: 't1', status: 'triggered' },
      { target: 'b', snapshot_id: 't2' },
    ],
    background_processing: {
      enabled: true,
      status: 'scheduled',
      poll_interval_seconds: 30,
      max_polling_time_minutes: 15,
    },
  });
  const id = body.crawl_id;
  await settled([server]);
  const asked = await server.post(`/api/v1/crawl/${id}/download`, {});
  // That run is at it already.
  expect(asked).toMatchObject({ status: 202, body: { status: 'accepted', run_id: expect.any(String) } });
  expect((await server.get(`/api/v1/runs/${asked.body.run_id}`)).body.status).toBe('running');
  await untilDone([server], [id, body.crawls[1].crawl_id]);
  const done = (await server.get(`/api/v1/crawl/${id}/status`)).body;
  expect(done).toMatchObject({ crawl_id: id, counts: { page_count: 2 }, files: [expect.stringMatching(/t1\.json$/)] });
  expect([vendor.begun.length, vendor.downloads.toSorted()]).toEqual([2, ['t1', 't2']]);
  expect(await server.post(`/api/v1/crawl/${id}/download`, {})).toMatchObject({
    status: 200,
    body: { status: 'ended', crawl: { status: 'done' } },
  });
});

it('of some targets and with other options are triggered', async () => {
  const server = await here({ env: OFF });
  expect((await trigger(server, { targets: ['b'] })).body.crawls).toMatchObject([{ target: 'b' }]);
  expect((await trigger(server, { options: { pages: ['z'] } })).body.crawls).toMatchObject([{ target: 'z' }]);
  expect(vendor.begun.map(({ wanted }) => wanted)).toEqual(['b', 'z']);
});

it('are left alone where that is switched off, and fetched when they are asked for', async () => {
  const server = await here({ env: OFF });
  const { body } = await trigger(server, { targets: ['a'] });
  const id = body.crawl_id;
  expect(body.background_processing).toMatchObject({ enabled: false, status: 'disabled' });
  const early = await server.post(`/api/v1/crawl/${id}/download`, {});
  expect(early).toMatchObject({ status: 202, body: { status: 'accepted', crawl: { crawl_id: id } } });
  const runOf = async (run: string) => (await server.get(`/api/v1/runs/${run}`)).body;
  await expect.poll(async () => (await runOf(early.body.run_id)).jobs[0]?.result).toBe('parked');
  // Its result is there before it is over: until then whoever asks is told of this run.
  await expect.poll(async () => (await server.get('/health')).body.background_tasks.active).toBe(0);
  await clock.pass(20 * MINUTE_MS);
  expect(vendor.downloads).toEqual([]);
  const late = await server.post(`/api/v1/crawl/${id}/download`, {});
  await expect.poll(async () => (await runOf(late.body.run_id)).jobs[0]?.result).toBe('done');
  expect(await statusOf(server, id)).toBe('done');
  expect(vendor.downloads).toEqual(['t1']);
});

it('are given up', async () => {
  const server = await here({ env: OFF });
  const { crawl_id: id } = (await trigger(server, { targets: ['a'] })).body;
  const { status, body } = await server.post(`/api/v1/crawl/${id}/cancel`, {});
  expect([status, body.status]).toEqual([200, 'cancelled']);
  expect(vendor.begun[0]?.cancelled).toBe(true);
});

it('are asked after by one of two servers, and cost what they cost once', async () => {
  const [one, other] = [await here(), await here()];
  const { body } = await trigger(one);
  const ids = body.crawls.map(({ crawl_id: id }: { crawl_id: string }) => id);
  await untilDone([other, one], ids);
  expect([vendor.begun.length, vendor.downloads.toSorted()]).toEqual([2, ['t1', 't2']]);
});

it('are gone on with by the next server, where the first was stopped', async () => {
  const first = await here();
  const { crawl_id: id } = (await trigger(first, { targets: ['a'] })).body;
  await settled([first]);
  await clock.pass(2 * MINUTE_MS);
  await settled([first]);
  await first.stop();
  expect(vendor.downloads).toEqual([]);
  const second = await here();
  await untilDone([second], [id]);
  expect([vendor.begun.length, vendor.downloads]).toEqual([1, ['t1']]);
});

/** From now on the source answers a trigger when it is let to. */
function heldSource(): { readonly asked: () => number; let(): void } {
  const held = Promise.withResolvers<void>();
  let asked = 0;
  source.serve(async (request) => {
    const reply = vendor.answer(request);
    if (request.method !== 'POST') return reply;
    asked += 1;
    await held.promise;
    return reply;
  });
  return { asked: () => asked, let: held.resolve };
}

it('that are being triggered when the server is to stop are triggered, and none after', async () => {
  const server = await here({ env: OFF });
  const held = heldSource();
  const answer = trigger(server, { targets: ['a'] });
  await expect.poll(held.asked).toBe(1);
  const stopped = server.stop();
  await expect.poll(() => server.log.some(({ event }) => event === 'stopping')).toBe(true);
  held.let();
  const { status, body } = await answer;
  expect([status, body.snapshot_id]).toEqual([202, 't1']);
  await stopped;
});

it('whose source does not answer are waited for no longer than what is at work, and looked for by whoever comes next', async () => {
  const first = await here({ env: OFF });
  const held = heldSource();
  const answer = trigger(first, { targets: ['a'] });
  await expect.poll(held.asked).toBe(1);
  const stopped = first.stop();
  await expect.poll(() => first.log.some(({ event }) => event === 'stopping')).toBe(true);
  await expect.poll(() => clock.sleepers).toBe(1);
  await clock.pass(30_000);
  expect(await answer).toMatchObject({
    status: 503,
    body: { error_code: 'server-stopped', error_category: 'processing', recovery_suggestion: expect.any(String) },
  });
  await stopped;
  held.let();
  expect(first.log.filter(({ kind }) => kind === 'bug')).toEqual([]);
  const second = await here();
  const [crawl] = await crawlsOf(await openSession(host, {}));
  await untilDone([second], [crawl?.crawl_id ?? '']);
  expect([vendor.begun.length, vendor.downloads]).toEqual([1, ['t1']]);
});

it('are answered as soon as the source has answered, though who is told of them says nothing', async () => {
  const silent = await startFakeHttp();
  onTestFinished(() => silent.close());
  silent.serve(() => ({ fault: 'stall' }));
  const events = [{ to: `${silent.url}/hook`, name: 'silent' }];
  host = hostWith({ ...project(), environments: { local: { events } } });
  const server = await here({ env: { ...OFF, EVENTS_WEBHOOK_SECRET: WEBHOOK_SECRET } });
  // The clock stands still: nobody can have waited for it.
  expect((await trigger(server, { targets: ['a'] })).status).toBe(202);
  await expect.poll(() => silent.requests.length).toBe(1);
});

it.each([
  [{ status: 401, json: {} }, 502, 'source-authentication'],
  [{ status: 429, json: {}, headers: { 'retry-after': '60' } }, 503, 'source-rate-limit'],
  [{ status: 422, json: {} }, 502, 'source-server'],
] as const)('that the source does not take, as by %o, are told apart: %i %s', async (mishap, status, category) => {
  const server = await here({ env: OFF });
  vendor.mishaps.set('trigger', mishap);
  const refused = await trigger(server, { targets: ['a'] });
  expect([refused.status, refused.body.error_category]).toEqual([status, category]);
  expect(refused.body).toMatchObject({ status: 'error', recovery_suggestion: expect.any(String) });
  // Of one that has failed the state remembers why.
  expect(refused.body.crawl_id).toEqual(
    status === 502 && category === 'source-server' ? expect.any(String) : undefined,
  );
});

it('whose begin was never answered is looked for, and not paid for twice', async () => {
  const server = await here();
  vendor.mishaps.set('trigger', 'lost');
  const { status, body } = await trigger(server, { targets: ['a'] });
  expect([status, body.snapshot_id, body.crawls[0].status]).toEqual([202, null, 'triggering']);
  await untilDone([server], [body.crawl_id]);
  expect([vendor.begun.length, vendor.downloads]).toEqual([1, ['t1']]);
});

it.each([
  ['an unknown job', '/api/v1/crawl/trigger', { job: 'page' }, 404, 'unknown-job'],
  ['an unknown target', '/api/v1/crawl/trigger', { job: 'pages', targets: ['c'] }, 404, 'unknown-target'],
  ['options that do not fit', '/api/v1/crawl/trigger', { job: 'pages', options: { pages: 1 } }, 422, 'options-invalid'],
  ['an unknown crawl', '/api/v1/crawl/pages.x.a/download', {}, 404, 'unknown-crawl'],
  ['one of no job', '/api/v1/crawl/nothing/cancel', {}, 404, 'unknown-crawl'],
  ['no id', '/api/v1/crawl/..%2Fx/cancel', {}, 400, 'request-invalid'],
])('by %s are none', async (_, path, body, status, code) => {
  const server = await here({ env: OFF });
  const refused = await server.post(path, body);
  expect([refused.status, refused.body.error_code]).toEqual([status, code]);
  const id = /crawl\/([a-z.]+)\/(?:download|cancel)/.exec(path)?.[1];
  expect(refused.body.crawl_id).toBe(id === '..' ? undefined : id);
  expect(vendor.begun).toEqual([]);
});

it('of a paused job, or one whose source answers at once, are not triggered', async () => {
  const server = await here({ env: OFF });
  await server.post('/api/v1/jobs/pages/pause', {});
  expect(await trigger(server)).toMatchObject({
    status: 409,
    body: {
      error_code: 'job-paused',
      recovery_suggestion: '`POST /api/v1/jobs/{id}/resume` lets it run again.',
    },
  });
  const other = await served({ host: hostWith(shop()), env: OFF });
  const refused = await other.post('/api/v1/crawl/trigger', { job: 'shop_orders' });
  expect(refused).toMatchObject({ status: 409, body: { error_code: 'no-crawls' } });
});
