import { openTokenHttp, type RefreshContext, type TokenAnswer } from '@tidemill/kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { type GarminFake, startGarmin } from '../../test/fakes/garmin.ts';
import type { TokenKind } from '../../test/fakes/garmin-tokens.ts';
import { failureOf } from '../../test/fakes/http-client.ts';
import { authorize } from './answers.ts';
import { importTokens } from './token-set.ts';
import { tokens } from './tokens.ts';

const NOW = new Date('2026-11-21T06:00:00Z');

async function openGarmin(kind: TokenKind): Promise<GarminFake> {
  const garmin = await startGarmin(kind);
  onTestFinished(() => garmin.close());
  return garmin;
}

/** One refresh, as a run asks for it. */
async function refresh(garmin: GarminFake, held = garmin.credentials['GARMIN_TOKENS'] ?? ''): Promise<TokenAnswer> {
  const url = `${garmin.authUrl}/di-oauth2-service/oauth/token`;
  const http = openTokenHttp(url, { service: 'garmin', clock: fakeClock(NOW.toISOString()), random: () => 0.5 });
  const context: RefreshContext = { credentials: garmin.credentials, url, baseUrl: garmin.baseUrl, http, now: NOW };
  return tokens.refresh(held, context).finally(() => http.close());
}

const accepts = async (garmin: GarminFake, { access }: TokenAnswer): Promise<boolean> => {
  const headers = { authorization: `Bearer ${access}` };
  return (await fetch(`${garmin.baseUrl}/userprofile-service/socialProfile`, { headers })).ok;
};

describe('tokens of python-garminconnect', () => {
  it('are good as they are, until their access token is over', async () => {
    const garmin = await openGarmin('di');
    const answer = tokens.read?.(garmin.credentials['GARMIN_TOKENS'] ?? '');
    expect(answer?.expiresAt).toEqual(new Date('2030-01-01T00:00:00Z'));
    expect(await accepts(garmin, answer as TokenAnswer)).toBe(true);
  });

  it('are replaced as a whole by a refresh, which uses them up', async () => {
    const garmin = await openGarmin('di');
    const first = await refresh(garmin);
    expect(await accepts(garmin, first)).toBe(true);
    expect(first.expiresAt).toEqual(new Date(NOW.getTime() + 107_182_000));
    expect(Object.keys(JSON.parse(first.refresh ?? ''))).toEqual(['di_token', 'di_refresh_token', 'di_client_id']);
    expect(await failureOf(refresh(garmin))).toMatchObject({ kind: 'auth', code: 'oauth-grant' });
    expect(await accepts(garmin, await refresh(garmin, first.refresh))).toBe(true);
  });
});

it.each([1e300, 0, -1, '60', 'soon'])(
  'tokens are not lost because their answer says expires_in %j',
  async (expires_in) => {
    const garmin = await openGarmin('di');
    const reply = { access_token: 'access-2', refresh_token: 'refresh-2', expires_in };
    garmin.disturbTokens({ status: 200, body: JSON.stringify(reply), headers: { 'content-type': 'application/json' } });
    expect(JSON.parse((await refresh(garmin)).refresh ?? '')).toMatchObject({ di_refresh_token: 'refresh-2' });
  },
);

describe('tokens of garth and garmin-connect', () => {
  it('sign the exchange for an access token, again and again', async () => {
    const garmin = await openGarmin('oauth1');
    expect(tokens.read?.(garmin.credentials['GARMIN_TOKENS'] ?? '')).toBeUndefined();
    for (const _ of ['first', 'second']) {
      const answer = await refresh(garmin);
      expect(answer.refresh).toBeUndefined();
      expect(await accepts(garmin, answer)).toBe(true);
    }
  });

  it('sign what a second factor left behind, too', async () => {
    const garmin = await openGarmin('oauth1');
    const { oauth1 } = JSON.parse(garmin.credentials['GARMIN_TOKENS'] ?? '');
    const answer = await refresh(garmin, JSON.stringify({ oauth1: { ...oauth1, mfa_token: 'MFA-1 +/=' } }));
    expect(await accepts(garmin, answer)).toBe(true);
    expect(garmin.asides.at(-1)?.body).toBe('mfa_token=MFA-1+%2B%2F%3D');
  });

  it('are refused when they were revoked', async () => {
    const garmin = await openGarmin('oauth1');
    const old = garmin.credentials['GARMIN_TOKENS'];
    garmin.revokeTokens();
    expect(await failureOf(refresh(garmin, old))).toMatchObject({ kind: 'auth', code: 'oauth-grant' });
  });

  it('hold an access token for the first runs, if the file has one', () => {
    const oauth1 = { oauth_token: 'a', oauth_token_secret: 'b' };
    const oauth2 = { access_token: 'c', expires_at: 1_900_000_000.25 };
    expect(tokens.read?.(JSON.stringify({ oauth1, oauth2 }))).toEqual({
      access: 'c',
      expiresAt: new Date(1_900_000_000_250),
    });
  });
});

describe.each(['di', 'oauth1'] as const)('a refresh of %s tokens', (kind) => {
  it('comes from the app that asks for data', async () => {
    const garmin = await openGarmin(kind);
    const { access } = await refresh(garmin);
    const { authorization: _, ...app } = (await authorize({}, access)) as Record<string, string>;
    expect(garmin.asides.at(-1)?.headers).toMatchObject(app);
  });

  it.each([403, 429])('that is turned away with %i leaves them good', async (status) => {
    const garmin = await openGarmin(kind);
    garmin.disturbTokens({ status, headers: { 'content-type': 'text/html' }, body: '<html></html>' });
    expect(await failureOf(refresh(garmin))).toMatchObject({ kind: 'quota', code: 'garmin-turned-away' });
    expect(await accepts(garmin, await refresh(garmin))).toBe(true);
  });
});

it.each(['', 'garbage', '{}', '{"di_token":"a"}'])(
  'a GARMIN_TOKENS of %j names the command that makes one',
  async (held) => {
    const garmin = await openGarmin('di');
    const expected = { kind: 'config', code: 'garmin-tokens', hint: expect.stringContaining('tidemill auth garmin') };
    expect(await failureOf(refresh(garmin, held))).toMatchObject(expected);
  },
);

describe('an import', () => {
  const oauth1 = { oauth_token: 'o1', oauth_token_secret: 's1' };
  const oauth2 = { access_token: 'a2', expires_at: 1_900_000_000 };
  const mfa = { ...oauth1, mfa_token: null, mfa_expiration_timestamp: null, domain: 'garmin.com' };
  const exported = { ...oauth2, scope: 'x', jti: 'j', token_type: 'Bearer', refresh_token: 'r', expires_in: 1 };
  const jwt = (exp: number) => `x.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.x`;
  const di = (exp: Date) => ({ di_token: jwt(exp.getTime() / 1000), di_refresh_token: 'r', di_client_id: 'c' });
  const fresh = di(NOW);

  it.each([
    ['garmin_tokens.json of python-garminconnect', JSON.stringify(fresh, null, 2), fresh],
    ['oauth1_token.json of garth', JSON.stringify(mfa), { oauth1: { ...oauth1, mfa_token: null } }],
    ['oauth1_token.json of garmin-connect', JSON.stringify(oauth1), { oauth1 }],
    ['dumps() of garth', `${btoa(JSON.stringify([oauth1, exported]))}\n`, { oauth1, oauth2 }],
    ['exportToken() of garmin-connect', JSON.stringify({ oauth1, oauth2: exported }), { oauth1, oauth2 }],
    ['its own output', JSON.stringify({ oauth1, oauth2 }), { oauth1, oauth2 }],
  ])('takes %s', (_, text, set) => {
    const { GARMIN_TOKENS: made = '' } = importTokens(text, NOW) ?? {};
    expect(JSON.parse(made)).toEqual(set);
    expect(importTokens(made, NOW)).toEqual({ GARMIN_TOKENS: made });
  });

  it.each(['', 'hello', '{}', '[]', '{"access_token":"a"}', btoa('no tokens')])('does not take %j', (text) => {
    expect(importTokens(text, NOW)).toBeUndefined();
  });

  it('says what is missing beside an access token', () => {
    expect(() => importTokens(JSON.stringify(exported), NOW)).toThrow(
      expect.objectContaining({ kind: 'auth', code: 'garmin-tokens-partial' }),
    );
  });

  it('refuses tokens that nobody renewed for 30 days', () => {
    const month = 30 * 86_400_000;
    const old = JSON.stringify(di(new Date(NOW.getTime() - month - 1000)));
    expect(() => importTokens(old, NOW)).toThrow(expect.objectContaining({ kind: 'auth', code: 'garmin-tokens-old' }));
    expect(importTokens(JSON.stringify(di(new Date(NOW.getTime() - month + 1000))), NOW)).toBeDefined();
  });
});
