import { describe, expect, it } from 'vitest';
import { apiDisabled, notShared, scopeMissing, vendorAnswer, withoutErrors } from '../../test/fakes/google-errors.ts';
import type { Reply } from '../../test/fakes/http-server.ts';
import { classifyGoogle } from './google-errors.ts';

const classify = classifyGoogle('google_sheets');
const now = new Date('2026-11-21T06:00:00Z');

const verdictOf = (text: string, headers = {}) =>
  classify({ status: 403, text, headers, url: 'https://api.example/v4', now });

const reply = (error: object): Reply => ({ status: 403, json: { error: { code: 403, message: 'No.', ...error } } });
const listed = (reason: string): Reply => reply({ errors: [{ domain: 'usageLimits', reason }] });
const detailed = (reason: string): Reply => reply({ status: 'PERMISSION_DENIED', details: [{ reason }] });

describe('a refusal of Google', () => {
  it.each<[string, Reply, object]>([
    ['an API that is switched off', apiDisabled, { kind: 'config', code: 'google-disabled' }],
    ['a scope that nobody agreed to', scopeMissing, { kind: 'auth', code: 'google-scope' }],
    ['something that is not shared', notShared, { kind: 'auth', code: 'google-forbidden' }],
    ['too many requests', vendorAnswer(403), { kind: 'quota', code: 'google-rate' }],
  ])('means %s, in the form of older APIs and of newer ones', (_, refusal, expected) => {
    for (const { json } of [refusal, withoutErrors(refusal)])
      expect(verdictOf(JSON.stringify(json))).toMatchObject(expected);
  });

  it.each<[Reply, string]>([
    [listed('userRateLimitExceeded'), 'google-rate'],
    [listed('quotaExceeded'), 'google-quota'],
    [listed('dailyLimitExceeded'), 'google-quota'],
    [detailed('RESOURCE_QUOTA_EXCEEDED'), 'google-quota'],
    [detailed('BILLING_DISABLED'), 'google-project'],
    [detailed('CONSUMER_SUSPENDED'), 'google-project'],
    [detailed('SOMETHING_NEW'), 'google-forbidden'],
    [reply({ details: [{ links: [] }, { reason: 'SERVICE_DISABLED' }] }), 'google-disabled'],
    [reply({ errors: [{ domain: 'global' }], details: [{ reason: 'RATE_LIMIT_EXCEEDED' }] }), 'google-rate'],
    [reply({ errors: 'none', details: {} }), 'google-forbidden'],
    [reply({ details: [{ reason: 'constructor' }] }), 'google-forbidden'],
  ])('has its reason wherever it stands: %j', ({ json }, code) => {
    expect(verdictOf(JSON.stringify(json))).toMatchObject({ code });
  });

  it('names the API to switch on, if it is a name', () => {
    const body = (service: string) =>
      JSON.stringify(reply({ details: [{ reason: 'SERVICE_DISABLED', metadata: { service } }] }).json);
    const library = 'Enable it at https://console.cloud.google.com/apis/library';
    expect(verdictOf(body('sheets.googleapis.com'))?.hint).toBe(`${library}/sheets.googleapis.com`);
    expect(verdictOf(body('<script>'))?.hint).toBe(library);
  });

  it('means a missing scope where only the header says so', () => {
    const body = JSON.stringify(reply({ status: 'PERMISSION_DENIED' }).json);
    const headers = { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"' };
    expect(verdictOf(body, headers)).toMatchObject({ code: 'google-scope' });
  });

  it('is left to the rules for all where the body is none of Google', () => {
    for (const body of ['', '<html>', '{"error":"no"}', '[]']) expect(verdictOf(body)).toBeUndefined();
  });
});
