/** One refresh: asks the service for an access token, once. */
import {
  movedTo,
  openTokenHttp,
  type RefreshContext,
  TidemillError,
  type TokenAnswer,
  type TokenRequest,
} from '@tidemill/kit';
import type { Clock } from '@tidemill/kit/retry';
import type { Bucket } from '../storage/contract.ts';
import type { Secrets } from './envelope.ts';

export interface RefreshWorld {
  readonly clock: Clock;
  readonly random: () => number;
  readonly identity?: RefreshContext['identity'];
}

/** What holders of tokens need besides. */
export interface KeeperWorld extends RefreshWorld {
  readonly bucket: Bucket;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Unique per process. */
  readonly runId: string;
  /** Told of every token before it is handed out, so that no log shows it. */
  readonly onSecret: (secret: string) => Promise<void>;
  /** Ends the wait for another process; a refresh that has begun comes to its end. */
  readonly signal?: AbortSignal;
}

/** Where a holder gets tokens that are good and not `refused`. */
export type Obtain = (refused: string | undefined) => Promise<Secrets>;

/** A token that has less left than this is renewed: it must last until the service has seen the request. */
const MARGIN_MS = 60_000;

/** What the credentials alone give. */
export function seedOf({ tokens, credentials }: TokenRequest): Secrets {
  const held = credentials[tokens.seed] ?? '';
  const answer = tokens.read?.(held);
  return answer === undefined ? { held } : { ...secretsOf(held, answer), held };
}

/** A refresh to come. */
export interface RefreshOrder {
  /** The seed, or what took its place. */
  readonly held: string;
  /** When an earlier refresh with it began that did not come to its end: it may have used it up. */
  readonly unfinishedSince?: string | undefined;
}

/**
 * Asks once. It is not aborted with the run: an answer that nobody waits for may be the only copy of a token.
 * Throws what the service said: kind `auth` when it refuses for good, `transient` when nobody knows what became of it.
 */
export async function refresh(request: TokenRequest, order: RefreshOrder, world: RefreshWorld): Promise<Secrets> {
  const { service, tokens, credentials, secrets, authUrl, baseUrl, audience } = request;
  const { held } = order;
  const url = movedTo(tokens.url, authUrl);
  const http = openTokenHttp(url, { ...world, service, secrets: [...secrets, held] });
  try {
    const { identity } = world;
    const now = world.clock.now();
    const answer = await tokens.refresh(held, { credentials, url, baseUrl, http, now, audience, identity });
    return secretsOf(held, answer);
  } catch (error) {
    throw isRefusal(error) ? refused(request, order, error) : error;
  } finally {
    await http.close();
  }
}

/** The access token, if there is one that is good now and that nobody refused. */
export function goodAccess(
  { access, expires_at }: Secrets,
  now: Date,
  refused: string | undefined,
): string | undefined {
  if (access === undefined || access === refused) return undefined;
  const isOver = expires_at !== undefined && Date.parse(expires_at) - now.getTime() < MARGIN_MS;
  return isOver ? undefined : access;
}

/** The last instant that every reader of a date takes, in milliseconds. */
const END_OF_TIME = Date.parse('9999-12-31T23:59:59Z');

/** A date that is none says that nobody knows it: it must not cost the tokens that it came with. */
function secretsOf(held: string, { access, refresh: replacement, expiresAt }: TokenAnswer): Secrets {
  const isDate = expiresAt !== undefined && Math.abs(expiresAt.getTime()) <= END_OF_TIME;
  const expiry = isDate ? { expires_at: expiresAt.toISOString() } : {};
  return { held: replacement ?? held, access, ...expiry };
}

/** A client that is not accepted says nothing about the token. */
const isRefusal = (error: unknown): boolean =>
  error instanceof TidemillError && error.kind === 'auth' && error.code !== 'oauth-client';

function refused(
  { service, tokens: { life, renewal, seed } }: TokenRequest,
  { unfinishedSince }: RefreshOrder,
  cause: unknown,
): TidemillError {
  const lost =
    unfinishedSince === undefined
      ? ''
      : `: a refresh that began at ${unfinishedSince} broke off before its answer was kept, which may have used it up`;
  if (renewal !== undefined)
    return new TidemillError('auth', 'token-refused', `${service} does not accept ${seed} any more`, {
      hint: renewal,
      cause,
    });
  return new TidemillError('auth', 'token-refused', `${service} does not accept its refresh token any more${lost}`, {
    hint: `Sign in again: npx tidemill auth ${service}${life === undefined ? '' : `. ${life}`}`,
    cause,
  });
}
