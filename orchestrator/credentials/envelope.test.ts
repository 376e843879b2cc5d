import { describe, expect, it } from 'vitest';
import { type Envelope, type Facts, open, seal } from './envelope.ts';
import { stateKeys } from './state-key.ts';

const AT = '2026-11-21T06:00:00.000Z';
const facts: Facts = { version: 1, service: 'spotify', saved_at: AT, seeds: ['a', 'b'] };
const secrets = { held: 'held', access: 'access' };
const keys = (await stateKeys({ TIDEMILL_STATE_KEY: 'k'.repeat(32) })) ?? expect.fail('there is no key');

describe('sealed tokens', () => {
  const sealed = seal(facts, secrets, keys, seal({ ...facts, seeds: ['a'] }, secrets, keys, undefined));
  const later = '2026-11-21T07:00:00.000Z';
  const changes: readonly [string, Partial<Envelope>][] = [
    ['of another service', { service: 'strava' }],
    ['of another time', { saved_at: later }],
    ['of another seed', { seeds: ['a', 'c'] }],
    ['that somebody refreshes', { refreshing: { by: 'run', since: AT, until: later } }],
    ['beside others', { former: seal({ ...facts, seeds: ['a'] }, secrets, keys, undefined) }],
    ['with other contents', { tokens: seal(facts, secrets, keys, undefined).tokens }],
  ];

  it('are opened as they were sealed', () => {
    expect(open(sealed, keys)).toEqual(secrets);
  });

  it.each(changes)('are damaged when they are passed off as those %s', (_, change) => {
    expect(open({ ...sealed, ...change }, keys)).toBe('damaged');
  });
});
