import { expect, onTestFinished, test } from 'vitest';
import { startFakeHttp } from './http-server.ts';

async function started() {
  const server = await startFakeHttp();
  onTestFinished(() => server.close());
  return server;
}

test('an unexpected request gets 501 and fails the verification', async () => {
  const server = await started();
  server.expect('GET /x?a=1&b=2', { json: 1 });
  expect((await fetch(`${server.url}/x?b=2&a=1`)).status).toBe(200);
  server.verify();
  for (const target of ['/x?a=1&b=2', '/x?a=1', '/y']) expect((await fetch(`${server.url}${target}`)).status).toBe(501);
  expect(() => server.verify()).toThrow('unexpected requests: GET /x?a=1&b=2, GET /x?a=1, GET /y;');
});

test('an expected request that never came fails the verification', async () => {
  const server = await started();
  server.expect('POST /x', { status: 204 });
  server.expect('GET /x', { status: 204 });
  await fetch(`${server.url}/x`);
  expect(() => server.verify()).toThrow('expected ones that never came: POST /x');
});

test('of several that fit the oldest unused one answers, and a reply may look at its request', async () => {
  const server = await started();
  server.expect('POST /x', { status: 503 });
  server.expect('POST /x', ({ body, query }) => ({ json: { body, query } }));
  const post = () => fetch(`${server.url}/x`, { method: 'POST', body: 'a=1' });
  expect((await post()).status).toBe(503);
  expect(await (await post()).json()).toEqual({ body: 'a=1', query: {} });
});
