/** The token endpoint of OAuth 2: codes and refresh tokens in, access tokens out. https://www.rfc-editor.org/rfc/rfc6749 */
import { z } from 'zod';
import type { Connector } from './contract.ts';
import { createHttp } from './create-http.ts';
import type { Http, HttpOptions } from './http.ts';
import type { Classify, Headers, SourceResponse, Verdict } from './http-response.ts';
import type { Credentials, OAuth, TokenAnswer, Tokens } from './oauth.ts';

/** How a connector's runs get their access tokens; undefined when they need none. */
export function tokensOf({ oauth, tokens }: Pick<Connector, 'oauth' | 'tokens'>): Tokens | undefined {
  return tokens ?? (oauth === undefined ? undefined : oauthTokens(oauth));
}

function oauthTokens(oauth: OAuth): Tokens {
  return {
    seed: oauth.credentials.refreshToken,
    url: oauth.tokenUrl,
    rotation: oauth.rotation,
    life: oauth.refreshTokenLife,
    refresh: (held, context) => requestToken(oauth, { grant_type: 'refresh_token', refresh_token: held }, context),
  };
}

export interface TokenRequestContext {
  readonly credentials: Credentials;
  /** The token URL, moved where the configuration says so. */
  readonly url: string;
  readonly http: Http;
  readonly now: Date;
}

/** An address of an OAuth service, at another place if `authUrl` names one: its path follows that of `authUrl`. */
export function movedTo(address: string, authUrl: string | undefined): string {
  if (authUrl === undefined) return address;
  const { pathname, search } = new URL(address);
  return `${authUrl.replace(/\/+$/, '')}${pathname}${search}`;
}

/** Longer than any access token lives, in seconds; the date a greater number makes may be none. */
const LONGEST_LIFE = 366 * 86_400;

/**
 * The `expires_in` of an answer, in seconds; a number in quotes is one. Undefined for what is no such time: then nobody knows
 * it, which is no reason to lose the tokens that came with it.
 */
export const ExpiresIn = z.coerce.number().positive().max(LONGEST_LIFE).nullish().catch(undefined);

/** Only an answer without an access token is none: with anything else comes a token that may be the only one that is left. */
const TokenResponse = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish().catch(undefined),
  expires_in: ExpiresIn,
  scope: z.string().nullish().catch(undefined),
});

/** One request to the token endpoint, sent once: what may have used up a token is never repeated blindly. */
export async function requestToken(
  oauth: OAuth,
  form: Readonly<Record<string, string>>,
  { credentials, url, http, now }: TokenRequestContext,
): Promise<TokenAnswer> {
  const client = clientOf(oauth, credentials);
  const { value } = await http.json(url, TokenResponse, {
    form: { ...form, ...client.form },
    headers: client.headers,
    retry: 'never',
  });
  const { access_token: access, refresh_token: refresh, scope } = value;
  const seconds = value.expires_in ?? oauth.accessTokenSeconds;
  return {
    access,
    ...(typeof refresh === 'string' ? { refresh } : {}),
    ...(typeof seconds === 'number' ? { expiresAt: new Date(now.getTime() + seconds * 1000) } : {}),
    ...(typeof scope === 'string' ? { scopes: scopesIn(scope) } : {}),
  };
}

/** Scopes in an answer: some services part them by commas, some by blanks, some by the other one than they take. */
export const scopesIn = (text: string): string[] => text.split(/[\s,]+/).filter((scope) => scope !== '');

function clientOf(oauth: OAuth, credentials: Credentials): { form: Record<string, string>; headers: Headers } {
  const { clientId, clientSecret } = oauth.credentials;
  const id = credentials[clientId] ?? '';
  const secret = clientSecret === undefined ? undefined : credentials[clientSecret];
  if (secret === undefined) return { form: { client_id: id }, headers: {} };
  if (oauth.clientAuthentication === 'body') return { form: { client_id: id, client_secret: secret }, headers: {} };
  // Form-encoded first, as RFC 6749 section 2.3.1 has it; for ids and secrets of letters and digits it is the same.
  const pair = [id, secret].map((part) => encodeURIComponent(part)).join(':');
  return { form: {}, headers: { authorization: `Basic ${btoa(pair)}` } };
}

/** From the request to the whole answer; whoever waits for the token waits no longer. */
const TOKEN_MS = 60_000;

/** `service` is named to whoever must sign in again. */
type TokenWorld = Pick<HttpOptions, 'clock' | 'random' | 'secrets'> & { readonly service: string };

/** The HTTP side of a token endpoint: no credentials of its own, nothing repeated. `close` it. */
export function openTokenHttp(url: string, world: TokenWorld): Http & { close(): Promise<void> } {
  const { clock, random, secrets = [], service } = world;
  const timeouts = { totalMs: TOKEN_MS };
  const classify: Classify = (response) => meaningOf(response, service);
  return createHttp({ baseUrl: new URL(url).origin, clock, random, secrets, retries: 0, timeouts, classify });
}

const Refusal = z.object({ error: z.string() });

/** What an answer of a token endpoint means: https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
function meaningOf({ status, text, url }: SourceResponse, service: string): Verdict | undefined {
  const error = errorIn(text);
  // Some services say 200 and mean an error.
  const isRefusal = status === 400 || status === 401 || (status === 200 && error !== undefined);
  return isRefusal ? refusal(error, `${url} answered ${status}`, service) : undefined;
}

function errorIn(text: string): string | undefined {
  try {
    return Refusal.safeParse(JSON.parse(text)).data?.error;
  } catch {
    return undefined;
  }
}

function refusal(error: string | undefined, answered: string, service: string): Verdict {
  switch (error) {
    case 'invalid_client':
    case 'unauthorized_client':
      return {
        kind: 'auth',
        code: 'oauth-client',
        message: `${answered}: the client is not accepted`,
        hint: 'Compare the client id and secret with the page of the app at the service.',
      };
    case 'invalid_request':
    case 'unsupported_grant_type':
    case 'invalid_scope':
      return {
        kind: 'source-changed',
        code: 'oauth-request',
        message: `${answered}: it does not understand the request for a token`,
        hint: "Compare the connector's OAuth declaration with the service's documentation.",
      };
    default:
      return {
        kind: 'auth',
        code: 'oauth-grant',
        message: `${answered}: the refresh token or code is not accepted`,
        hint: `Sign in again: npx tidemill auth ${service}`,
      };
  }
}
