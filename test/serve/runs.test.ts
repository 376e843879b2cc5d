import { expect, it } from 'vitest';
import { begun, letGo, served, waitingHost } from './served.ts';

it('runs a job in the background, and tells what became of it', async () => {
  const { get, post, log } = await served();
  const { status, body } = await post('/api/v1/jobs/shop_orders/run', {});
  expect(status).toBe(202);
  expect(body).toMatchObject({ status: 'accepted', job: 'shop_orders', slot: `manual-${body.run_id}` });
  await expect.poll(async () => (await get(`/api/v1/runs/${body.run_id}`)).body.status).toBe('ended');
  const run = (await get(`/api/v1/runs/${body.run_id}`)).body;
  expect(run).toMatchObject({
    run_id: body.run_id,
    jobs: [{ job: 'shop_orders', result: 'done', records: 1, inserted: 1, gates: [] }],
    missing: [],
  });
  expect((await get('/api/v1/runs')).body).toEqual({ runs: [run] });
  expect((await get('/api/v1/jobs/shop_orders')).body.recent).toMatchObject([{ outcome: 'done', slot: body.slot }]);
  expect(log.filter(({ event }) => event === 'ended')).toMatchObject([
    { job: 'shop_orders', result: 'done', records: 1 },
  ]);
});

it('tells why a run has failed', async () => {
  const { get, post } = await served({
    config: {
      services: { shop: {} },
      jobs: {
        shop_orders: { service: 'shop', data_type: 'orders', command: [process.execPath, '-e', 'process.exit(77)'] },
      },
    },
  });
  const { run_id: run } = (await post('/api/v1/jobs/shop_orders/run', {})).body;
  await expect.poll(async () => (await get(`/api/v1/runs/${run}`)).body.status).toBe('ended');
  expect((await get(`/api/v1/runs/${run}`)).body.jobs).toMatchObject([
    { result: 'failed', failure: { error_code: 'command-failed', recovery_suggestion: 'you: renew the credentials' } },
  ]);
});

it('runs no job beside itself, nor more at a time than may be', async () => {
  const host = waitingHost(['a', 'b', 'c']);
  const { get, post } = await served({ host, env: { BACKGROUND_MAX_WORKERS: '2' } });
  const first = (await post('/api/v1/jobs/shop_a/run', {})).body.run_id;
  await expect.poll(() => begun(host)).toEqual(['a']);
  expect((await get(`/api/v1/runs/${first}`)).body).toEqual({
    run_id: first,
    status: 'running',
    jobs: [],
    missing: [],
  });
  expect(await post('/api/v1/jobs/shop_a/run', {})).toMatchObject({ status: 409, body: { error_code: 'job-not-run' } });
  expect((await post('/api/v1/jobs/shop_b/run', {})).status).toBe(202);
  const refused = await post('/api/v1/jobs/shop_c/run', {});
  expect(refused).toMatchObject({ status: 503, body: { error_code: 'server-busy', error_category: 'processing' } });
  expect(refused.headers.get('retry-after')).toBe('30');
  expect((await get('/health')).body.background_tasks).toEqual({ enabled: true, active: 2, max: 2 });
  letGo(host);
  await expect.poll(async () => (await get('/health')).body.background_tasks.active).toBe(0);
  expect(begun(host).sort()).toEqual(['a', 'b']);
  expect((await post('/api/v1/jobs/shop_c/run', {})).status).toBe(202);
});

it('runs no two jobs of a serial service at a time', async () => {
  const host = waitingHost(['a', 'b'], {}, { serial: true });
  const { get, post } = await served({ host });
  expect((await post('/api/v1/jobs/shop_a/run', {})).status).toBe(202);
  expect(await post('/api/v1/jobs/shop_b/run', {})).toMatchObject({ status: 409, body: { error_code: 'job-not-run' } });
  letGo(host);
  await expect.poll(async () => (await get('/health')).body.background_tasks.active).toBe(0);
  expect((await post('/api/v1/jobs/shop_b/run', {})).status).toBe(202);
});

it('does not run what another process is at', async () => {
  const host = waitingHost(['a']);
  const [here, other] = [await served({ host }), await served({ host })];
  await here.post('/api/v1/jobs/shop_a/run', {});
  await expect.poll(() => begun(host)).toEqual(['a']);
  const { status, body } = await other.post('/api/v1/jobs/shop_a/run', {});
  expect([status, body.error_code]).toEqual([409, 'job-not-run']);
  expect(body.message).toContain('is at it');
  letGo(host);
});

it.each([
  [{ slot: '2026-11-21T06:00:00Z' }, 202],
  [{ full_refresh: true }, 202],
  [{ accept_deletes: true }, 202],
  [{ slot: '2026-11-21T06:10:00Z' }, 422],
  [{ slot: 'yesterday' }, 422],
  [{ full_refresh: 'yes' }, 400],
  [{ job: 'another' }, 400],
])('is asked for a run with %o: %i', async (body, status) => {
  const { post } = await served();
  expect((await post('/api/v1/jobs/shop_orders/run', body)).status).toBe(status);
});

it('answers runs in pages, newest first', async () => {
  const { get, post } = await served();
  const ids: string[] = [];
  for (let run = 0; run < 3; run += 1) {
    ids.unshift((await post('/api/v1/jobs/shop_orders/run', {})).body.run_id);
    await expect.poll(async () => (await get('/health')).body.background_tasks.active).toBe(0);
  }
  const first = (await get('/api/v1/runs?limit=2')).body;
  expect(first.runs.map(({ run_id: run }: { run_id: string }) => run)).toEqual(ids.slice(0, 2));
  const second = (await get(`/api/v1/runs?limit=2&before=${first.next_before}`)).body;
  expect(second.runs.map(({ run_id: run }: { run_id: string }) => run)).toEqual(ids.slice(2));
  expect(second.next_before).toBeUndefined();
});
