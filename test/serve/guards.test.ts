/** Who may ask, and what a request may be. */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../orchestrator/server/listen.ts';
import { raw, statusIn } from './raw.ts';
import { served } from './served.ts';

const TOKEN = 'a-token-of-this-test-1234';
const env = { TIDEMILL_SERVE_TOKEN: TOKEN };

describe('a server with a token', () => {
  it.each([
    ['none', {}],
    ['another one', { authorization: 'Bearer another-token-of-this-te' }],
    ['the beginning of it', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['more than it', { authorization: `Bearer ${TOKEN}x` }],
    ['it in another scheme', { authorization: `Basic ${TOKEN}` }],
    ['it as a password', { authorization: `Basic ${btoa(`x:${TOKEN}`)}` }],
    ['nothing behind the scheme', { authorization: 'Bearer ' }],
  ])('refuses %s', async (_, headers) => {
    const { get, post } = await served({ env });
    for (const answer of [
      await get('/api/v1/jobs', headers as Record<string, string>),
      await get('/openapi.json', headers as Record<string, string>),
      await get('/nowhere', headers as Record<string, string>),
      await post('/api/v1/jobs/shop_orders/pause', {}, headers as Record<string, string>),
    ]) {
      expect(answer).toMatchObject({ status: 401, body: { error_code: 'token-wrong' } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('answers who sends it, by any name of the machine, and tells everybody that it is there', async () => {
    const here = await served({ env });
    expect((await here.get('/api/v1/jobs', { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    expect((await here.get('/api/v1/jobs', { authorization: `bearer ${TOKEN}` })).status).toBe(200);
    expect((await here.get('/health')).status).toBe(200);
    const named = `GET /health HTTP/1.1\r\nHost: tidemill.example\r\nConnection: close\r\n\r\n`;
    expect(statusIn(await raw(here, named))).toBe(200);
  });

  it('never says it: in no answer, and in no line of its log', async () => {
    const { get, post, log } = await served({ env });
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { body: broken } = await post('/api/v1/jobs/shop_orders/pause', { [TOKEN]: TOKEN }, headers);
    const { body: unknown } = await get(`/api/v1/jobs/${TOKEN}`, headers);
    await get(`/${TOKEN}?${TOKEN}=${TOKEN}`, headers);
    expect([broken.error_code, unknown.error_code]).toEqual(['request-invalid', 'unknown-job']);
    expect(JSON.stringify([broken, unknown, log])).not.toContain(TOKEN);
    expect(unknown.message).toContain('***');
  });
});

describe('a server for this machine alone', () => {
  it.each([
    'tidemill.example',
    'evil.example:8080',
    '192.168.0.7',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '',
  ])('refuses a request for %j, where a name of another may lead here', async (name) => {
    const here = await served();
    const answer = await raw(here, `GET /api/v1/jobs HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`);
    expect([400, 421]).toContain(statusIn(answer));
    expect(answer).not.toContain('shop_orders');
  });

  it.each(['localhost', 'LOCALHOST:8080', '127.0.0.1:1', '[::1]:8080'])('answers a request for %s', async (name) => {
    const here = await served();
    expect(statusIn(await raw(here, `GET /api/v1/jobs HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`))).toBe(
      200,
    );
  });

  it('takes the name of the address in the first line for no better one', async () => {
    const here = await served();
    const lines = 'GET http://localhost/api/v1/jobs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
    expect(statusIn(await raw(here, lines))).toBe(421);
  });

  it('lets no page of another origin read, and answers no question of a browser before it writes', async () => {
    const { url } = await served();
    const origin = 'https://evil.example';
    const read = await fetch(`${url}/api/v1/jobs`, { headers: { origin } });
    expect([...read.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    const headers = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const asked = await fetch(`${url}/api/v1/jobs/shop_orders/pause`, { method: 'OPTIONS', headers });
    expect(asked.status).toBe(405);
    expect([...asked.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    '',
  ])('changes nothing by a body of %j, which a page could send unasked', async (type) => {
    const { url, get } = await served();
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
    const body = new TextEncoder().encode('{"reason":"forged"}');
    const answer = await fetch(`${url}/api/v1/jobs/shop_orders/pause`, { method: 'POST', headers, body });
    expect([answer.status, ((await answer.json()) as { error_code: string }).error_code]).toEqual([
      415,
      'content-type',
    ]);
    expect((await get('/api/v1/jobs/shop_orders')).body.paused).toBeUndefined();
  });
});

describe('a request', () => {
  const post = (more: string): string =>
    `POST /api/v1/jobs/shop_orders/pause HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${more}`;

  it('with a body that is too large is refused before it is read', async () => {
    const here = await served();
    const answer = await raw(here, post('Content-Length: 262145\r\n\r\n'), '{"reason":"');
    expect([statusIn(answer), answer]).toEqual([413, expect.stringContaining('request-too-large')]);
  });

  it.each(['', '{', '{"reason":'])('with the body %j is told what to send', async (body) => {
    const { url } = await served();
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/api/v1/jobs/shop_orders/resume`, { method: 'POST', headers, body });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error_code: 'request-unreadable', recovery_suggestion: expect.stringContaining('{}') },
    ]);
  });

  it('with a body of no said length is refused', async () => {
    const here = await served();
    const answer = await raw(here, post('Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'));
    expect([statusIn(answer), answer]).toEqual([411, expect.stringContaining('length-missing')]);
  });

  it.each(['{', '{"reason":', 'null', '[]', '"x"', '{"reason":1}', '{"confirmed":true}', ''])(
    'with the body %j is not understood',
    async (body) => {
      const { url, get } = await served();
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/api/v1/jobs/shop_orders/pause`, { method: 'POST', headers, body });
      expect([answer.status, await answer.json()]).toEqual([
        400,
        expect.objectContaining({
          error_category: 'request',
          recovery_suggestion: expect.stringMatching(/`GET \/openapi.json` says what|^Send one JSON object/),
        }),
      ]);
      expect((await get('/api/v1/jobs/shop_orders')).body.paused).toBeUndefined();
    },
  );

  it.each([
    '/api/v1/jobs/..%2F..%2Fetc%2Fpasswd',
    '/api/v1/jobs/%2e%2e',
    '/api/v1/jobs/..%5C..%5Cx',
    '/api/v1/jobs/shop_orders%00',
    '/api/v1/jobs/%ff',
    '/api/v1/runs/..%2F..%2Fstate%2Fshop_orders',
    '/api/v1/runs/%2e%2e%2fstate',
    '/api/v1/../../etc/passwd',
    `/api/v1/jobs/${'a'.repeat(200)}`,
  ])('for %s leads nowhere', async (path) => {
    const here = await served();
    const answer = await raw(here, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect([400, 404]).toContain(statusIn(answer));
    expect(answer).toContain('"status":"error"');
  });

  it.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['a length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['an odd coding', 'Transfer-Encoding: identity, chunked, identity\r\n\r\n{}'],
    ['a negative length', 'Content-Length: -1\r\n\r\n'],
    ['a length of letters', 'Content-Length: 2e1\r\n\r\n{}'],
    ['a header that goes on', 'X: a\r\n b\r\nContent-Length : 2\r\n\r\n{}'],
    ['a bare line feed', 'Content-Length: 2\nX: y\r\n\r\n{}'],
  ])('with %s is refused, and nothing behind it is taken for another', async (_, rest) => {
    const here = await served();
    const hidden = 'GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const answer = await raw(here, post(rest), hidden);
    expect([400, 411]).toContain(statusIn(answer));
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(answer).not.toContain('"jobs"');
  });

  it('with headers that are too large is refused', async () => {
    const here = await served();
    const answer = await raw(here, `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect([statusIn(answer), answer]).toEqual([431, expect.stringContaining('headers-too-large')]);
  });

  it.each([
    ['headers', 'GET /health HTTP/1.1\r\nHost: local'],
    ['a body', post('Content-Length: 20\r\n\r\n{"reason"')],
  ])('whose %s do not come to an end is given up', async (_, half) => {
    const limits = { ...LIMITS, headersMs: 100, requestMs: 200, checkMs: 20 };
    const here = await served({ limits });
    const answer = await raw(here, half);
    expect([statusIn(answer), answer]).toEqual([408, expect.stringContaining('request-slow')]);
    expect((await here.get('/api/v1/jobs/shop_orders')).body.paused).toBeUndefined();
  });
});
