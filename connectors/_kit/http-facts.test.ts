import { expect, test } from 'vitest';
import { z } from 'zod';
import { clientOf, failureOf, fakeSource } from '../../test/fakes/http-client.ts';
import type { RequestFacts } from './errors.ts';

const Named = z.object({ name: z.string() });
const SECRET = 'open sesame';

test('an error says which request failed: no values of the query, of the answer what explains it, and no secret', async () => {
  const server = await fakeSource();
  const headers = {
    'content-type': 'application/json',
    'retry-after': '7200',
    'x-ratelimit-remaining': '0',
    'x-request-id': `r-${SECRET}`,
    'set-cookie': 'session=abc',
    'x-user': 'somebody',
  };
  server.expect('GET /people?after=2026-11-01&key=open+sesame&who=somebody%40example.org', {
    status: 429,
    headers,
    json: { diary: 'dear' },
  });
  const { http } = clientOf(server, { secrets: [SECRET] });
  const query = { after: '2026-11-01', who: 'somebody@example.org', key: SECRET };
  const { request } = await failureOf(http.json('/people', Named, { query }));
  const { date, ...told } = request?.headers ?? {};
  expect(date).toMatch(/GMT$/);
  expect({ ...request, headers: told }).toEqual({
    method: 'GET',
    url: `${server.url}/people?after=…&who=…&key=…`,
    status: 429,
    headers: {
      'content-type': 'application/json',
      'retry-after': '7200',
      'x-ratelimit-remaining': '0',
      'x-request-id': 'r-***',
    },
  });
});

test.each([
  ['another shape', { json: { name: 5 } }, 'schema-mismatch'],
  ['no JSON', { body: '<html>' }, 'not-json'],
] as const)('so does an error about an answer with %s', async (_, reply, code) => {
  const server = await fakeSource();
  server.expect('GET /x', reply);
  const { http } = clientOf(server);
  const error = await failureOf(http.json('/x', Named));
  expect(error).toMatchObject({ code, request: { method: 'GET', url: `${server.url}/x`, status: 200 } });
});

test('a request without an answer has neither status nor headers', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { fault: 'reset' });
  const { http } = clientOf(server, { retries: 0 });
  const { request } = await failureOf(http.json('/x', Named));
  expect(request).toEqual({ method: 'GET', url: `${server.url}/x` });
});

test('who listens is told of every exchange, also of those that are tried again', async () => {
  const server = await fakeSource();
  server.expect('POST /x?page=2', { status: 503 });
  server.expect('POST /x?page=2', { json: { name: 'a' } });
  const told: RequestFacts[] = [];
  const { http } = clientOf(server, { onRequest: (request) => told.push(request) });
  await http.json('/x?page=2', Named, { json: { secret: 1 }, retry: 'always' });
  expect(told.map(({ method, url, status }) => [method, url, status])).toEqual([
    ['POST', `${server.url}/x?page=…`, 503],
    ['POST', `${server.url}/x?page=…`, 200],
  ]);
});

test('the reason for which a run is ended is not told as a failure of the request that was under way', async () => {
  const server = await fakeSource();
  const ended = new AbortController();
  const { http } = clientOf(server, { signal: ended.signal, onRequest: () => undefined });
  const { TidemillError } = await import('./errors.ts');
  const reason = new TidemillError('transient', 'time-limit', 'over');
  server.expect('GET /x', () => {
    setImmediate(() => ended.abort(reason));
    return { fault: 'stall' };
  });
  expect(await failureOf(http.json('/x', Named))).toBe(reason);
  expect(reason.request).toBeUndefined();
});

test('an address that names a person is shown as the caller says, in provenance, messages and errors', async () => {
  const server = await fakeSource();
  server.expect('GET /people/somebody?page=1', { json: { name: 'x' } });
  server.expect('GET /people/somebody?page=1', { status: 404 });
  const { http } = clientOf(server);
  const options = { shown: '/people/ID', query: { page: 1 } };
  const shown = `${server.url}/people/ID?page=1`;
  expect((await http.json('/people/somebody', Named, options)).url).toBe(shown);
  const { message, request } = await failureOf(http.bytes('/people/somebody', options));
  expect([message, request?.url]).toEqual([`GET ${shown} answered 404`, `${server.url}/people/ID?page=…`]);
});
