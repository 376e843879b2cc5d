/**
 * What an OAuth 2 service decides, without a server: who may have a code, and what codes and refresh tokens become. It is as
 * strict as RFC 6749 and 7636 allow: what it does not know it refuses, codes work once, replaced refresh tokens are dead.
 */
import { createHash } from 'node:crypto';
import type { Reply, SeenRequest } from './http-server.ts';

export interface AuthorityOptions {
  readonly clientId?: string;
  /** Null for a public client. */
  readonly clientSecret?: string | null;
  readonly clientAuthentication?: 'basic' | 'body';
  /** `silent`: the refresh token stays good and no answer names it. `same`: it stays good and comes again. `replace`: it is dead after use. */
  readonly rotation?: 'silent' | 'same' | 'replace';
  /** Whether a code must be bound to a verifier; `refused`: the parameters are unknown here. */
  readonly pkce?: 'required' | 'refused';
  readonly scopeSeparator?: ' ' | ',';
  /** All there are. */
  readonly scopes?: readonly string[];
  /** Other parameters of the authorization URL, with the values they must have. */
  readonly authorizeParameters?: Readonly<Record<string, string>>;
  /** Addresses the app has registered; a port after 127.0.0.1 may differ, as RFC 8252 section 7.3 says. */
  readonly redirectUris?: readonly string[];
  readonly accessTokenSeconds?: number;
  readonly now?: () => Date;
}

interface Consent {
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  isUsed: boolean;
}

interface Grant {
  readonly scopes: readonly string[];
  refreshToken: string;
  access: string[];
  isRevoked: boolean;
}

/** What a person answers in the browser: yes if nothing is said. */
export interface Answer {
  readonly deny?: true;
  /** Only these boxes stay ticked. */
  readonly scopes?: readonly string[];
}

const DEFAULTS = {
  clientId: 'client-1',
  clientSecret: 'client-secret-77aa31' as string | null,
  clientAuthentication: 'basic',
  rotation: 'replace',
  pkce: 'required',
  scopeSeparator: ' ',
  scopes: ['read', 'activity', 'profile'],
  authorizeParameters: {},
  redirectUris: ['http://127.0.0.1/callback'],
  accessTokenSeconds: 3600,
  now: () => new Date('2026-11-21T06:00:00Z'),
} as const satisfies AuthorityOptions;

/** Thrown inside, answered outside. */
class Refused extends Error {
  readonly status: number;
  constructor(status: number, error: string) {
    super(error);
    this.status = status;
  }
}

export class OAuthAuthority {
  readonly #options: Required<AuthorityOptions>;
  readonly #codes = new Map<string, Consent>();
  readonly #grants: Grant[] = [];
  readonly #expiry = new Map<string, number>();
  #made = 0;
  /** Requests for a token with a refresh token, refused ones too. */
  refreshes = 0;
  /** Every token and code it ever gave out. */
  readonly issued: string[] = [];

  constructor(options: AuthorityOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** A person signed in before the test began: the refresh token they got. */
  signIn(scopes: readonly string[] = this.#options.scopes): string {
    return this.#grant(scopes).refreshToken;
  }

  /** An access token to copy from a page; it lives as long as any other. */
  personalToken(): string {
    return String(
      (this.#answer(this.#grant(this.#options.scopes), undefined).json as { access_token: string }).access_token,
    );
  }

  /** The person withdraws what they allowed. */
  revoke(refreshToken: string): void {
    for (const grant of this.#grants) if (grant.refreshToken === refreshToken) grant.isRevoked = true;
  }

  /** Every access token there is stops working; refresh tokens stay. */
  expireAccess(): void {
    this.#expiry.clear();
  }

  /** Scopes of the access token in `Authorization: Bearer …`; undefined for one that is not good now. */
  scopesOf({ headers }: Pick<SeenRequest, 'headers'>): readonly string[] | undefined {
    const token = /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? '';
    if ((this.#expiry.get(token) ?? 0) <= this.#options.now().getTime()) return undefined;
    return this.#grants.find(({ access, isRevoked }) => access.includes(token) && !isRevoked)?.scopes;
  }

  /** The address the browser is sent back to. Throws when the service would show an error page instead. */
  authorize(url: URL, { deny, scopes: ticked }: Answer = {}): URL {
    const { clientId, pkce, authorizeParameters } = this.#options;
    const query = Object.fromEntries(url.searchParams);
    const { client_id, redirect_uri = '', response_type, scope = '', state, code_challenge, ...rest } = query;
    const { code_challenge_method: method, ...others } = rest;
    if (client_id !== clientId) throw new Error('unknown client');
    if (!this.#isRegistered(redirect_uri)) throw new Error(`redirect_uri is not registered: ${redirect_uri}`);
    if (response_type !== 'code') throw new Error('response_type');
    if (state === undefined || state.length < 16) throw new Error('state is missing or can be guessed');
    if (JSON.stringify(sorted(others)) !== JSON.stringify(sorted(authorizeParameters)))
      throw new Error(`parameters: ${Object.keys(others)}`);
    const isBound = method === 'S256' && /^[\w-]{43}$/.test(code_challenge ?? '');
    if (pkce === 'required' ? !isBound : (code_challenge ?? method) !== undefined) throw new Error('code_challenge');
    const asked = this.#scopesIn(scope);
    const target = new URL(redirect_uri);
    target.searchParams.set('state', state);
    if (deny) {
      target.searchParams.set('error', 'access_denied');
      return target;
    }
    const granted = asked.filter((name) => ticked?.includes(name) ?? true);
    const code = this.#make('code');
    this.#codes.set(code, { scopes: granted, redirectUri: redirect_uri, challenge: code_challenge, isUsed: false });
    target.searchParams.set('code', code);
    target.searchParams.set('scope', granted.join(this.#options.scopeSeparator));
    return target;
  }

  /** The token endpoint. */
  token(request: SeenRequest): Reply {
    try {
      const form = formOf(request);
      const { grant_type: type, ...fields } = this.#checkClient(form, request.headers['authorization']);
      if (type === 'authorization_code') return this.#exchange(fields);
      if (type === 'refresh_token') return this.#refresh(fields);
      throw new Refused(400, 'unsupported_grant_type');
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { status: error.status, json: { error: error.message, error_description: 'as the RFC has it' } };
    }
  }

  #exchange({ code = '', redirect_uri, code_verifier: verifier, ...rest }: Record<string, string>): Reply {
    const consent = this.#codes.get(code);
    if (Object.keys(rest).length > 0) throw new Refused(400, 'invalid_request');
    if (consent === undefined || consent.isUsed || consent.redirectUri !== redirect_uri)
      throw new Refused(400, 'invalid_grant');
    consent.isUsed = true;
    const challenge = verifier === undefined ? undefined : createHash('sha256').update(verifier).digest('base64url');
    if (challenge !== consent.challenge) throw new Refused(400, 'invalid_grant');
    const grant = this.#grant(consent.scopes);
    return this.#answer(grant, grant.refreshToken);
  }

  #refresh({ refresh_token: token = '', ...rest }: Record<string, string>): Reply {
    this.refreshes += 1;
    if (Object.keys(rest).length > 0) throw new Refused(400, 'invalid_request');
    const grant = this.#grants.find(({ refreshToken, isRevoked }) => refreshToken === token && !isRevoked);
    if (grant === undefined) throw new Refused(400, 'invalid_grant');
    const { rotation } = this.#options;
    if (rotation === 'silent') return this.#answer(grant, undefined);
    if (rotation === 'replace') grant.refreshToken = this.#make('refresh');
    return this.#answer(grant, grant.refreshToken);
  }

  #answer(grant: Grant, refresh: string | undefined): Reply {
    const { accessTokenSeconds, now, scopeSeparator } = this.#options;
    const access = this.#make('access');
    grant.access.push(access);
    this.#expiry.set(access, now().getTime() + accessTokenSeconds * 1000);
    const json = {
      access_token: access,
      token_type: 'Bearer',
      expires_in: accessTokenSeconds,
      scope: grant.scopes.join(scopeSeparator),
      ...(refresh === undefined ? {} : { refresh_token: refresh }),
    };
    return { json, headers: { 'cache-control': 'no-store' } };
  }

  #grant(scopes: readonly string[]): Grant {
    const grant: Grant = { scopes, refreshToken: this.#make('refresh'), access: [], isRevoked: false };
    this.#grants.push(grant);
    return grant;
  }

  /** The client proves itself in the one way that was agreed, and in no other. */
  #checkClient(form: Record<string, string>, header: string | undefined): Record<string, string> {
    const { clientId, clientSecret, clientAuthentication } = this.#options;
    const { client_id, client_secret, ...rest } = form;
    const isBasic = clientSecret !== null && clientAuthentication === 'basic';
    const expected = isBasic ? `Basic ${btoa(`${clientId}:${clientSecret}`)}` : undefined;
    const inBody = isBasic ? [undefined, undefined] : [clientId, clientSecret ?? undefined];
    if (header !== expected || client_id !== inBody[0] || client_secret !== inBody[1])
      throw new Refused(401, 'invalid_client');
    return rest;
  }

  #scopesIn(text: string): string[] {
    const asked = text.split(this.#options.scopeSeparator);
    const unknown = asked.filter((scope) => !this.#options.scopes.includes(scope));
    if (unknown.length > 0) throw new Error(`unknown scopes: ${unknown}`);
    return asked;
  }

  #isRegistered(uri: string): boolean {
    const url = URL.parse(uri);
    if (url === null || url.protocol !== 'http:' || url.hostname !== '127.0.0.1') return false;
    const withoutPort = `http://127.0.0.1${url.pathname}`;
    return this.#options.redirectUris.some((known) => known === uri || known === withoutPort);
  }

  #make(what: string): string {
    this.#made += 1;
    const token = `${what}-${createHash('sha256').update(`${what}${this.#made}`).digest('base64url').slice(0, 24)}`;
    this.issued.push(token);
    return token;
  }
}

function formOf({ method, headers, body }: SeenRequest): Record<string, string> {
  const fields = [...new URLSearchParams(body)];
  const names = new Set(fields.map(([name]) => name));
  const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
  if (method !== 'POST' || !isForm || names.size < fields.length) throw new Refused(400, 'invalid_request');
  return Object.fromEntries(fields);
}

const sorted = (values: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(values).sort(([a], [b]) => a.localeCompare(b));
