/** Credentials, redirects and other origins. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { clientOf, failureOf, fakeSource } from '../../test/fakes/http-client.ts';
import type { HttpOptions } from './http.ts';

const Named = z.object({ name: z.string() });
const GOOD = { json: { name: 'a' } };

/** Token 1, and after each renewal the next one. */
function tokens(): Required<Pick<HttpOptions, 'authorize' | 'onUnauthorized'>> & { renewed(): number } {
  let current = 1;
  return {
    renewed: () => current - 1,
    authorize: async () => ({ Authorization: `Bearer token-${current}` }),
    onUnauthorized: async () => void current++,
  };
}

test('every request is authorized', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { status: 503 });
  server.expect('GET /x', GOOD);
  const { http } = clientOf(server, tokens());
  await http.json('/x', Named);
  expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer token-1', 'Bearer token-1']);
});

test.each([
  ['GET', {}],
  ['POST', { form: { a: '1' } }],
])('after a 401 the credentials are renewed once and the %s repeated once', async (method, options) => {
  const server = await fakeSource();
  server.expect(`${method} /x`, { status: 401, headers: { 'retry-after': '3600' } });
  server.expect(`${method} /x`, GOOD);
  const { http } = clientOf(server, tokens());
  await http.json('/x', Named, options);
  expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer token-1', 'Bearer token-2']);
});

test('a second 401 and a 403 are for a person', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { status: 401 });
  server.expect('GET /x', { status: 401 });
  server.expect('GET /y', { status: 403 });
  const renewing = tokens();
  const { http } = clientOf(server, renewing);
  expect(await failureOf(http.json('/x', Named))).toMatchObject({ kind: 'auth', code: 'http-unauthorized' });
  expect(await failureOf(http.json('/y', Named))).toMatchObject({ kind: 'auth', code: 'http-forbidden' });
  expect(renewing.renewed()).toBe(1);
});

test('a 401 in the middle of trouble is renewed only once for the whole call', async () => {
  const server = await fakeSource();
  for (const status of [401, 503, 401]) server.expect('GET /x', { status });
  const renewing = tokens();
  const { http } = clientOf(server, renewing);
  expect((await failureOf(http.json('/x', Named))).kind).toBe('auth');
  expect(renewing.renewed()).toBe(1);
});

test('a 401 that the vendor means otherwise renews nothing', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { status: 401 });
  const renewing = tokens();
  const classify = () => ({ kind: 'quota', code: 'locked', message: 'locked', retryAfterSeconds: 900 }) as const;
  const { http } = clientOf(server, { ...renewing, classify });
  expect((await failureOf(http.json('/x', Named))).code).toBe('locked');
  expect(renewing.renewed()).toBe(0);
});

test('an aborted run asks for no credentials', async () => {
  const server = await fakeSource();
  const authorize = () => expect.unreachable('a token may be used up by this');
  const { http } = clientOf(server, { authorize, signal: AbortSignal.abort(new Error('lost the lease')) });
  expect((await failureOf(http.json('/x', Named))).message).toBe('lost the lease');
});

test('another origin is asked without credentials, and its 401 renews nothing', async () => {
  const server = await fakeSource();
  const other = await fakeSource();
  other.expect('GET /file', GOOD);
  other.expect('GET /locked', { status: 401 });
  const renewing = tokens();
  const { http } = clientOf(server, renewing);
  await http.json(`${other.url}/file`, Named);
  expect((await failureOf(http.json(`${other.url}/locked`, Named))).kind).toBe('auth');
  expect(other.requests.map(({ headers }) => headers['authorization'])).toEqual([undefined, undefined]);
  expect(renewing.renewed()).toBe(0);
});

test('redirects within the origin are followed three times', async () => {
  const server = await fakeSource();
  server.expect('GET /1?a=1', { status: 301, headers: { location: '/2' } });
  server.expect('GET /2', { status: 307, headers: { location: '3?b=2' } });
  server.expect('GET /3?b=2', { status: 302, headers: { location: `${server.url}/4` } });
  server.expect('GET /4', GOOD);
  server.expect('GET /loop', { status: 302, headers: { location: '/loop' } });
  for (let i = 0; i < 3; i++) server.expect('GET /loop', { status: 302, headers: { location: '/loop' } });
  const { http } = clientOf(server, tokens());
  expect((await http.json('/1?a=1', Named)).value).toEqual({ name: 'a' });
  expect(await failureOf(http.json('/loop', Named))).toMatchObject({ kind: 'source-changed', code: 'http-redirect' });
});

test('a redirect to another origin is refused, and its query stays out of the error', async () => {
  const server = await fakeSource();
  const other = await fakeSource();
  server.expect('GET /x', { status: 302, headers: { location: `${other.url}/x?ticket=ST-1234` } });
  const { http } = clientOf(server, tokens());
  const error = await failureOf(http.json('/x', Named));
  expect(error).toMatchObject({ kind: 'source-changed', code: 'http-redirect' });
  expect(error.message).toBe(`GET ${server.url}/x redirects to ${other.url}`);
  expect(other.requests).toEqual([]);
});

test('a download may be sent on to another origin, which is told nothing but what any server is', async () => {
  const [server, other] = [await fakeSource(), await fakeSource()];
  server.expect('GET /asset', { status: 302, headers: { location: `${other.url}/stored?ticket=ST-1234` } });
  other.expect('GET /stored?ticket=ST-1234', { status: 302, headers: { location: '/moved' } });
  other.expect('GET /moved', { body: 'bytes' });
  const { http } = clientOf(server, tokens());
  const { body, url } = await http.bytes('/asset', { elsewhere: true, headers: { 'x-key': 'mine' } });
  expect([Buffer.concat(await Array.fromAsync(body)).toString(), url]).toEqual(['bytes', `${server.url}/asset`]);
  expect(server.requests[0]?.headers).toMatchObject({ 'x-key': 'mine' });
  for (const { headers } of other.requests) expect(Object.keys(headers)).not.toContain('x-key');
  expect(other.requests.map(({ headers }) => headers['authorization'])).toEqual([undefined, undefined]);
});

test.each([
  ['a POST', 'POST', { json: {} }, '/y'],
  ['an address that is none', 'GET', {}, 'http://['],
])('the redirect of %s is not followed', async (_, method, options, location) => {
  const server = await fakeSource();
  server.expect(`${method} /x`, { status: 307, headers: { location } });
  const { http } = clientOf(server);
  expect((await failureOf(http.json('/x', Named, options))).kind).toBe('source-changed');
});
