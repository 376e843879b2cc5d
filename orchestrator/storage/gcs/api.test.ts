import assert from 'node:assert/strict';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeHttp, startFakeHttp } from '../../../test/fakes/http-server.ts';
import { GcsApi } from './api.ts';
import type { Authorize } from './credentials.ts';

let http: FakeHttp;
beforeEach(async () => {
  http = await startFakeHttp();
});
afterEach(() => http.close());

const open = (authorize: Authorize, requestMs = 10_000): GcsApi =>
  new GcsApi({ endpoint: http.url, authorize }, { name: 'bucket', url: 'gs://bucket' }, requestMs);

it('shows its token to the store, and not to an address that says itself who may use it', async () => {
  const api = open(async () => ({ authorization: 'Bearer token' }));
  http.expect('GET /storage/v1/b/bucket/o/a%2Fb', {});
  await api.text({ method: 'GET', url: api.objects({}, 'a/b') });
  http.expect('PUT /session', {});
  await api.text({ method: 'PUT', url: `${http.url}/session`, access: 'none', body: 'x' });
  expect(http.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer token', undefined]);
  http.verify();
});

it('does not wait for ever for a token', async () => {
  const api = open(() => new Promise(() => undefined), 50);
  const error = { kind: 'transient', code: 'bucket-unavailable' };
  await assert.rejects(api.text({ method: 'GET', url: api.objects({}) }), error);
});

it('shows what the store says, but never all of a long page', async () => {
  http.serve(() => ({ status: 403, json: { error: { message: `no access ${'x'.repeat(5000)}` } } }));
  const api = open(async () => ({}));
  const error: Error = await api.text({ method: 'GET', url: api.objects({}) }).catch((caught) => caught);
  expect(error.message).toContain('403 no access');
  expect(error.message.length).toBeLessThan(500);
});
