/** Bodies: downloads and content encodings. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { clientOf, failureOf, fakeSource } from '../../test/fakes/http-client.ts';
import { collect } from './http-response.ts';

const Named = z.object({ name: z.string() });
const CSV = { headers: { 'content-type': 'text/csv; charset=utf-8' }, body: 'a,b\n1,2\n' };
const gzipped = (text: string) => ({ headers: { 'content-encoding': 'gzip' }, body: gzipSync(text) });

const textOf = async (body: AsyncIterable<Uint8Array>) => (await collect(body, Infinity)).bytes.toString();

test('a download keeps its bytes and says what they are', async () => {
  const server = await fakeSource();
  server.expect('GET /export?key=abc', CSV);
  server.expect('GET /blob', { body: Uint8Array.of(0, 255) });
  const { http } = clientOf(server);
  const csv = await http.bytes('/export', { query: { key: 'abc' }, types: ['text/csv'] });
  expect(csv).toMatchObject({ contentType: 'text/csv; charset=utf-8', url: `${server.url}/export?key=***` });
  expect(await textOf(csv.body)).toBe(CSV.body);
  const blob = await http.bytes('/blob');
  expect(blob.contentType).toBe('application/octet-stream');
  expect((await collect(blob.body, 10)).bytes).toEqual(Buffer.of(0, 255));
});

test('a page instead of the artifact is a source that changed', async () => {
  const server = await fakeSource();
  server.expect('GET /export', { headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' });
  const { http } = clientOf(server);
  expect(await failureOf(http.bytes('/export', { types: ['text/csv'] }))).toMatchObject({
    kind: 'source-changed',
    code: 'http-type',
  });
});

test('a download starts over until its first byte, and fails as transient after it', async () => {
  const server = await fakeSource();
  server.expect('GET /export', { status: 503 });
  server.expect('GET /export', { ...CSV, fault: 'truncate' });
  const { http } = clientOf(server);
  const { body } = await http.bytes('/export');
  expect(await failureOf(textOf(body))).toMatchObject({ kind: 'transient', code: 'http-connection' });
});

test('a download whose run is aborted ends at once', async () => {
  const server = await fakeSource();
  server.expect('GET /abort', { ...CSV, fault: 'stall-body' });
  const controller = new AbortController();
  const { http } = clientOf(server, { signal: controller.signal });
  const aborted = await http.bytes('/abort');
  const reading = failureOf(textOf(aborted.body));
  const reason = new Error('Ctrl-C');
  controller.abort(reason);
  expect(await reading).toBe(reason);
});

test('a download may be left early, and an accepted status brings an empty one', async () => {
  const server = await fakeSource();
  server.expect('GET /export', { ...CSV, fault: 'stall-body' });
  server.expect('GET /export', { status: 404, body: 'gone' });
  server.expect('GET /export', { status: 204 });
  const { http } = clientOf(server);
  for await (const chunk of (await http.bytes('/export')).body) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  for (const expected of [404, 204]) {
    const { status, body } = await http.bytes('/export', { accept: [204, 404], types: ['text/csv'] });
    expect([status, await textOf(body)]).toEqual([expected, '']);
  }
});

test('gzip is asked for and decoded', async () => {
  const server = await fakeSource();
  server.expect('GET /x', gzipped('{"name":"zipped"}'));
  server.expect('GET /x', { status: 204, headers: { 'content-encoding': 'gzip' } });
  const { http } = clientOf(server);
  expect((await http.json('/x', Named)).value).toEqual({ name: 'zipped' });
  expect((await http.json('/x', Named, { accept: [204] })).status).toBe(204);
  expect(server.requests[0]?.headers['accept-encoding']).toBe('gzip');
});

test('the size limit counts what comes out of gzip', async () => {
  const server = await fakeSource();
  server.expect('GET /x', gzipped(JSON.stringify({ name: 'x'.repeat(1_000_000) })));
  const { http } = clientOf(server, { maxBytes: 10_000 });
  expect((await failureOf(http.json('/x', Named))).code).toBe('http-too-large');
});

test.each([
  ['gzip that is none', { headers: { 'content-encoding': 'gzip' }, body: '{"name":"plain"}' }],
  ['an encoding nobody asked for', { headers: { 'content-encoding': 'br' }, body: 'x' }],
])('%s is never data', async (_, reply) => {
  const server = await fakeSource();
  server.expect('GET /x', reply);
  const { http } = clientOf(server);
  expect(await failureOf(http.json('/x', Named))).toMatchObject({ kind: 'source-changed', code: 'http-protocol' });
});

test('gzip that ends early is never data, and tried again', async () => {
  const server = await fakeSource();
  const early = { ...gzipped('{"name":"a"}'), body: gzipSync('{"name":"a"}').subarray(0, 15) };
  server.expect('GET /x', early);
  server.expect('GET /x', gzipped('{"name":"a"}'));
  server.expect('GET /dead', early);
  const { http } = clientOf(server);
  expect((await http.json('/x', Named)).value).toEqual({ name: 'a' });
  expect(await failureOf(http.json('/dead', Named, { retry: 'never' }))).toMatchObject({
    kind: 'transient',
    code: 'http-connection',
  });
});

test('a gzip body whose connection breaks is tried again', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { ...gzipped('{"name":"a"}'), fault: 'truncate' });
  server.expect('GET /x', gzipped('{"name":"a"}'));
  const { http } = clientOf(server);
  expect((await http.json('/x', Named)).value).toEqual({ name: 'a' });
});
