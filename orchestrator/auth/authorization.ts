/** The two addresses of an authorization: the one a person opens, and the one the browser comes back to. Pure. */
import { hash } from 'node:crypto';
import { type Connector, type Credentials, movedTo, type OAuth, scopesIn, TidemillError } from '@tidemill/kit';

/** What only this process knows: it makes the way back from the browser safe. Random texts of 43 letters or more. */
export interface Secrecy {
  readonly state: string;
  /** https://www.rfc-editor.org/rfc/rfc7636#section-4.1 */
  readonly verifier: string;
}

export interface Authorization extends Secrecy {
  readonly service: string;
  readonly oauth: OAuth;
  readonly credentials: Credentials;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly authUrl: string | undefined;
}

/** What `whoami` needs and what the streams read with, each once, in the order of the declaration. */
export function scopesOf({ oauth, streams }: Connector, dataTypes: ReadonlySet<string>): string[] {
  const used = streams.filter(({ name }) => dataTypes.has(name)).flatMap(({ oauthScopes = [] }) => oauthScopes);
  return [...new Set([...(oauth?.scopes ?? []), ...used])];
}

/** https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1 */
export function authorizationUrl({ oauth, credentials, redirectUri, scopes, state, verifier, authUrl }: Authorization) {
  const url = new URL(movedTo(oauth.authorizeUrl, authUrl));
  const challenge =
    oauth.pkce === 'none'
      ? {}
      : { code_challenge: hash('sha256', verifier, 'base64url'), code_challenge_method: 'S256' };
  const parameters = {
    response_type: 'code',
    client_id: credentials[oauth.credentials.clientId] ?? '',
    redirect_uri: redirectUri,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(oauth.scopeSeparator) }),
    state,
    ...challenge,
    ...oauth.authorizeParameters,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

export interface Code {
  readonly code: string;
  /** What the person allowed, where the service says it. */
  readonly scopes: readonly string[] | undefined;
}

/**
 * The code in the address a browser came back to. Undefined when it is not an answer to this authorization: then nothing in it
 * counts. Throws kind `auth` when the person or the service said no.
 */
export function codeIn(returned: URL, { state, service }: Authorization): Code | undefined {
  const { searchParams: query } = returned;
  if (query.getAll('state').length !== 1 || query.get('state') !== state) return undefined;
  const [error, code, scope] = ['error', 'code', 'scope'].map((name) => query.get(name));
  if (typeof error === 'string') {
    const said = /^[a-z_]{1,60}$/.test(error) ? error : 'an error';
    throw new TidemillError('auth', 'sign-in-denied', `${service} did not sign in: it answered ${said}`, {
      hint: 'Nothing was changed. Start again, and agree to what is asked.',
    });
  }
  if (typeof code !== 'string' || code === '') return undefined;
  return { code, scopes: typeof scope === 'string' ? scopesIn(scope) : undefined };
}

/**
 * What a person pasted: the address the browser was sent to, or the code alone, which only PKCE makes safe.
 * Throws kind `auth` for anything else.
 */
export function codePasted(text: string, authorization: Authorization): Code {
  const pasted = text.trim();
  const url = URL.parse(pasted);
  const isAddress = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (isAddress) {
    const code = codeIn(url, authorization);
    if (code !== undefined) return code;
  } else if (authorization.oauth.pkce === 'S256' && /^[\w.~%/+=-]{4,4096}$/.test(pasted)) {
    return { code: pasted, scopes: undefined };
  }
  throw new TidemillError('auth', 'sign-in-pasted', 'This is not the address that the browser was sent to', {
    hint: 'Paste the whole address from its address bar, also when the page could not be shown. Each try needs a new one.',
  });
}

/** Throws kind `auth` unless all that was asked for was granted; what was granted besides, at this time or an earlier one, is fine. */
export function checkGranted(service: string, asked: readonly string[], granted: readonly string[] | undefined): void {
  if (granted === undefined) return;
  const missing = asked.filter((scope) => !granted.includes(scope));
  if (missing.length === 0) return;
  throw new TidemillError('auth', 'sign-in-scopes', `${service} was not allowed to: ${missing.join(', ')}`, {
    hint: 'The enabled jobs need it. Start again, and leave the boxes ticked; or disable those jobs.',
  });
}
