import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactText, redactUrl } from './redact.ts';

test.each([
  ['https://me:pa%40ss@api.example/v1?page=2', 'https://api.example/v1?page=2'],
  ['postgres://user:p@ss@db.example:5432/x', 'postgres://db.example:5432/x'],
  ['postgres://USER@HOST:PORT/DATABASE', 'postgres://USER@HOST:PORT/DATABASE'],
  ['postgres://USER@HOST/DATABASE', 'postgres://USER@HOST/DATABASE'],
  ['postgres://USER@HOST:PORT@db.example/x', 'postgres://db.example/x'],
  ['postgres://USER@HOST@db.example/x', 'postgres://db.example/x'],
  ['https://a.example/?access_token=abc&after=1', 'https://a.example/?access_token=***&after=1'],
  ['https://a.example/?after=1&API-Key=abc#section', 'https://a.example/?after=1&API-Key=***#section'],
  ['https://a.example/cb#access_token=abc&state=1', 'https://a.example/cb#access_token=***&state=1'],
  ['/relative?client_secret=a%20b', '/relative?client_secret=***'],
  ['https://a.example/x?token', 'https://a.example/x?token'],
  ['https://a.example/mail/me@example.org?a=1', 'https://a.example/mail/me@example.org?a=1'],
])('%s is shown as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown);
  expect(redactUrl(redactUrl(url))).toBe(shown);
});

test.each(
  `token key secret password code signature sig auth access_token client_secret apiKey apikey X-Amz-Signature
   X-Goog-Credential refreshToken pass%77ord oauth_token ticket filter[key] KEY`.split(/\s+/),
)('the parameter %s looks secret', (name) => {
  expect(redactUrl(`https://a.example/?${name}=abc`)).toBe(`https://a.example/?${name}=***`);
});

test.each('page limit after keyword author encoding codec signal cursor market fields tokenizer'.split(' '))(
  'the parameter %s does not',
  (name) => {
    expect(redactUrl(`https://a.example/?${name}=abc`)).toBe(`https://a.example/?${name}=abc`);
  },
);

test('URLs inside a text are redacted where they stand', () => {
  const text = 'GET https://me:pw@a.example/x?sig=abc&n=1, then {"next":"https://a.example/?n=2\\u0026key=abc"}';
  expect(redactText(text, [])).toBe(
    'GET https://a.example/x?sig=***&n=1, then {"next":"https://a.example/?n=2\\u0026key=***"}',
  );
});

test('the values of authorizations go, whatever they are', () => {
  expect(redactText('authorization: Bearer abc.def-1~2+3/4==, next', [])).toBe('authorization: Bearer ***, next');
  expect(redactText('{"Authorization":"Basic dXNlcjpwdw=="}', [])).toBe('{"Authorization":"Basic ***"}');
});

test('a secret goes in every form it may have taken', () => {
  const secret = 'pä"ss/wörd & \\ +%';
  const forms = [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    new URLSearchParams({ q: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
    JSON.stringify(secret).slice(1, -1).replaceAll('ä', '\\u00e4').replaceAll('ö', '\\u00f6'),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
  ];
  for (const form of forms) expect(redactText(`before ${form} after`, [secret])).toBe('before *** after');
});

test.each([
  ['a page', `a<b & "c"'d`, 'a&lt;b &amp; &quot;c&quot;&#39;d'],
  ['a page of another library', `a<b & "c"'d`, 'a&lt;b &amp; &#34;c&#34;&#x27;d'],
  ['XML', `a>b'c`, 'a&gt;b&apos;c'],
  ['JSON that is a text of JSON', 'pä"ss\\wörd', JSON.stringify(JSON.stringify('pä"ss\\wörd')).slice(3, -3)],
  ['JSON twice, without letters beyond ASCII', 'pä"ss/', 'p\\\\u00e4\\\\\\"ss/'],
])('a secret goes as it stands in %s', (_, secret, form) => {
  expect(redactText(`before ${form} after`, [secret])).toBe('before *** after');
});

test('base64 broken into lines does not hide it, wherever the breaks fall', () => {
  const secret = 'sk_live_51H8xQ2eZvKYlo2C0aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789abcdefghij';
  for (const gap of ['\n', '\r\n', '\n    ', '\\n', '\\r\\n']) {
    for (const [width, before] of [
      [76, ''],
      [64, 'user:'],
      [19, 'ab'],
      [1, ''],
    ] as const) {
      const lines = Buffer.from(`${before}${secret} and more of it`)
        .toString('base64')
        .match(new RegExp(`.{1,${width}}`, 'g'));
      const shown = redactText(`key: ${lines?.join(gap)}!`, [secret]);
      expect(shown, `${width} ${JSON.stringify(gap)}`).toContain('***');
      expect(shown.replaceAll(gap, '').length).toBeLessThan(60);
      expect(shown).toMatch(/^key: .*!$/s);
    }
  }
  expect(redactText('no\nsecret\nhere', [secret])).toBe('no\nsecret\nhere');
});

test('a secret of several lines goes line by line, and the longest secret goes first', () => {
  const pem = '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nshort\n-----END KEY-----\n';
  expect(redactText(`line 2: MIIEvQIBADANBgkq (short)`, [pem])).toBe('line 2: *** (short)');
  expect(redactText('abcdefgh abcd', ['abcd', 'abcdefgh'])).toBe('*** ***');
});

test('an empty or tiny secret makes no holes', () => {
  expect(redactText('1 of 12 records', ['', '1', ' 12 ', '\n'])).toBe('1 of 12 records');
});

test('base64 around a secret does not hide it', () => {
  const word = fc.string({ unit: 'binary-ascii', maxLength: 12 });
  fc.assert(
    fc.property(word, fc.string({ unit: 'grapheme', minLength: 6, maxLength: 40 }), word, (before, secret, after) => {
      fc.pre(secret.trim() === secret && Buffer.byteLength(secret) >= 6);
      for (const encoding of ['base64', 'base64url'] as const) {
        const shown = redactText(Buffer.from(before + secret + after).toString(encoding), [secret]);
        expect(shown).toContain('***');
        expect(shown.length).toBeLessThanOrEqual(Math.ceil((before.length + after.length + 4) / 3) * 4 + 7);
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('long lines without anything to find take no time', () => {
  const line = 'a'.repeat(1_000_000);
  expect(redactText(line, ['secret-1'])).toBe(line);
  const lines = 'a\n'.repeat(500_000);
  expect(redactText(lines, ['secret-1'])).toBe(lines);
  for (const unit of ['?', '?a', '://', ';a;', '://a@', 'Bearer '])
    expect(redactText(unit.repeat(200_000), []).length).toBeGreaterThan(100_000);
});
