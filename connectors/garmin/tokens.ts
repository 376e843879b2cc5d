/** How runs get their access tokens: from a set of tokens that was signed in for elsewhere. A run never signs in. */
import {
  declaredIn,
  ExpiresIn,
  type RefreshContext,
  TidemillError,
  type TokenAnswer,
  type Tokens,
} from '@tidemill/kit';
import { z } from 'zod';
import { APP } from './answers.ts';
import { oauth1Header } from './oauth1.ts';
import manifest from './package.json' with { type: 'json' };
import { claimsOf, type DiTokens, type OAuth1Tokens, parseTokens } from './token-set.ts';

/** The key pair of Garmin's own app, which signs together with a person's token; garth published it for all such programs. */
export const CONSUMER_URL = 'GARMIN_OAUTH_CONSUMER_URL';
export const Consumer = z.object({ consumer_key: z.string(), consumer_secret: z.string() });

export const tokens: Tokens = {
  seed: 'GARMIN_TOKENS',
  url: 'https://diauth.garmin.com/di-oauth2-service/oauth/token',
  rotation: declaredIn(manifest).rotation,
  read(seed) {
    const set = parseTokens(seed);
    if ('di_token' in set) return answerOf(set.di_token);
    const { oauth2 } = set;
    if (!oauth2) return undefined;
    return answerOf(oauth2.access_token, oauth2.expires_at ? new Date(oauth2.expires_at * 1000) : undefined);
  },
  async refresh(held, context) {
    const set = parseTokens(held);
    return 'di_token' in set ? renew(set, context) : exchange(set, context);
  },
};

function answerOf(access: string, known?: Date): TokenAnswer {
  const expiresAt = known ?? claimsOf(access).expiresAt;
  return { access, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

const TokenResponse = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish().catch(undefined),
  expires_in: ExpiresIn,
});

/** The refresh token is used up by this: the new one is part of what takes the set's place. */
async function renew(set: DiTokens, context: RefreshContext): Promise<TokenAnswer> {
  const { di_client_id: client_id, di_refresh_token: refresh_token } = set;
  const answer = await ask(context, {
    url: context.url,
    form: { grant_type: 'refresh_token', client_id, refresh_token },
    headers: { authorization: `Basic ${btoa(`${client_id}:`)}` },
  });
  const next: DiTokens = {
    di_token: answer.access,
    di_refresh_token: answer.refresh ?? refresh_token,
    di_client_id: claimsOf(answer.access).clientId ?? client_id,
  };
  return { ...answer, refresh: JSON.stringify(next) };
}

/** The set stays as it is: its OAuth 1 token signs every exchange. */
async function exchange({ oauth1 }: OAuth1Tokens, context: RefreshContext): Promise<TokenAnswer> {
  const { http, credentials, now, baseUrl = '' } = context;
  const { value } = await http.json(credentials[CONSUMER_URL] ?? '', Consumer);
  const url = `${baseUrl.replace(/\/+$/, '')}/oauth-service/oauth/exchange/user/2.0`;
  const form: Record<string, string> = oauth1.mfa_token ? { mfa_token: oauth1.mfa_token } : {};
  const authorization = await oauth1Header({
    method: 'POST',
    url,
    form,
    consumer: { key: value.consumer_key, secret: value.consumer_secret },
    token: { key: oauth1.oauth_token, secret: oauth1.oauth_token_secret },
    // Nobody exchanges the same token twice in one millisecond.
    nonce: now.getTime().toString(36),
    timestamp: Math.floor(now.getTime() / 1000),
  });
  const { refresh: _, ...answer } = await ask(context, { url, form, headers: { authorization } });
  return answer;
}

interface Question {
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Statuses with which Garmin's bouncer, not its token service, turns an address away. */
const TURNED_AWAY = [403, 429];

async function ask({ http, now }: RefreshContext, { url, form, headers }: Question): Promise<TokenAnswer> {
  const { value, status } = await http.json(url, TokenResponse, {
    form,
    headers: { ...APP, ...headers },
    retry: 'never',
    accept: TURNED_AWAY,
  });
  if (value === undefined) throw turnedAway(status);
  const { access_token: access, refresh_token: refresh, expires_in: seconds } = value;
  const expiresAt = seconds ? new Date(now.getTime() + seconds * 1000) : claimsOf(access).expiresAt;
  return { access, ...(refresh ? { refresh } : {}), ...(expiresAt === undefined ? {} : { expiresAt }) };
}

/** The tokens are not to blame, and asking again at once makes it worse. */
function turnedAway(status: number): TidemillError {
  return new TidemillError(
    'quota',
    'garmin-turned-away',
    `Garmin answered ${status} to the renewal of the access token`,
    {
      hint: 'Garmin turns away addresses that ask often, those of clouds first. The tokens are still good.',
      retryAfterSeconds: 15 * 60,
    },
  );
}
