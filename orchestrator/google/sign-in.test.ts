import { describe, expect, it } from 'vitest';
import { readServiceAccountKey, tokenFault } from './sign-in.ts';

describe('a service account key', () => {
  const KEY = { type: 'service_account', client_email: 'a@b.example', private_key: 'not a real key' };
  const TEXT = JSON.stringify(KEY);

  it.each([TEXT, ` ${TEXT}\n`, btoa(TEXT), `${btoa(TEXT)}\n`])('is one line, as it is or in base64', (text) => {
    expect(readServiceAccountKey(text)).toEqual({ client_email: 'a@b.example', private_key: 'not a real key' });
  });

  it.each([JSON.stringify(KEY, undefined, 2), btoa(TEXT).replace(/.{76}/g, '$&\n')])('is not several lines', (text) => {
    expect(readServiceAccountKey(text)).toBe('several lines');
  });

  it.each(['hunter2', '{"client_email": "hunter2"', '{"type":"hunter2"}', ''])('is not %j', (text) => {
    expect(readServiceAccountKey(text)).toBe('no key');
  });
});

it.each([
  [{ status: 503 }, { status: 503, mayPass: true }],
  [{ status: 429 }, { status: 429, mayPass: true }],
  [
    { status: 400, code: 'ECONNRESET' },
    { status: 400, mayPass: false },
  ],
  [{ code: 'ENOENT' }, 'no file'],
  [{ code: 'ECONNREFUSED' }, 'no answer'],
  [new DOMException('no answer in time', 'TimeoutError'), 'no answer'],
])('tells why there is no token: %j', (error, fault) => {
  expect(tokenFault(error)).toEqual(fault);
});
