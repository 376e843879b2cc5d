import { describe, expect, it } from 'vitest';
import { retryAfter, withoutAnswer } from './errors.ts';

const failure = (members: object): Error => Object.assign(new Error('text'), members);

describe('withoutAnswer', () => {
  it.each([
    [{ code: 'ECONNRESET' }, 'transient', 'bucket-unavailable'],
    [{ code: 'ENOTFOUND' }, 'transient', 'bucket-unavailable'],
    [{ code: 'UND_ERR_SOCKET' }, 'transient', 'bucket-unavailable'],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, 'transient', 'bucket-unavailable'],
    [{ name: 'TimeoutError', code: 23 }, 'transient', 'bucket-unavailable'],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'config', 'bucket-not-trusted'],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'config', 'bucket-not-trusted'],
  ])('knows what %o means', (members, kind, code) => {
    expect(withoutAnswer(failure(members), 'gs://bucket')).toMatchObject({ kind, code });
  });

  it.each([{}, { code: 'ERR_INVALID_ARG_TYPE' }, { code: 'UND_ERR_INVALID_ARG' }])('leaves alone: %o', (members) => {
    expect(withoutAnswer(failure(members), 'gs://bucket')).toBeUndefined();
  });
});

it('reads Retry-After in seconds and leaves dates alone', () => {
  expect(['7', '0', 'Sat, 21 Nov 2026 12:00:00 GMT', '-1', undefined].map(retryAfter)).toEqual([
    7,
    0,
    undefined,
    undefined,
    undefined,
  ]);
});
