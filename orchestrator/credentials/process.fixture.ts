/** Processes that share a bucket and a service, as legs do: each with a keeper of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { AccessToken, OAuth } from '@tidemill/kit';
import { tokensOf } from '@tidemill/kit';
import { STATE_KEY } from '@tidemill/kit/credentials';
import { onTestFinished } from 'vitest';
import { type FakeOAuth, type FakeOAuthOptions, fakeOAuth } from '../../test/fakes/oauth-server.ts';
import type { Bucket } from '../storage/contract.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import { tokenKeeper } from './keep-tokens.ts';

export const KEY = 'a state key of more than 32 letters';

const declaration: OAuth = {
  authorizeUrl: 'https://moved.example/authorize',
  tokenUrl: 'https://moved.example/token',
  credentials: { clientId: 'FAKE_ID', clientSecret: 'FAKE_SECRET', refreshToken: 'FAKE_REFRESH_TOKEN' },
  clientAuthentication: 'basic',
  rotation: 'always',
  pkce: 'S256',
  scopeSeparator: ' ',
};

interface ProcessOptions {
  readonly seed?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly bucket?: Bucket;
  readonly oauth?: Partial<OAuth>;
  readonly signal?: AbortSignal;
}

export interface Place {
  readonly source: FakeOAuth;
  readonly bucket: Bucket;
  /** The refresh token that the person put into the environment. */
  readonly seed: string;
  /** Time stands still but for this. */
  later(seconds: number): void;
  /** A new process's way to a token. */
  process(options?: ProcessOptions): AccessToken;
  /** The object with the service's tokens, as it lies in the bucket. */
  object(): Promise<string | undefined>;
  /** The API's own answer, which is what counts. */
  isGood(access: string): boolean;
}

interface PlaceOptions extends FakeOAuthOptions {
  /** Whether time goes on while a process waits. */
  readonly sleeping?: 'stands' | 'passes';
}

export async function place({ sleeping = 'stands', ...options }: PlaceOptions = {}): Promise<Place> {
  let time = Date.parse('2026-11-21T06:00:00Z');
  let processes = 0;
  const now = (): Date => new Date(time);
  const source = await fakeOAuth({ ...options, now });
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-tokens-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const ours = openLocalBucket(folder);
  const seed = source.authority.signIn();
  const sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    await setTimeout(2, undefined, signal === undefined ? {} : { signal });
    if (sleeping === 'passes') time += milliseconds;
  };
  return {
    source,
    bucket: ours,
    seed,
    later: (seconds) => {
      time += seconds * 1000;
    },
    process({ seed: own = seed, env = { [STATE_KEY]: KEY }, bucket = ours, oauth = {}, signal } = {}) {
      processes += 1;
      const tokens = tokensOf({ oauth: { ...declaration, ...oauth } });
      if (tokens === undefined) throw new TypeError('the declaration has no tokens');
      const credentials = { FAKE_ID: 'client-1', FAKE_SECRET: 'client-secret-77aa31', FAKE_REFRESH_TOKEN: own };
      const world = { bucket, clock: { now, sleep }, random: () => 0, env, runId: `process-${processes}` };
      const keep = tokenKeeper({ ...world, ...(signal === undefined ? {} : { signal }) });
      const secrets = Object.values(credentials);
      return keep({ service: 'fake', tokens, credentials, secrets, authUrl: source.url, baseUrl: undefined });
    },
    async object() {
      const object = await ours.read('_tidemill/tokens/fake.json');
      return object === undefined ? undefined : Buffer.concat(await Array.fromAsync(object.body)).toString();
    },
    isGood: (access) => source.authority.scopesOf({ headers: { authorization: `Bearer ${access}` } }) !== undefined,
  };
}
