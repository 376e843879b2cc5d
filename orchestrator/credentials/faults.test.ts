/** What may happen between a refresh and its keeping: nothing is burnt without a word on what to do. */
import { TidemillError } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { type Lifeline, mortal } from '../../test/contracts/mortal.ts';
import { failureOf } from '../../test/fakes/http-client.ts';
import { type Place, place } from '../../test/fixtures/token-process.ts';
import type { Bucket } from '../storage/contract.ts';
import { refresh as renew } from './refresh.ts';

/** Longer than anybody waits for a refresh that somebody else began. */
const PATIENCE = 181;
const EXPIRED = 3601;
const YEAR = 31_536_000;

const transient = (): TidemillError => new TidemillError('transient', 'bucket-unavailable', 'The bucket stumbles');

/** A bucket in which each write after the refresh goes as the script says, and then as it should. */
function stumbling(here: Place, script: ('fails' | 'arrives, but fails')[]): Bucket {
  const write: Bucket['write'] = async (key, body, options) => {
    const how = here.source.authority.refreshes === 0 ? undefined : script.shift();
    const written = how === 'fails' ? undefined : await here.bucket.write(key, body, options);
    if (how !== undefined) throw transient();
    return written;
  };
  return { ...here.bucket, url: here.bucket.url, write };
}

/** None of the tokens there ever were, in the words of an error. */
function expectNoToken(here: Place, error: TidemillError): void {
  const words = [error.message, error.hint, String(error.cause)].join('\n');
  for (const token of here.source.authority.issued) expect(words).not.toContain(token);
}

describe('a process that is killed between the answer and its keeping', () => {
  async function killed(rotation: 'same' | 'replace', options: Parameters<typeof place>[0] = {}): Promise<Place> {
    const here = await place({ rotation, ...options });
    here.later(options.sleeping === 'passes' ? YEAR : 0);
    const life: Lifeline = { isOver: false };
    here.source.onToken(() => {
      life.isOver = true;
    });
    await failureOf(here.process({ bucket: mortal(here.bucket, life) })());
    here.source.onToken(() => undefined);
    expect(here.source.authority.refreshes).toBe(1);
    return here;
  }

  it('costs nothing where the service did not replace the token: the next one goes on when it has waited', async () => {
    const here = await killed('same');
    here.later(PATIENCE);
    expect(here.isGood(await here.process()())).toBe(true);
  });

  it('is not waited for longer because its clock was set to another year', async () => {
    const here = await killed('same', { sleeping: 'passes' });
    here.later(-YEAR);
    expect(here.isGood(await here.process()())).toBe(true);
  });

  it('is not waited for by one that is stopped itself', async () => {
    const here = await killed('same');
    const ended = new AbortController();
    const waiting = here.process({ signal: ended.signal })();
    ended.abort();
    await expect(waiting).rejects.toThrow('aborted');
    expect(here.source.authority.refreshes).toBe(1);
  });

  it('has burnt the token where it was replaced: the next one says so, and what to do', async () => {
    const here = await killed('replace');
    here.later(PATIENCE);
    const error = await failureOf(here.process()());
    expect(error).toMatchObject({ kind: 'auth', code: 'token-refused', hint: 'Sign in again: npx tidemill auth fake' });
    expect(error.message).toContain('a refresh that began at 2026-11-21T06:00:00.000Z broke off');
    expectNoToken(here, error);
    // After which a new seed is all it takes.
    expect(here.isGood(await here.process({ seed: here.source.authority.signIn() })())).toBe(true);
  });
});

describe('an answer that does not arrive', () => {
  it('is a fault that passes, and the token is not sent again in the same breath', async () => {
    const here = await place({ rotation: 'same' });
    here.source.disturb('lost');
    expect(await failureOf(here.process()())).toMatchObject({ kind: 'transient' });
    expect(here.source.requests).toHaveLength(1);
    // Others need not wait for it.
    expect(here.isGood(await here.process()())).toBe(true);
  });

  it('may have burnt the token: a refusal afterwards says so', async () => {
    const here = await place();
    here.source.disturb('lost');
    const access = here.process();
    await failureOf(access());
    const error = await failureOf(access());
    expect(error).toMatchObject({ code: 'token-refused' });
    expect(error.message).toContain('broke off');
    expectNoToken(here, error);
  });
});

describe('an answer that is no token', () => {
  it.each([
    [
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'quota', retryAfterSeconds: 7 },
    ],
    [{ status: 503 }, { kind: 'transient' }],
    [{ body: '<html>Sign in</html>' }, { kind: 'source-changed', code: 'not-json' }],
    [{ json: { token: 'x' } }, { kind: 'source-changed', code: 'schema-mismatch' }],
    [
      { status: 401, json: { error: 'invalid_client' } },
      { kind: 'auth', code: 'oauth-client' },
    ],
    [
      { status: 400, json: { error: 'invalid_scope' } },
      { kind: 'source-changed', code: 'oauth-request' },
    ],
    [{ json: { error: 'invalid_grant' } }, { kind: 'auth', code: 'token-refused' }],
  ])('%j is said for what it is, and the token stays good', async (reply, expected) => {
    const here = await place();
    here.source.disturb(reply);
    expect(await failureOf(here.process()())).toMatchObject(expected);
    expect(here.source.requests).toHaveLength(1);
    expect(here.isGood(await here.process()())).toBe(true);
  });
});

describe('an answer that is odd', () => {
  it.each([1e300, 1e13, 9e9, 0, -1, 'soon'])(
    'beside its tokens (expires_in %j) loses none of them',
    async (expires_in) => {
      const here = await place();
      const reply = {
        access_token: 'access-of-an-odd-answer',
        refresh_token: here.source.authority.signIn(),
        expires_in,
      };
      here.source.disturb({ json: reply });
      expect(await here.process()()).toBe(reply.access_token);
      expect(here.isGood(await here.process()(reply.access_token))).toBe(true);
    },
  );

  it.each([Number.NaN, 1e15])('as a connector reads it (expiry %d) loses none of them either', async (time) => {
    const refresh = async () => ({ access: 'access', refresh: 'the next', expiresAt: new Date(time) });
    const tokens = { seed: 'SEED', url: 'https://moved.example', rotation: 'always', refresh } as const;
    const world = {
      clock: { now: () => new Date('2026-11-21T06:00:00Z'), sleep: async () => undefined },
      random: () => 0,
    };
    const request = { service: 'fake', tokens, credentials: {}, secrets: [], authUrl: undefined, baseUrl: undefined };
    expect(await renew(request, { held: 'the seed' }, world)).toEqual({ held: 'the next', access: 'access' });
  });
});

describe('a refresh that comes too late', () => {
  it('is refused by the service, and uses what the quicker one has kept', async () => {
    const here = await place();
    const other = here.process();
    let taken: string | undefined;
    const write: Bucket['write'] = async (key, body, options) => {
      const written = await here.bucket.write(key, body, options);
      if (taken !== undefined) return written;
      // This process said that it begins, and then slept.
      here.later(PATIENCE);
      taken = 'about to be';
      taken = await other();
      return written;
    };
    const access = await here.process({ bucket: { ...here.bucket, write } })();
    expect([access, here.source.authority.refreshes]).toEqual([taken, 2]);
  });
});

describe('keeping the answer', () => {
  it('is tried again when the bucket stumbles', async () => {
    const here = await place();
    const access = await here.process({ bucket: stumbling(here, ['fails', 'fails', 'fails']) })();
    expect(here.isGood(access)).toBe(true);
    here.later(EXPIRED);
    expect(here.isGood(await here.process()())).toBe(true);
  });

  it('counts when it arrived though the bucket said otherwise', async () => {
    const here = await place();
    const access = await here.process({ bucket: stumbling(here, ['arrives, but fails']) })();
    expect(await here.process()()).toBe(access);
    expect(here.source.authority.refreshes).toBe(1);
  });

  it('that fails for good keeps the access token back, and says what to do', async () => {
    const here = await place();
    const never = Array.from({ length: 100 }, () => 'fails' as const);
    const error = await failureOf(here.process({ bucket: stumbling(here, never) })());
    expect(error).toMatchObject({ kind: 'auth', code: 'token-not-saved' });
    expect(error.hint).toContain('tidemill auth fake');
    expectNoToken(here, error);
  });

  it('that fails for good is a fault that passes where the refresh token stayed the same', async () => {
    const here = await place({ rotation: 'same' });
    const never = Array.from({ length: 100 }, () => 'fails' as const);
    expect(await failureOf(here.process({ bucket: stumbling(here, never) })())).toMatchObject({ kind: 'transient' });
    here.later(PATIENCE);
    expect(here.isGood(await here.process()())).toBe(true);
  });

  it('is lost to a process that took over meanwhile, whose tokens are then used', async () => {
    const here = await place({ rotation: 'same' });
    const other = here.process();
    let taken: string | undefined;
    const write: Bucket['write'] = async (key, body, options) => {
      if (here.source.authority.refreshes === 1 && taken === undefined) {
        here.later(PATIENCE);
        taken = await other();
      }
      return here.bucket.write(key, body, options);
    };
    const access = await here.process({ bucket: { ...here.bucket, write } })();
    expect([access, here.source.authority.refreshes]).toEqual([taken, 2]);
    expect(await here.process()()).toBe(taken);
  });
});
