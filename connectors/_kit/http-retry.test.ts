import { expect, test } from 'vitest';
import { z } from 'zod';
import { clientOf, failureOf, fakeSource } from '../../test/fakes/http-client.ts';
import { type Fault, startFakeHttp } from '../../test/fakes/http-server.ts';

const Named = z.object({ name: z.string() });
const GOOD = { json: { name: 'a' } };
const QUICK = { headersMs: 2_000, bodyMs: 2_000 };

test.each([408, 429, 500, 502, 503, 504])('%i is tried again, with growing waits', async (status) => {
  const server = await fakeSource();
  for (let i = 0; i < 3; i++) server.expect('GET /x', { status });
  server.expect('GET /x', GOOD);
  const { http, clock } = clientOf(server);
  expect((await http.json('/x', Named)).value).toEqual({ name: 'a' });
  expect(clock.slept).toEqual([250, 500, 1000]);
});

test('gives up after the last retry with the error of the last attempt', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { status: 500 });
  server.expect('GET /x', { status: 429, headers: { 'retry-after': '7' } });
  server.expect('GET /x', { status: 503 });
  const { http, clock } = clientOf(server, { retries: 2 });
  expect(await failureOf(http.json('/x', Named))).toMatchObject({ kind: 'transient', code: 'http-unavailable' });
  expect(clock.slept).toEqual([250, 7000]);
});

test('a wait that would pass the total time is not begun', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { status: 503, headers: { 'retry-after': '50' } });
  const { http, clock } = clientOf(server, { timeouts: { totalMs: 40_000 } });
  expect(await failureOf(http.json('/x', Named))).toMatchObject({ kind: 'transient', retryAfterSeconds: 50 });
  expect(clock.slept).toEqual([]);
});

test.each([
  ['seconds', '42'],
  ['an HTTP date', 'Sun, 01 Mar 2026 12:00:42 GMT'],
])('Retry-After in %s is obeyed', async (_, header) => {
  const server = await fakeSource();
  server.expect('GET /x', { status: 429, headers: { 'retry-after': header } });
  server.expect('GET /x', GOOD);
  const { http, clock } = clientOf(server);
  await http.json('/x', Named);
  expect(clock.slept).toEqual([42_000]);
});

test('a Retry-After that is neither is as good as none', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { status: 429, headers: { 'retry-after': 'soon' } });
  server.expect('GET /x', GOOD);
  const { http, clock } = clientOf(server);
  await http.json('/x', Named);
  expect(clock.slept).toEqual([250]);
});

test.each([429, 503])('a %i that asks for hours ends the run resumably instead of waiting', async (status) => {
  const server = await fakeSource();
  server.expect('GET /x', { status, headers: { 'retry-after': '7200' } });
  const { http, clock } = clientOf(server);
  expect(await failureOf(http.json('/x', Named))).toMatchObject({ kind: 'quota', retryAfterSeconds: 7200 });
  expect(clock.slept).toEqual([]);
});

test('a POST is only repeated where the caller says so, a GET unless the caller forbids it', async () => {
  const server = await fakeSource();
  server.expect('POST /search', { status: 503 });
  server.expect('GET /once', { status: 503 });
  server.expect('POST /report', { status: 503 });
  server.expect('POST /report', GOOD);
  const { http } = clientOf(server);
  expect((await failureOf(http.json('/search', Named, { json: {} }))).kind).toBe('transient');
  expect((await failureOf(http.json('/once', Named, { retry: 'never' }))).kind).toBe('transient');
  expect((await http.json('/report', Named, { json: {}, retry: 'always' })).value).toEqual({ name: 'a' });
});

test.each<Fault>(['reset', 'truncate'])('a connection that does %s is tried again', async (fault) => {
  const server = await fakeSource();
  for (let i = 0; i < 3; i++) server.expect('GET /x', { ...GOOD, fault });
  server.expect('GET /x', GOOD);
  const { http, clock } = clientOf(server, { retries: 1 });
  expect(await failureOf(http.json('/x', Named))).toMatchObject({ kind: 'transient', code: 'http-connection' });
  expect((await http.json('/x', Named)).value).toEqual({ name: 'a' });
  expect(clock.slept).toEqual([250, 250]);
});

test('a source that falls silent, before or within its answer, is asked again', async () => {
  const server = await fakeSource();
  for (const fault of ['stall', 'stall-body'] as const) {
    server.expect(`GET /${fault}`, { ...GOOD, fault });
    server.expect(`GET /${fault}`, GOOD);
    server.expect(`GET /${fault}/dead`, { ...GOOD, fault });
  }
  const { http } = clientOf(server, { timeouts: QUICK });
  // All at once: undici looks at its clock about twice a second only.
  const [revived, within, ...dead] = await Promise.all([
    http.json('/stall', Named),
    http.json('/stall-body', Named),
    failureOf(http.json('/stall/dead', Named, { retry: 'never' })),
    failureOf(http.json('/stall-body/dead', Named, { retry: 'never' })),
  ]);
  expect([revived.value, within.value]).toEqual([{ name: 'a' }, { name: 'a' }]);
  for (const error of dead) expect(error).toMatchObject({ kind: 'transient', code: 'http-timeout' });
});

test('a call that says how long it waits waits no longer', async () => {
  const server = await fakeSource();
  server.expect('GET /dead', { ...GOOD, fault: 'stall' });
  const { http } = clientOf(server);
  expect(await failureOf(http.json('/dead', Named, { retry: 'never', headersMs: 500 }))).toMatchObject({
    code: 'http-timeout',
  });
});

test('a slow answer is an answer', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { ...GOOD, fault: 'slow' });
  const { http } = clientOf(server, { timeouts: QUICK });
  expect((await http.json('/x', Named)).value).toEqual({ name: 'a' });
});

test('a port where nobody listens is transient, a connection that is no TLS is not', async () => {
  const gone = await startFakeHttp();
  await gone.close();
  const server = await fakeSource();
  const refused = clientOf(gone, { retries: 2 });
  expect(await failureOf(refused.http.json('/x', Named))).toMatchObject({ kind: 'transient', code: 'http-connection' });
  expect(refused.clock.slept).toHaveLength(2);
  const plain = clientOf(server, { baseUrl: server.url.replace('http:', 'https:') });
  expect(await failureOf(plain.http.json('/x', Named))).toMatchObject({ kind: 'config', code: 'http-not-trusted' });
  expect(plain.clock.slept).toEqual([]);
});

test('the total time ends a call that makes no end, without another attempt', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { fault: 'stall' });
  const { http, clock } = clientOf(server, { timeouts: { totalMs: 1_000 } });
  expect(await failureOf(http.json('/x', Named))).toMatchObject({ kind: 'transient', code: 'http-timeout' });
  expect(clock.slept).toEqual([]);
});

test('an abort ends a call at once, with its own reason, and nothing is asked after it', async () => {
  const server = await fakeSource();
  const controller = new AbortController();
  const reason = new Error('lost the lease');
  server.expect('GET /x', () => {
    controller.abort(reason);
    return { fault: 'stall' };
  });
  const { http } = clientOf(server, { signal: controller.signal });
  expect(await failureOf(http.json('/x', Named))).toBe(reason);
  expect(await failureOf(http.json('/x', Named))).toBe(reason);
});

test("the vendor's limits are kept without asking the vendor", async () => {
  const server = await fakeSource();
  for (let i = 0; i < 5; i++) server.expect('GET /x', GOOD);
  const limits = [
    { requests: 2, perSeconds: 10, source: 'https://vendor.example/limits' },
    { requests: 5, perSeconds: 900, source: 'https://vendor.example/limits' },
  ];
  const { http, clock } = clientOf(server, { limits });
  for (let i = 0; i < 5; i++) await http.json('/x', Named);
  expect(clock.slept).toEqual([10_000, 10_000]);
  expect(await failureOf(http.json('/x', Named))).toMatchObject({
    kind: 'quota',
    code: 'rate-limit',
    retryAfterSeconds: 880,
  });
});
