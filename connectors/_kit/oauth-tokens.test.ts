import { expect, it } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { fakeSource } from '../../test/fakes/http-client.ts';
import type { Reply } from '../../test/fakes/http-server.ts';
import { movedTo, type OAuth, openTokenHttp, type TokenAnswer, tokensOf } from './index.ts';

const credentials = { ID: 'my id', SECRET: 'a:b/c', REFRESH: 'refresh-1' };
const declared: OAuth = {
  authorizeUrl: 'https://accounts.example/authorize',
  tokenUrl: 'https://accounts.example/api/token',
  credentials: { clientId: 'ID', clientSecret: 'SECRET', refreshToken: 'REFRESH' },
  clientAuthentication: 'basic',
  rotation: 'sometimes',
  pkce: 'S256',
  scopeSeparator: ' ',
};

/** One refresh, as `oauth` declares it; what was asked, and what came of it. */
async function refresh(reply: Reply, oauth: Partial<OAuth> = {}) {
  const server = await fakeSource();
  server.expect('POST /api/token', reply);
  const clock = fakeClock('2026-11-21T06:00:00Z');
  const url = movedTo(declared.tokenUrl, server.url);
  const http = openTokenHttp(url, { service: 'acme', clock, random: () => 0, secrets: Object.values(credentials) });
  const tokens = tokensOf({ oauth: { ...declared, ...oauth } });
  const answer = tokens?.refresh('refresh-1', { credentials, url, baseUrl: undefined, http, now: clock.now() });
  const settled = await Promise.allSettled([answer as Promise<TokenAnswer>]);
  await http.close();
  const [request] = server.requests;
  return { outcome: settled[0], headers: request?.headers ?? {}, form: new URLSearchParams(request?.body) };
}

const fine = { json: { access_token: 'access-1', token_type: 'Bearer', expires_in: 3600 } };

it('proves who the client is by Basic, form-encoded', async () => {
  const { headers, form } = await refresh(fine);
  expect(headers['authorization']).toBe(`Basic ${btoa('my%20id:a%3Ab%2Fc')}`);
  expect(Object.fromEntries(form)).toEqual({ grant_type: 'refresh_token', refresh_token: 'refresh-1' });
});

it('proves who the client is in the body, or only says it where there is no secret', async () => {
  const inBody = await refresh(fine, { clientAuthentication: 'body' });
  expect(inBody.headers['authorization']).toBeUndefined();
  expect(Object.fromEntries(inBody.form)).toMatchObject({ client_id: 'my id', client_secret: 'a:b/c' });
  const { form } = await refresh(fine, { credentials: { clientId: 'ID', refreshToken: 'REFRESH' } });
  expect([form.get('client_id'), form.get('client_secret')]).toEqual(['my id', null]);
});

it.each<[object, object]>([
  [
    { expires_in: 60, refresh_token: 'refresh-2' },
    { refresh: 'refresh-2', expiresAt: new Date('2026-11-21T06:01:00Z') },
  ],
  [{ expires_in: '60', refresh_token: null }, { expiresAt: new Date('2026-11-21T06:01:00Z') }],
  [{ scope: 'read,activity:read_all write' }, { scopes: ['read', 'activity:read_all', 'write'] }],
  [{}, {}],
  // What is odd beside the tokens is no reason to lose them.
  ...[1e300, 1e13, 0, -60, 'soon', '', [], {}].map((expires_in): [object, object] => [
    { expires_in, refresh_token: 'refresh-2' },
    { refresh: 'refresh-2' },
  ]),
  [{ scope: ['read'], refresh_token: 'refresh-2' }, { refresh: 'refresh-2' }],
  [{ refresh_token: '' }, {}],
])('reads %j', async (answered, expected) => {
  const { outcome } = await refresh({ json: { access_token: 'access-1', ...answered } });
  expect(outcome).toEqual({ status: 'fulfilled', value: { access: 'access-1', ...expected } });
});

it('takes the declared lifetime where the answer says none', async () => {
  const { outcome } = await refresh({ json: { access_token: 'access-1' } }, { accessTokenSeconds: 600 });
  expect(outcome).toMatchObject({ value: { expiresAt: new Date('2026-11-21T06:10:00Z') } });
});

it.each<[Reply, object]>([
  [
    { status: 400, json: { error: 'invalid_grant' } },
    { kind: 'auth', code: 'oauth-grant', hint: 'Sign in again: npx tidemill auth acme' },
  ],
  [
    { status: 401, json: { message: 'Bad Request', errors: [] } },
    { kind: 'auth', code: 'oauth-grant' },
  ],
  [
    { status: 400, json: { error: 'unauthorized_client' } },
    { kind: 'auth', code: 'oauth-client' },
  ],
  [
    { status: 400, json: { error: 'invalid_request' } },
    { kind: 'source-changed', code: 'oauth-request' },
  ],
  [
    { status: 403, body: '<html>' },
    { kind: 'auth', code: 'http-forbidden' },
  ],
  [{ fault: 'reset' }, { kind: 'transient' }],
  [{ status: 500 }, { kind: 'transient' }],
  [{ status: 302, headers: { location: '/login' } }, { kind: 'source-changed' }],
  [{ json: { access_token: '' } }, { kind: 'source-changed' }],
])('fails with %j, after one request', async (reply, expected) => {
  const { outcome } = await refresh(reply);
  expect(outcome).toMatchObject({ status: 'rejected', reason: expected });
  const { message } = (outcome as PromiseRejectedResult).reason;
  for (const secret of Object.values(credentials)) expect(message).not.toContain(secret);
});

it('moves an address to another host, before its path', () => {
  const address = 'https://accounts.example/api/token?v=2';
  expect(movedTo(address, undefined)).toBe(address);
  expect(movedTo(address, 'http://127.0.0.1:8080')).toBe('http://127.0.0.1:8080/api/token?v=2');
  expect(movedTo(address, 'http://127.0.0.1:8080/auth/')).toBe('http://127.0.0.1:8080/auth/api/token?v=2');
});
