import { expect, test } from 'vitest';
import { z } from 'zod';
import { clientOf, failureOf, fakeSource } from '../../test/fakes/http-client.ts';
import { createHttp } from './create-http.ts';
import type { Classify } from './http.ts';
import { parseLine, recordsHere } from './lines.ts';

const Named = z.object({ name: z.string() });

test('resolves paths below the base URL and never onto another host', () => {
  const clock = { now: () => new Date(0), sleep: async () => {} };
  const http = createHttp({ baseUrl: 'https://api.example/v1/', clock, random: Math.random });
  expect(http.resolve('/me').href).toBe('https://api.example/v1/me');
  expect(http.resolve('me/tracks?limit=2').href).toBe('https://api.example/v1/me/tracks?limit=2');
  expect(http.resolve('', { a: 1 }).href).toBe('https://api.example/v1?a=1');
  expect(http.resolve('//evil.example/x').origin).toBe('https://api.example');
  expect(http.resolve('/\\evil.example/x').origin).toBe('https://api.example');
  expect(http.resolve('@evil.example/x').origin).toBe('https://api.example');
  expect(http.resolve('https://files.example/x').href).toBe('https://files.example/x');
  expect(http.resolve('/x', { ids: [1, 2n], on: true, from: undefined, to: null }).search).toBe('?ids=1&ids=2&on=true');
});

test.each(['not a url', 'ftp://api.example', 'https://me:pass@api.example', 'https://api.example/?key=1'])(
  'refuses %s as a base URL without repeating it',
  (baseUrl) => {
    const clock = { now: () => new Date(0), sleep: async () => {} };
    const open = () => createHttp({ baseUrl, clock, random: Math.random });
    expect(open).toThrow(expect.objectContaining({ kind: 'config', code: 'base-url' }));
    expect(open).not.toThrow(baseUrl);
  },
);

test('answers the checked value, the record as it was written, and where it comes from', async () => {
  const server = await fakeSource();
  server.expect('GET /v1/me?access_token=s3cret-token&market=DE', {
    headers: { 'content-type': 'application/json', etag: '"1"' },
    body: '{"name":"a","id":9007199254740993,"more":true}',
  });
  const { http } = clientOf(server, { baseUrl: `${server.url}/v1` });
  const answer = await http.json('/me', Named, { query: { access_token: 's3cret-token', market: 'DE' } });
  expect(answer.value).toEqual({ name: 'a' });
  expect(parseLine(answer.line)).toEqual({ name: 'a', id: 9007199254740993n, more: true });
  expect(answer).toMatchObject({ status: 200, url: `${server.url}/v1/me?access_token=***&market=DE` });
  expect(answer.headers['etag']).toBe('"1"');
});

test('answers records as they were written, each on one line, and checks what holds them together', async () => {
  const server = await fakeSource();
  const body = '\ufeff{ "page": {"items":\r\n[ {"id" : 1.0,\n\t"id": 1e400}, "\\u00e9" ]}, "rest": [] ,"next":\n"t"}\n';
  server.expect('GET /list', { body });
  const { http } = clientOf(server);
  const List = z.object({ page: z.object({ items: recordsHere() }), next: z.string() });
  const { value, line, lines } = await http.json('/list', List, { records: ['page.items', 'rest', 'none'] });
  expect(value).toEqual({ page: { items: [] }, next: 't' });
  const texts = Object.entries(lines).map(([path, all]) => [path, all.map((each) => Buffer.from(each).toString())]);
  expect(texts).toEqual([
    ['page.items', ['{"id" : 1.0, \t"id": 1e400}', '"\\u00e9"']],
    ['rest', []],
    ['none', []],
  ]);
  expect(Buffer.from(line).toString()).toBe(body.trim().replace(/[\r\n]/g, ' '));
});

test('a record that is not UTF-8 is no reason to refuse the others; an envelope is', async () => {
  const server = await fakeSource();
  const { http } = clientOf(server);
  server.expect('GET /list', { body: Buffer.from('["é",1]', 'latin1') });
  const { lines } = await http.json('/list', recordsHere(), { records: [''] });
  expect(lines[''].map((each) => Buffer.from(each).toString('latin1'))).toEqual(['"é"', '1']);
  server.expect('GET /named', { body: Buffer.from('{"items":[],"name":"é"}', 'latin1') });
  expect(await failureOf(http.json('/named', Named, { records: ['items'] }))).toMatchObject({ code: 'not-utf8' });
});

test('sends forms and JSON as POST', async () => {
  const server = await fakeSource();
  server.expect('POST /sync', { json: { name: 'form' } });
  server.expect('POST /query', { json: { name: 'json' } });
  server.expect('PUT /query', { json: { name: 'put' } });
  const { http } = clientOf(server);
  await http.json('/sync', Named, { form: { sync_token: '*', types: '["a b"]' } });
  await http.json('/query', Named, { json: { id: 9007199254740993n }, headers: { 'X-Version': '2' } });
  await http.json('/query', Named, { method: 'PUT', json: 1, headers: { 'Content-Type': 'application/vnd.x+json' } });
  const [form, json, put] = server.requests;
  expect(form?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(Object.fromEntries(new URLSearchParams(form?.body))).toEqual({ sync_token: '*', types: '["a b"]' });
  expect(json?.headers).toMatchObject({ 'content-type': 'application/json', 'x-version': '2' });
  expect(json?.body).toBe('{"id":9007199254740993}');
  expect(put?.headers['content-type']).toBe('application/vnd.x+json');
});

test.each([204, 304, 404])('an accepted %i is an answer without a value', async (status) => {
  const server = await fakeSource();
  server.expect('GET /player', { status, ...(status === 404 ? { body: 'gone' } : {}) });
  const { http } = clientOf(server);
  const answer = await http.json('/player', Named, { accept: [204, 304, 404] });
  const text = status === 404 ? 'gone' : '';
  expect(answer).toMatchObject({ status, text, value: undefined, line: undefined, lines: undefined });
});

test.each([
  [401, 'auth', 'http-unauthorized'],
  [403, 'auth', 'http-forbidden'],
  [400, 'source-changed', 'http-status'],
  [404, 'source-changed', 'http-status'],
  [410, 'source-changed', 'http-status'],
  [501, 'source-changed', 'http-status'],
  [304, 'source-changed', 'http-status'],
])('%i is %s and not tried again', async (status, kind, code) => {
  const server = await fakeSource();
  server.expect('GET /x', { status });
  const { http } = clientOf(server);
  expect(await failureOf(http.json('/x', Named))).toMatchObject({
    kind,
    code,
    message: `GET ${server.url}/x answered ${status}`,
  });
});

const private_ = 'Zoe <zoe@example.org>';
test.each([
  [
    'a page instead of JSON',
    { body: `<html>${private_}</html>`, headers: { 'content-type': 'text/html' } },
    'not-json',
  ],
  ['half a JSON text', { body: `{"name": "${private_}` }, 'not-json'],
  ['nothing', { status: 204 }, 'not-json'],
  ['bytes that are no UTF-8', { body: Uint8Array.of(0x22, 0xff, 0x22) }, 'not-utf8'],
  ['another shape', { json: { name: [private_] } }, 'schema-mismatch'],
])('%s is a source that changed, and its contents stay out of the error', async (_, reply, code) => {
  const server = await fakeSource();
  server.expect('GET /x', reply);
  const { http } = clientOf(server);
  const error = await failureOf(http.json('/x', Named));
  expect(error).toMatchObject({ kind: 'source-changed', code });
  expect(error.cause).toBeUndefined();
  expect(JSON.stringify([error.message, error.hint])).not.toContain('oe');
});

test('a mismatch names the field and what was expected', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { json: { items: [{ track: { id: '1' } }, { track: { id: 2 } }] } });
  const { http } = clientOf(server);
  const Items = z.object({ items: z.array(z.object({ track: z.object({ id: z.string() }) })) });
  const error = await failureOf(http.json('/x', Items));
  expect(error.message).toMatch(/items\[1\]\.track\.id: invalid_type \(expected string\)$/);
});

test.each([
  ['announced', { json: { name: 'x'.repeat(2000) } }],
  ['unannounced', { headers: { 'transfer-encoding': 'chunked' }, json: { name: 'x'.repeat(2000) } }],
])('an %s answer beyond the limit is refused', async (_, reply) => {
  const server = await fakeSource();
  server.expect('GET /x', reply);
  const { http } = clientOf(server, { maxBytes: 1000 });
  expect(await failureOf(http.json('/x', Named))).toMatchObject({ kind: 'source-changed', code: 'http-too-large' });
});

const throttled: Classify = ({ status, text, headers, now }) => {
  if (status === 403 && text.includes('rateLimitExceeded'))
    return { kind: 'quota', code: 'vendor-quota', message: 'the quota of key-12345 is used up' };
  if (status === 200 && text.includes('status-code'))
    return { kind: 'quota', code: 'vendor-quota', message: 'throttled with 200' };
  if (headers['x-window'] !== undefined)
    return {
      kind: 'quota',
      code: 'vendor-quota',
      message: 'window',
      retryAfterSeconds: 900 - ((now.getTime() / 1000) % 900),
    };
  return undefined;
};

test('a vendor hook sorts what the status alone does not say', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { status: 403, body: 'rateLimitExceeded' });
  server.expect('GET /x', { json: { error: { 'status-code': '429' } } });
  server.expect('GET /x', { json: { name: 'a' } });
  const { http, clock } = clientOf(server, { classify: throttled });
  expect((await http.json('/x', Named)).value).toEqual({ name: 'a' });
  expect(clock.slept).toEqual([250, 500]);
});

test('the hook may compute the wait, is heard before accept, and cannot leak a secret', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { status: 429, headers: { 'x-window': '1' } });
  server.expect('GET /y', { status: 403, body: 'rateLimitExceeded' });
  const { http, clock } = clientOf(server, { classify: throttled, secrets: ['key-12345'], retries: 0 });
  expect(await failureOf(http.json('/x', Named))).toMatchObject({ kind: 'quota', retryAfterSeconds: 900 });
  expect(await failureOf(http.json('/y', Named, { accept: [403] }))).toMatchObject({
    code: 'vendor-quota',
    message: 'the quota of *** is used up',
  });
  expect(clock.slept).toEqual([]);
});

test('secrets are in no message and no provenance, wherever in the URL they stand', async () => {
  const server = await fakeSource();
  server.expect('GET /bot12345:abcdef/me', { json: { name: 'a' } });
  server.expect('GET /bot12345:abcdef/me?q=12345%3Aabcdef', { status: 400 });
  const { http } = clientOf(server, { secrets: ['12345:abcdef'] });
  expect((await http.json('/bot12345:abcdef/me', Named)).url).toBe(`${server.url}/bot***/me`);
  const error = await failureOf(http.json('/bot12345:abcdef/me', Named, { query: { q: '12345:abcdef' } }));
  expect(error.message).toBe(`GET ${server.url}/bot***/me?q=*** answered 400`);
});
