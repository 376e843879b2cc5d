import { STATE_KEY } from '@tidemill/kit/credentials';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/fakes/http-client.ts';
import { KEY, place } from '../../test/fixtures/token-process.ts';

const EXPIRED = 3601;

describe('a refresh token that rotates', () => {
  it('is replaced in the bucket; later processes use what is there, and go on from it', async () => {
    const here = await place();
    const first = await here.process()();
    expect(here.isGood(first)).toBe(true);
    expect(await here.process()()).toBe(first);
    for (const round of [1, 2, 3]) {
      here.later(EXPIRED);
      expect(here.isGood(await here.process()())).toBe(true);
      expect(here.source.authority.refreshes).toBe(1 + round);
    }
  });

  it('is nowhere in the bucket as it is, nor is an access token', async () => {
    const here = await place();
    await here.process()();
    const object = (await here.object()) ?? '';
    expect(JSON.parse(object)).toMatchObject({ service: 'fake', cipher: 'aes-256-gcm' });
    for (const token of here.source.authority.issued) {
      expect(object).not.toContain(token);
      expect(object).not.toContain(Buffer.from(token).toString('base64').slice(0, 20));
    }
  });

  it('is in the bucket before the access token is handed out', async () => {
    const here = await place();
    let isWritten = false;
    const bucket = {
      ...here.bucket,
      write: async (...args: Parameters<typeof here.bucket.write>) => {
        const isLast = here.source.authority.refreshes > 0;
        await new Promise((resolve) => setTimeout(resolve, 20));
        const written = await here.bucket.write(...args);
        isWritten ||= isLast;
        return written;
      },
    };
    await here.process({ bucket })();
    expect(isWritten).toBe(true);
  });

  it('is used by one of many legs that want a token at once, and all get its answer', async () => {
    const here = await place();
    const tokens = await Promise.all(Array.from({ length: 8 }, () => here.process()()));
    expect(new Set(tokens).size).toBe(1);
    expect(here.source.authority.refreshes).toBe(1);
    here.later(EXPIRED);
    const again = await Promise.all(Array.from({ length: 8 }, () => here.process()()));
    expect([new Set(again).size, here.source.authority.refreshes]).toEqual([1, 2]);
  });

  it('is used once by a process that asks many times at once', async () => {
    const here = await place();
    const access = here.process();
    expect(new Set(await Promise.all(Array.from({ length: 8 }, () => access()))).size).toBe(1);
    expect(here.source.authority.refreshes).toBe(1);
  });

  it('is used again when the service refuses an access token before its time', async () => {
    const here = await place();
    const [one, other] = [here.process(), here.process()];
    const first = await one();
    expect(await other()).toBe(first);
    here.source.authority.expireAccess();
    const second = await one(first);
    expect(here.isGood(second)).toBe(true);
    // The other process was refused the same token: the one that took its place is all it needs.
    expect(await other(first)).toBe(second);
    expect(here.source.authority.refreshes).toBe(2);
  });

  it('is refused for good when the person withdrew it: the error says how to sign in again', async () => {
    const here = await place();
    here.source.authority.revoke(here.seed);
    const error = await failureOf(here.process()());
    expect(error).toMatchObject({ kind: 'auth', code: 'token-refused', hint: 'Sign in again: npx tidemill auth fake' });
    expect(error.message).not.toContain('broke off');
    // Nobody waits for a refresh that has come to its end.
    await failureOf(here.process()());
    expect(here.source.authority.refreshes).toBe(2);
  });
});

describe('the seed', () => {
  it('wins when it is newer than what is stored, and an older one does not come back', async () => {
    const here = await place();
    await here.process()();
    const newer = here.source.authority.signIn(['read']);
    const access = await here.process({ seed: newer })();
    expect(here.source.authority.scopesOf({ headers: { authorization: `Bearer ${access}` } })).toEqual(['read']);
    // A shell in which the old secret is still set.
    expect(await here.process({ seed: here.seed })()).toBe(access);
    here.later(EXPIRED);
    expect(here.isGood(await here.process({ seed: here.seed })())).toBe(true);
  });

  it('that is refused costs nothing: the one before leads back to what it had come to', async () => {
    const here = await place();
    const first = await here.process()();
    const typo = async (seed: string) => failureOf(here.process({ seed })());
    for (const seed of ['a typo', 'a typo', 'another typo'])
      expect(await typo(seed)).toMatchObject({ kind: 'auth', code: 'token-refused' });
    expect(await here.process()()).toBe(first);
    here.later(EXPIRED);
    expect(here.isGood(await here.process()())).toBe(true);
    expect(JSON.parse((await here.object()) ?? '')).not.toHaveProperty('former');
  });

  it('that the service could not be asked about does not take the place of the one before either', async () => {
    const here = await place();
    const first = await here.process()();
    here.source.disturb({ status: 503 });
    const newer = here.source.authority.signIn(['read']);
    expect(await failureOf(here.process({ seed: newer })())).toMatchObject({ kind: 'transient' });
    expect(await here.process()()).toBe(first);
    const access = await here.process({ seed: newer })();
    expect(await here.process()()).toBe(access);
    expect(JSON.parse((await here.object()) ?? '')).not.toHaveProperty('former');
  });

  it('of a service that never rotates is all there is: no key, and nothing in the bucket', async () => {
    const here = await place({ rotation: 'silent' });
    const access = here.process({ env: {}, oauth: { rotation: 'never' } });
    const first = await access();
    expect(await access()).toBe(first);
    here.later(EXPIRED);
    expect(here.isGood(await access())).toBe(true);
    expect([here.source.authority.refreshes, await here.object()]).toEqual([2, undefined]);
  });
});

describe('the key', () => {
  it('must be there, and be long: before that, the service is asked for nothing', async () => {
    const here = await place();
    const missing = await failureOf(here.process({ env: {} })());
    expect(missing).toMatchObject({ kind: 'config', code: 'state-key-missing' });
    expect(missing.hint).toContain(STATE_KEY);
    const short = await failureOf(here.process({ env: { [STATE_KEY]: 'short-secret' } })());
    expect(short).toMatchObject({ code: 'state-key-short' });
    expect(short.message).not.toContain('short-secret');
    expect(here.source.requests).toEqual([]);
  });

  it('can be changed: the previous one decrypts, the new one encrypts', async () => {
    const here = await place();
    const first = await here.process()();
    const [before, NEW] = [JSON.parse((await here.object()) ?? ''), 'another key of more than 32 letters'];
    expect(await here.process({ env: { [STATE_KEY]: NEW, [`${STATE_KEY}_PREVIOUS`]: KEY } })()).toBe(first);
    const after = JSON.parse((await here.object()) ?? '');
    expect([after.key === before.key, after.saved_at]).toEqual([false, before.saved_at]);
    expect(await here.process({ env: { [STATE_KEY]: NEW } })()).toBe(first);
    expect(await failureOf(here.process()())).toMatchObject({ kind: 'config', code: 'tokens-key' });
  });

  it('that is lost costs a sign-in and nothing more', async () => {
    const here = await place();
    await here.process()();
    const env = { [STATE_KEY]: 'another key of more than 32 letters' };
    expect(await failureOf(here.process({ env })())).toMatchObject({ code: 'tokens-key' });
    expect(here.isGood(await here.process({ env, seed: here.source.authority.signIn() })())).toBe(true);
  });
});

describe('the object in the bucket', () => {
  const tampered = async (
    change: (object: Record<string, unknown>) => void,
    seed: 'proven' | 'unproven' = 'proven',
  ) => {
    const here = await place();
    await here.process()();
    if (seed === 'unproven') await failureOf(here.process({ seed: 'a typo' })());
    const object = JSON.parse((await here.object()) ?? '') as Record<string, unknown>;
    change(object);
    await here.bucket.write('_tidemill/tokens/fake.json', Buffer.from(JSON.stringify(object)), { contentType: 'x' });
    return failureOf(here.process()());
  };

  it.each<[string, (object: Record<string, unknown>) => void]>([
    ['the tokens', (object) => Object.assign(object, { tokens: `AAAA${String(object['tokens']).slice(4)}` })],
    ['the tag', (object) => Object.assign(object, { tag: 'AAAAAAAAAAAAAAAAAAAAAA==' })],
    ['a tag that is cut', (object) => Object.assign(object, { tag: String(object['tag']).slice(0, 8) })],
    ['when they came', (object) => Object.assign(object, { saved_at: '2027-01-01T00:00:00.000Z' })],
    ['the seeds', (object) => Object.assign(object, { seeds: [...(object['seeds'] as string[]), 'one more'] })],
    ['that there were any seeds', (object) => Object.assign(object, { seeds: [] })],
    ['that there was another object before', (object) => Object.assign(object, { former: { ...object } })],
    [
      'who is at it',
      (object) => {
        const [since, until] = ['2026-11-21T06:00:00.000Z', '2099-01-01T00:00:00.000Z'];
        object['refreshing'] = { by: 'nobody', since, until };
      },
    ],
    ['the service', (object) => Object.assign(object, { service: 'other' })],
    ['its form', (object) => delete object['iv']],
  ])('is refused when somebody changed %s', async (_, change) => {
    expect(await tampered(change)).toMatchObject({ kind: 'config', code: 'tokens-damaged' });
  });

  it.each<[string, (object: { former?: Record<string, unknown> }) => void]>([
    ['took away what was before', (object) => delete object.former],
    [
      'changed what was before',
      (object) => Object.assign(object.former ?? {}, { saved_at: '2027-01-01T00:00:00.000Z' }),
    ],
  ])('is refused when somebody %s', async (_, change) => {
    expect(await tampered(change, 'unproven')).toMatchObject({ kind: 'config', code: 'tokens-damaged' });
  });
});
