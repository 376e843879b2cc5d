import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type GarminFake, startGarmin } from '../../test/fakes/garmin.ts';
import { failureOf } from '../../test/fakes/http-client.ts';
import connector from './index.ts';

// The library writes what it meets to the console.
beforeEach(() => void ['log', 'error'].map((method) => vi.spyOn(console, method as 'log').mockReturnValue()));
afterEach(() => void vi.restoreAllMocks());

async function openGarmin(): Promise<GarminFake> {
  const garmin = await startGarmin('oauth1');
  onTestFinished(() => garmin.close());
  return garmin;
}

function signIn({ baseUrl, authUrl, credentials, signIn: account }: GarminFake, password = account.password) {
  const { signal } = new AbortController();
  return connector.signIn?.withPassword?.({
    credentials: { ...credentials, GARMIN_USERNAME: account.username, GARMIN_PASSWORD: password },
    baseUrl,
    authUrl,
    now: new Date('2026-11-21T06:00:00Z'),
    signal,
    ask: () => Promise.reject(new Error('nobody is there')),
  }) as Promise<Readonly<Record<string, string>>>;
}

describe('signing in with a password', () => {
  it('ends with tokens that runs can use, and hands over no password', async () => {
    const garmin = await openGarmin();
    const made = await signIn(garmin);
    expect(Object.keys(made)).toEqual(['GARMIN_TOKENS']);
    const { access } = connector.tokens?.read?.(made['GARMIN_TOKENS'] ?? '') ?? {};
    const headers = { authorization: `Bearer ${access}` };
    expect((await fetch(`${garmin.baseUrl}/userprofile-service/socialProfile`, { headers })).status).toBe(200);
    expect(JSON.stringify(made)).not.toContain(garmin.signIn.password);
  });

  it('that are wrong says so', async () => {
    expect(await failureOf(signIn(await openGarmin(), 'wrong'))).toMatchObject({
      kind: 'auth',
      code: 'garmin-sign-in',
    });
  });

  it.each([
    ['mfa', { kind: 'auth', code: 'garmin-mfa' }],
    ['turned-away', { kind: 'quota', code: 'garmin-turned-away' }],
  ] as const)('that ends with %s recommends the import', async (ending, expected) => {
    const garmin = await openGarmin();
    garmin.signIn.ending = ending;
    const failure = await failureOf(signIn(garmin));
    expect(failure).toMatchObject({ ...expected, hint: expect.stringContaining('garmin_tokens.json') });
    expect(`${failure.message} ${failure.hint}`).not.toContain(garmin.signIn.username);
  });

  it('without one asks for it', async () => {
    expect(await failureOf(signIn(await openGarmin(), ''))).toMatchObject({ kind: 'config', code: 'garmin-password' });
  });
});
