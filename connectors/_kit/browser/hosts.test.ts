import { describe, expect, it } from 'vitest';
import { hostRules } from './hosts.ts';

const rules = hostRules(new URL('https://shop.example/de'), ['cdn.example', '*.api.example']);

describe('hosts that may be reached', () => {
  it.each([
    'https://shop.example/x?y#z',
    'wss://shop.example:8443/',
    'https://cdn.example',
    'https://v2.api.example/',
    'https://a.b.api.example/',
    'data:text/html,x',
    'about:blank',
    'blob:https://shop.example/1',
  ])('are the declared ones: %s', (url) => expect(rules.allows(url)).toBe(true));

  it.each([
    'https://shop.example.evil.example/',
    'https://evilshop.example/',
    'https://www.shop.example/',
    'https://api.example/',
    'https://evil-api.example/',
    'https://shop.example@evil.example/',
    // In plain text, of a service that is not.
    'http://shop.example/',
    'ws://cdn.example/',
    'file:///etc/passwd',
    'chrome://version',
    'no address',
  ])('are no others: %s', (url) => expect(rules.allows(url)).toBe(false));

  it('are all in plain text where the service is', () => {
    expect(hostRules(new URL('http://[::1]:8080'), []).allows('http://[::1]:9/')).toBe(true);
  });

  it('are what cookies may be sent to', () => {
    expect(['shop.example', '.shop.example', '.v2.api.example', '.api.example'].map(rules.covers)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['other.example', 'notshop.example'].map(rules.covers)).toEqual([false, false]);
  });

  it('are told to Chromium, which finds no others', () => {
    expect(rules.resolverRules).toBe(
      'MAP * ~NOTFOUND , EXCLUDE shop.example , EXCLUDE cdn.example , EXCLUDE *.api.example',
    );
  });

  it.each(['https://cdn.example', 'CDN.example', 'cdn.example:8080', '*', '*.example', 'a b', 'x , EXCLUDE *', ''])(
    'are refused as "%s"',
    (host) => expect(() => hostRules(new URL('https://shop.example'), [host])).toThrow(/not the name of a host/),
  );
});
