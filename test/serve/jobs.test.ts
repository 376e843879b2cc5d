import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NOW } from '../app/host.ts';
import { printing, served } from './served.ts';

it('says that it is there', async () => {
  const { get } = await served({ env: { BACKGROUND_MAX_WORKERS: '3', BACKGROUND_POLLING_ENABLED: 'false' } });
  const { status, body } = await get('/health');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    status: 'healthy',
    service: 'tidemill',
    background_tasks: { active: 0, max: 3, enabled: false },
  });
});

it('pauses a job, and tells where it stands', async () => {
  const { get, post } = await served();
  const reason = 'a console said so';
  expect(await post('/api/v1/jobs/shop_orders/pause', { reason })).toMatchObject({
    status: 200,
    body: { job: 'shop_orders', changed: true, says: `paused: ${reason}` },
  });
  const { body } = await get('/api/v1/jobs');
  expect(body.jobs).toMatchObject([
    { job: 'shop_orders', service: 'shop', data_type: 'orders', decision: 'paused', paused: { reason } },
  ]);
  expect((await get('/api/v1/jobs/shop_orders')).body).toMatchObject({
    history: [{ at: new Date(NOW).toISOString(), who: 'a server (HTTP)', operation: 'pause', why: reason }],
  });
  expect((await post('/api/v1/jobs/shop_orders/resume', {})).body).toMatchObject({ changed: true });
  expect((await post('/api/v1/jobs/shop_orders/resume', {})).body).toMatchObject({ changed: false });
});

it('says what would be lost before it resets, and resets with a yes', async () => {
  const { post } = await served();
  const refused = await post('/api/v1/jobs/shop_orders/reset', {});
  expect(refused).toMatchObject({
    status: 409,
    body: {
      status: 'error',
      error_code: 'confirmation-needed',
      error_category: 'request',
      recovery_suggestion: 'Send {"confirmed": true} in the body.',
    },
  });
  expect(refused.body.message).toContain('Forget the cursor of shop_orders?');
  const done = await post('/api/v1/jobs/shop_orders/reset', { confirmed: true });
  expect(done).toMatchObject({ status: 200, body: { changed: true } });
});

it('answers jobs in pages, in the order of the configuration', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const { get } = await served({
    config: {
      services: { shop: {} },
      jobs: Object.fromEntries(names.map((name) => [name, { service: 'shop', data_type: `t_${name}`, ...printing() }])),
    },
  });
  const first = (await get('/api/v1/jobs?limit=2')).body;
  expect(first.jobs.map(({ job }: { job: string }) => job)).toEqual(['a', 'b']);
  const second = (await get(`/api/v1/jobs?limit=2&after=${first.next_after}`)).body;
  expect(second.jobs.map(({ job }: { job: string }) => job)).toEqual(['c', 'd']);
  const last = (await get(`/api/v1/jobs?limit=2&after=${second.next_after}`)).body;
  expect(last.jobs.map(({ job }: { job: string }) => job)).toEqual(['e']);
  expect(last.next_after).toBeUndefined();
  expect((await get('/api/v1/jobs?after=e')).body).toEqual({ jobs: [], unreadable: [] });
});

it.each([
  ['GET', '/api/v1/jobs/shop_order', 404, 'unknown-job'],
  ['GET', '/api/v1/runs/20261121T061700Z-1', 404, 'unknown-run'],
  ['GET', '/api/v1/jobs?limit=0', 400, 'request-invalid'],
  ['GET', '/api/v1/jobs?limit=a', 400, 'request-invalid'],
  ['GET', '/api/v1/jobs?unknown=1', 400, 'request-invalid'],
  ['GET', '/api/v1/jobs/shop_*', 400, 'request-invalid'],
  ['GET', '/api/v1/jobs/a,b', 400, 'request-invalid'],
  ['GET', '/api/v1', 404, 'unknown-path'],
  ['GET', '/', 404, 'unknown-path'],
  ['DELETE', '/api/v1/jobs', 405, 'method-unknown'],
  ['POST', '/api/v1/jobs', 405, 'method-unknown'],
  ['GET', '/api/v1/jobs/shop_orders/run', 405, 'method-unknown'],
])('%s %s is refused with %i %s', async (method, path, status, code) => {
  const { url } = await served();
  const response = await fetch(`${url}${path}`, { method });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ status: 'error', error_code: code, error_category: 'request' });
  expect(response.headers.get('content-type')).toBe('application/json');
});

it('tells a damaged state apart from what was asked', async () => {
  const { get, post, host } = await served();
  await post('/api/v1/jobs/shop_orders/pause', {});
  writeFileSync(join(host.cwd, '.tidemill/local/bucket/_tidemill/state/shop_orders.json'), '{');
  const { status, body } = await get('/api/v1/jobs/shop_orders');
  expect(status).toBe(500);
  expect(body).toMatchObject({ status: 'error', error_code: 'state-damaged', error_category: 'storage' });
  const list = await get('/api/v1/jobs');
  expect(list).toMatchObject({ status: 200, body: { jobs: [], unreadable: [{ error_code: 'state-damaged' }] } });
});
