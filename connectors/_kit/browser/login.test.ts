import { describe, expect, it } from 'vitest';
import { hostRules } from './hosts.ts';
import { browserLogin, maskLogin, readLogin } from './login.ts';

const NOW = new Date('2026-11-21T06:00:00Z');
const cookie = (fields: object) => ({
  name: 'sid',
  value: 'value-of-the-session',
  path: '/',
  expires: -1,
  httpOnly: true,
  secure: true,
  sameSite: 'Lax',
  ...fields,
});
const stored = (origin: string) => ({ origin, localStorage: [{ name: 'token', value: 'a "token" of the page' }] });
const STATE = {
  cookies: [
    cookie({ domain: '.shop.example' }),
    cookie({ domain: 'ads.example', value: 'seen-everywhere' }),
    cookie({ domain: 'shop.example', name: 'old', expires: 1_700_000_000 }),
  ],
  origins: [stored('https://shop.example'), stored('https://ads.example'), stored('http://shop.example')],
};
const read = (state: unknown) =>
  readLogin(typeof state === 'string' ? state : JSON.stringify(state), {
    credential: 'SHOP_LOGIN',
    rules: hostRules(new URL('https://shop.example'), []),
    url: 'https://shop.example',
    now: NOW,
  });

describe('a login of a browser', () => {
  it('is handed to the hosts that may be reached, without what has expired; its values are secrets', () => {
    const { state, secrets } = read(STATE);
    expect(state.cookies.map(({ name, domain }) => [name, domain])).toEqual([['sid', '.shop.example']]);
    expect(state.origins.map(({ origin }) => origin)).toEqual(['https://shop.example']);
    expect(secrets).toEqual(['value-of-the-session', 'a "token" of the page']);
  });

  it.each([
    ['no JSON', '{"cookies":', 'login-invalid'],
    ['something else', { cookies: 'none' }, 'login-invalid'],
    ['nothing of these hosts', { ...STATE, cookies: [STATE.cookies[1]], origins: [] }, 'login-invalid'],
    ['nothing that lives', { ...STATE, cookies: [STATE.cookies[2]], origins: [] }, 'login-expired'],
    [
      'more than GitHub takes',
      { ...STATE, cookies: [cookie({ domain: 'shop.example', value: 'x'.repeat(49_200) })] },
      'login-invalid',
    ],
  ])('that is %s is of no use, and none of it is told', (_, state, code) => {
    const refused = expect.objectContaining({
      kind: 'auth',
      code,
      message: expect.not.stringMatching(/value-of|token/),
    });
    expect(() => read(state)).toThrow(refused);
  });

  it('is masked in texts as it is and as JSON and HTML have it, and nothing else is', () => {
    const { secrets } = read(STATE);
    const text =
      '<a href="?token=abc">Bearer abc</a> value-of-the-session "a \\"token\\" of the page" a &quot;token&quot; of the page';
    expect(maskLogin(text, secrets)).toBe('<a href="?token=abc">Bearer abc</a> *** "***" ***');
  });

  it('is taken over from a file, and of it what belongs to the source', () => {
    const { importTokens } = browserLogin({ credential: 'SHOP_LOGIN', url: 'https://shop.example/login' });
    const made = importTokens?.(JSON.stringify({ ...STATE, more: 'indexed' }), NOW)?.['SHOP_LOGIN'] ?? '';
    expect(JSON.parse(made).cookies.map(({ domain }: { domain: string }) => domain)).toEqual([
      '.shop.example',
      'shop.example',
    ]);
    expect(made).not.toContain('ads.example');
    expect(importTokens?.('{"oauth_token":"x"}', NOW)).toBeUndefined();
    expect(() => importTokens?.(JSON.stringify({ cookies: [], origins: [] }), NOW)).toThrow(/nothing of the hosts/);
  });
});
