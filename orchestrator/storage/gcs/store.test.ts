import assert from 'node:assert/strict';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { type FakeHttp, startFakeHttp } from '../../../test/fakes/http-server.ts';
import type { Authorize } from './credentials.ts';
import { GcsStore } from './store.ts';

let http: FakeHttp;
beforeEach(async () => {
  http = await startFakeHttp();
});
afterEach(() => http.close());

const open = (authorize: Authorize, requestMs = 10_000): GcsStore => {
  const options = { location: 'gs://bucket', env: {}, clock: fakeClock(), random: () => 0, limits: { requestMs } };
  return new GcsStore(options, { endpoint: http.url, authorize });
};

it('shows its token to the store, and not to an address that says itself who may use it', async () => {
  const store = open(async () => ({ authorization: 'Bearer token' }));
  http.expect('GET /storage/v1/b/bucket/o/a%2Fb', {});
  await store.askOnce({ method: 'GET', url: store.objects({}, 'a/b') });
  http.expect('PUT /session', {});
  await store.askOnce({ method: 'PUT', url: `${http.url}/session`, access: 'none', body: 'x' });
  expect(http.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer token', undefined]);
  http.verify();
});

it('does not wait for ever for a token', async () => {
  const store = open(() => new Promise(() => undefined), 50);
  const error = { kind: 'transient', code: 'bucket-unavailable' };
  await assert.rejects(store.askOnce({ method: 'GET', url: store.objects({}) }), error);
});

it('shows what the store says, but never all of a long page', async () => {
  http.serve(() => ({ status: 403, json: { error: { message: `no access ${'x'.repeat(5000)}` } } }));
  const store = open(async () => ({}));
  const error: Error = await store.askOnce({ method: 'GET', url: store.objects({}) }).catch((caught) => caught);
  expect(error.message).toContain('403 no access');
  expect(error.message.length).toBeLessThan(500);
});
