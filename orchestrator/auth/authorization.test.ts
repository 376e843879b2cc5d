import type { OAuth } from '@tidemill/kit';
import { expect, it } from 'vitest';
import { type Authorization, authorizationUrl, checkGranted, codeIn, codePasted } from './authorization.ts';

const oauth: OAuth = {
  authorizeUrl: 'https://accounts.example/authorize?v=2',
  tokenUrl: 'https://accounts.example/token',
  credentials: { clientId: 'ID', clientSecret: 'SECRET', refreshToken: 'REFRESH' },
  clientAuthentication: 'body',
  rotation: 'always',
  pkce: 'none',
  scopeSeparator: ',',
};
const authorization: Authorization = {
  state: 'state-of-this-sign-in',
  verifier: 'v'.repeat(43),
  service: 'acme',
  oauth,
  credentials: { ID: 'my id', SECRET: 'my secret' },
  redirectUri: 'http://127.0.0.1:8898/callback',
  scopes: [],
  authUrl: undefined,
};

it('asks for no more than is declared: no empty scope, no challenge where the service refuses one, no secret', () => {
  const url = authorizationUrl(authorization);
  expect(url.href).toMatch(/^https:\/\/accounts\.example\/authorize\?v=2&/);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    v: '2',
    response_type: 'code',
    client_id: 'my id',
    redirect_uri: 'http://127.0.0.1:8898/callback',
    state: 'state-of-this-sign-in',
  });
});

it('takes a code that was pasted alone only where it is bound to this process', () => {
  const bound = { ...authorization, oauth: { ...oauth, pkce: 'S256' as const } };
  expect(codePasted(' code-1\n', bound)).toEqual({ code: 'code-1', scopes: undefined });
  expect(() => codePasted('code-1', authorization)).toThrow('This is not the address');
  const address = `${authorization.redirectUri}?state=${authorization.state}&code=code-1&scope=read,write`;
  expect(codePasted(address, authorization)).toEqual({ code: 'code-1', scopes: ['read', 'write'] });
});

it('repeats nothing that an answer says but a word of the standard', () => {
  const said = (error: string): URL =>
    new URL(`${authorization.redirectUri}?state=${authorization.state}&error=${encodeURIComponent(error)}`);
  expect(() => codeIn(said('access_denied'), authorization)).toThrow('it answered access_denied');
  expect(() => codeIn(said('<b>Call us: 555</b>'), authorization)).toThrow('it answered an error');
});

it('notices unticked boxes, also beside scopes that nobody asked for', () => {
  const asked = ['read', 'write'];
  expect(() => checkGranted('acme', asked, ['read'])).toThrow('acme was not allowed to: write');
  expect(() => checkGranted('acme', asked, [])).toThrow('read, write');
  expect(() => checkGranted('acme', asked, ['read', 'more'])).toThrow('acme was not allowed to: write');
  for (const granted of [undefined, asked, [...asked, 'more']])
    expect(() => checkGranted('acme', asked, granted)).not.toThrow();
});
