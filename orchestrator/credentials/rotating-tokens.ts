/**
 * Tokens of a service that replaces its refresh token. They are kept in the bucket, and what a refresh answers is written
 * over the version it was begun with, before the new access token is used. Whoever refreshes says so there first: of two
 * legs one refreshes, and the other uses what it got.
 */
import { TidemillError, type TokenRequest } from '@tidemill/kit';
import { withRetry } from '@tidemill/kit/retry';
import type { Secrets } from './envelope.ts';
import { goodAccess, type KeeperWorld, type Obtain, refresh, seedOf } from './refresh.ts';
import { noStateKey, stateKeys } from './state-key.ts';
import { type StoredTokens, TokenStore } from './token-store.ts';

/** More than a refresh and its writing take: after it, whoever began is taken for dead. */
const PATIENCE_MS = 180_000;
const POLL_MS = 1_000;
/** About a minute: the answer of a refresh must not be lost because the bucket stumbles. */
const SAVING = { retries: 7, baseMs: 500, capMs: 16_000, maxWaitMs: 60_000 };

export function rotatingTokens(request: TokenRequest, world: KeeperWorld): Obtain {
  let opened: Promise<TokenStore> | undefined;
  return async (refused) => {
    opened ??= openStore(request.service, world);
    return new SharedRefresh(request, world, await opened).obtain(refused);
  };
}

async function openStore(service: string, { bucket, env }: KeeperWorld): Promise<TokenStore> {
  const keys = await stateKeys(env);
  if (keys === undefined) throw noStateKey(service);
  return new TokenStore(bucket, service, keys);
}

/** One process's way to a token, among others that may want one too. */
class SharedRefresh {
  readonly #request: TokenRequest;
  readonly #world: KeeperWorld;
  readonly #store: TokenStore;
  #waitingFor: { readonly since: string; readonly until: number } | undefined;

  constructor(request: TokenRequest, world: KeeperWorld, store: TokenStore) {
    this.#request = request;
    this.#world = world;
    this.#store = store;
  }

  /** Losing a race means to read again and decide again: the winner's tokens may be all that is needed. */
  async obtain(refused: string | undefined): Promise<Secrets> {
    const { clock, random, runId, signal } = this.#world;
    for (;;) {
      const read = await this.#store.read(seedOf(this.#request));
      const now = clock.now();
      if (goodAccess(read.secrets, now, refused) !== undefined) {
        if (read.origin === 'stored') return read.secrets;
        if ((await this.#write(read, read.secrets)) !== undefined) return read.secrets;
        continue;
      }
      if (isUnderWay(read, now, runId) && this.#isPatient(read, now)) {
        await clock.sleep(POLL_MS + random() * POLL_MS, signal);
        continue;
      }
      const begun = await this.#begin(read, now);
      if (begun !== undefined) return this.#renew(begun, read);
    }
  }

  /** By this process's own clock too: that of whoever began may be set to another year. */
  #isPatient({ refreshing }: StoredTokens, now: Date): boolean {
    const since = refreshing?.since ?? '';
    if (this.#waitingFor?.since !== since) this.#waitingFor = { since, until: now.getTime() + PATIENCE_MS };
    return now.getTime() < this.#waitingFor.until;
  }

  #begin(read: StoredTokens, now: Date): Promise<StoredTokens | undefined> {
    const until = new Date(now.getTime() + PATIENCE_MS).toISOString();
    const refreshing = { by: this.#world.runId, since: now.toISOString(), until };
    return this.#store.swap(read, { secrets: read.secrets, savedAt: savedAt(read, now), refreshing });
  }

  #write(read: StoredTokens, secrets: Secrets): Promise<StoredTokens | undefined> {
    return this.#store.swap(read, { secrets, savedAt: savedAt(read, this.#world.clock.now()) });
  }

  /** `before` is what was read before this process began: it may tell of one that did not come to its end. */
  async #renew(begun: StoredTokens, before: StoredTokens): Promise<Secrets> {
    const { held } = begun.secrets;
    const unfinishedSince = before.origin === 'seed' ? undefined : before.refreshing?.since;
    let renewed: Secrets;
    try {
      renewed = await refresh(this.#request, { held, unfinishedSince }, this.#world);
    } catch (error) {
      return await this.#afterFailure(error, begun);
    }
    return await this.#save(renewed, begun);
  }

  /** Somebody else may have been quicker after all. If not, others need not wait, but shall know that this one began. */
  async #afterFailure(error: unknown, begun: StoredTokens): Promise<Secrets> {
    const there = await this.#readQuietly();
    if (there !== undefined && isNewer(there, begun)) return there.secrets;
    const { refreshing } = begun;
    const isOver = error instanceof TidemillError && error.kind === 'auth';
    const left = isOver || refreshing === undefined ? {} : { refreshing: { ...refreshing, until: refreshing.since } };
    const savedAt = new Date(begun.savedAt ?? this.#world.clock.now());
    await this.#store.swap(begun, { secrets: begun.secrets, savedAt, ...left }).catch(() => undefined);
    throw error;
  }

  #readQuietly(): Promise<StoredTokens | undefined> {
    return this.#store.read(seedOf(this.#request)).catch(() => undefined);
  }

  /** Answers what is kept in the end: the renewed tokens, or newer ones of somebody else. */
  async #save(renewed: Secrets, begun: StoredTokens): Promise<Secrets> {
    const { clock, random } = this.#world;
    let onto = begun;
    const write = async (): Promise<Secrets> => {
      // The seed has worked: what there was before it is no longer needed.
      const over = { ...onto, former: undefined };
      if ((await this.#store.swap(over, { secrets: renewed, savedAt: clock.now() })) !== undefined) return renewed;
      // Lost to somebody else, or to this very write, whose answer did not arrive.
      onto = await this.#store.read(seedOf(this.#request));
      if (isNewer(onto, begun)) return onto.secrets;
      throw new TidemillError('transient', 'token-race', 'The tokens in the bucket changed while they were written');
    };
    try {
      return await withRetry(write, SAVING, { clock, random });
    } catch (cause) {
      throw renewed.held === begun.secrets.held ? cause : this.#lost(cause);
    }
  }

  #lost(cause: unknown): TidemillError {
    const { service } = this.#request;
    const message = `${service} has replaced its refresh token, and the new one could not be written to ${this.#world.bucket.url}: the one that is kept there is of no use any more`;
    return new TidemillError('auth', 'token-not-saved', message, {
      hint: `When the bucket can be written to again, sign in anew: npx tidemill auth ${service}`,
      cause,
    });
  }
}

/** When the tokens came; a seed comes with its first use. */
const savedAt = (read: StoredTokens, now: Date): Date => new Date(read.savedAt ?? now);

function isUnderWay({ refreshing }: StoredTokens, now: Date, self: string): boolean {
  return refreshing !== undefined && refreshing.by !== self && Date.parse(refreshing.until) > now.getTime();
}

/** Whether somebody has renewed the tokens since a refresh with them was begun. */
function isNewer({ secrets, origin }: StoredTokens, begun: StoredTokens): boolean {
  const { held, access } = begun.secrets;
  return origin !== 'seed' && (secrets.held !== held || secrets.access !== access);
}
