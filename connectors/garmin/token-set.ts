/** The tokens of one Garmin account, in the two kinds there are, and the files in which other programs keep them. */
import { TidemillError } from '@tidemill/kit';
import { z } from 'zod';

const Secret = z.string().min(1);

/** Since March 2026: a refresh token that is replaced by every refresh and lives for about 30 days. */
const DiTokens = z.object({ di_token: Secret, di_refresh_token: Secret, di_client_id: Secret });
export type DiTokens = z.output<typeof DiTokens>;

/** Lives for about a year, and signs the requests for access tokens. */
const OAuth1 = z.object({ oauth_token: Secret, oauth_token_secret: Secret, mfa_token: z.string().nullish() });
const OAuth2 = z.object({ access_token: Secret, expires_at: z.number().nullish() });
const OAuth1Tokens = z.object({ oauth1: OAuth1, oauth2: OAuth2.nullish() });
export type OAuth1Tokens = z.output<typeof OAuth1Tokens>;

/** The value of `GARMIN_TOKENS`, and of what is kept between runs. */
export const TokenSet = z.union([DiTokens, OAuth1Tokens]);
export type TokenSet = z.output<typeof TokenSet>;

/** The tokens in a credential. Throws kind `config`. */
export function parseTokens(text: string): TokenSet {
  const set = TokenSet.safeParse(parseJson(text)).data;
  if (set !== undefined) return set;
  throw new TidemillError('config', 'garmin-tokens', 'GARMIN_TOKENS holds no set of tokens', {
    hint: 'Make one of a token file: npx tidemill auth garmin',
  });
}

/** What an access token, a JWT, says of itself; undefined for one that is none. Nothing is verified: it is ours. */
export function claimsOf(token: string): { readonly expiresAt?: Date; readonly clientId?: string } {
  const [, payload = ''] = token.split('.');
  const claims = Claims.safeParse(parseJson(Buffer.from(payload, 'base64url').toString())).data ?? {};
  const { exp, client_id: clientId } = claims;
  return {
    ...(typeof exp === 'number' ? { expiresAt: new Date(exp * 1000) } : {}),
    ...(typeof clientId === 'string' ? { clientId } : {}),
  };
}

const Claims = z.object({ exp: z.number().nullish(), client_id: z.string().nullish() });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What lies in the files, each turned into a set; the first that fits is it. */
const files = z.union([
  TokenSet,
  // garth's `dumps()` is the pair as an array, in base64.
  z.tuple([OAuth1, OAuth2]).transform(([oauth1, oauth2]): TokenSet => ({ oauth1, oauth2 })),
  OAuth1.transform((oauth1): TokenSet => ({ oauth1 })),
]);

/** An access token alone: of no use when it is over, and it cannot be renewed with its own refresh token. */
const OAuth2File = z.object({ access_token: Secret, refresh_token: Secret, jti: z.string() });

/** How long a refresh token outlives its access token, at most. */
const REFRESHABLE_MS = 30 * 86_400_000;

/** Reads a token file of garth, python-garminconnect or garmin-connect; the contract is `SignIn.importTokens`. */
export function importTokens(text: string, now: Date): { readonly GARMIN_TOKENS: string } | undefined {
  const written = parseJson(text) ?? parseJson(Buffer.from(text.trim(), 'base64').toString());
  const set = files.safeParse(written).data;
  if (set === undefined && OAuth2File.safeParse(written).success) {
    throw new TidemillError(
      'auth',
      'garmin-tokens-partial',
      'This file holds an access token and nothing to renew it with',
      {
        hint: 'Import oauth1_token.json, which lies beside it.',
      },
    );
  }
  if (set === undefined) return undefined;
  const expiresAt = 'di_token' in set ? claimsOf(set.di_token).expiresAt : undefined;
  if (expiresAt !== undefined && expiresAt.getTime() + REFRESHABLE_MS < now.getTime()) {
    throw new TidemillError('auth', 'garmin-tokens-old', 'These tokens were not renewed for 30 days and are over', {
      hint: 'Sign in once more with the program that wrote the file, and import it again.',
    });
  }
  return { GARMIN_TOKENS: JSON.stringify(set) };
}
