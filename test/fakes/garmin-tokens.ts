/**
 * Garmin's two kinds of tokens, with everything secret that ever existed in them. `di`: the refresh token is used up by
 * every renewal. `oauth1`: a lasting token signs each exchange, https://www.rfc-editor.org/rfc/rfc5849#section-3.
 */
import { createHmac } from 'node:crypto';
import type { Reply, SeenRequest } from './http-server.ts';

export type TokenKind = 'di' | 'oauth1';

const CLIENT = 'GARMIN_CONNECT_MOBILE_ANDROID_DI_2025Q2';
const CONSUMER = { consumer_key: 'fake-consumer-key', consumer_secret: 'fake+consumer/secret' };
/** In seconds, long after every trial. */
const EXPIRES_AT = Date.parse('2030-01-01T00:00:00Z') / 1000;

export class GarminTokens {
  readonly #kind: TokenKind;
  readonly #url: string;
  readonly #all: string[] = [];
  readonly #good = new Set<string>();
  #refresh = '';
  #oauth1 = { oauth_token: '', oauth_token_secret: '' };
  #seed = '';

  constructor(kind: TokenKind, url: string) {
    this.#kind = kind;
    this.#url = url;
    this.#signIn();
  }

  get credentials(): Readonly<Record<string, string>> {
    return { GARMIN_TOKENS: this.#seed, GARMIN_OAUTH_CONSUMER_URL: `${this.#url}/oauth_consumer.json` };
  }

  get secrets(): readonly string[] {
    return [...this.#all, this.#seed, CONSUMER.consumer_secret];
  }

  expire(): void {
    this.#good.clear();
  }

  /** The person signs in again somewhere else, which makes a new seed. */
  revoke(): void {
    this.#good.clear();
    this.#signIn();
  }

  knows({ headers }: SeenRequest): boolean {
    return this.#good.has(headers['authorization']?.replace(/^Bearer /, '') ?? '');
  }

  isRenewal({ path }: SeenRequest): boolean {
    return path === '/di-oauth2-service/oauth/token' || path === '/oauth-service/oauth/exchange/user/2.0';
  }

  /** Undefined for what is no business of a token service. */
  answer(request: SeenRequest): Reply | undefined {
    if (this.isRenewal(request) && !isApp(request)) return TURNED_AWAY;
    switch (request.path) {
      case '/di-oauth2-service/oauth/token':
        return this.#renew(request);
      case '/oauth-service/oauth/exchange/user/2.0':
        return this.#exchange(request);
      case '/oauth_consumer.json':
        return { json: CONSUMER };
      default:
        return undefined;
    }
  }

  /** A new pair for whoever came with a good ticket. */
  grantOAuth1(): { readonly oauth_token: string; readonly oauth_token_secret: string } {
    this.#oauth1 = { oauth_token: this.#secret('oauth1'), oauth_token_secret: this.#secret('oauth1-secret') };
    return this.#oauth1;
  }

  /** Whether consumer and token, if there is one, signed the request. */
  isSigned({ method, path, query, headers, body }: SeenRequest, tokenSecret: string): boolean {
    const { authorization = '', 'content-type': type = '' } = headers;
    const inHeader = [...authorization.matchAll(/(\w+)="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, decodeURIComponent(value)] as const,
    );
    const form = type.includes('urlencoded') ? [...new URLSearchParams(body)] : [];
    const all = [...inHeader, ...Object.entries(query), ...form];
    const { oauth_signature: signature, oauth_consumer_key: consumer } = Object.fromEntries(all);
    const signed = all
      .filter(([name]) => name !== 'oauth_signature' && name !== 'realm')
      .map(([name, value]) => [percent(name), percent(value)].join('='));
    const base = [method, percent(`${this.#url}${path}`), percent(signed.sort().join('&'))].join('&');
    const key = `${percent(CONSUMER.consumer_secret)}&${percent(tokenSecret)}`;
    return consumer === CONSUMER.consumer_key && signature === createHmac('sha1', key).update(base).digest('base64');
  }

  #renew({ method, headers, body }: SeenRequest): Reply {
    const form = Object.fromEntries(new URLSearchParams(body));
    if (method !== 'POST' || headers['authorization'] !== `Basic ${btoa(`${CLIENT}:`)}`) {
      return { status: 401, json: { error: 'invalid_client' } };
    }
    if (Object.keys(form).sort().join() !== 'client_id,grant_type,refresh_token' || form['client_id'] !== CLIENT) {
      return { status: 400, json: { error: 'invalid_request' } };
    }
    if (form['grant_type'] !== 'refresh_token') return { status: 400, json: { error: 'unsupported_grant_type' } };
    if (form['refresh_token'] !== this.#refresh) return { status: 400, json: { error: 'invalid_grant' } };
    this.#refresh = this.#secret('di-refresh');
    const expires_in = 107_182;
    return { json: { access_token: this.#access(), token_type: 'Bearer', refresh_token: this.#refresh, expires_in } };
  }

  #exchange(request: SeenRequest): Reply {
    const { oauth_token, oauth_token_secret } = this.#oauth1;
    const presented = decodeURIComponent(`${request.headers['authorization']}`) + JSON.stringify(request.query);
    if (
      request.method !== 'POST' ||
      !presented.includes(`"${oauth_token}"`) ||
      !this.isSigned(request, oauth_token_secret)
    ) {
      return { status: 401, json: { error: 'UnauthorizedException' } };
    }
    return {
      json: {
        scope: 'CONNECT_READ',
        jti: 'jti-1',
        access_token: this.#access(),
        token_type: 'Bearer',
        refresh_token: this.#secret('unused-refresh'),
        expires_in: 107_182,
        refresh_token_expires_in: 2_591_999,
      },
    };
  }

  #signIn(): void {
    if (this.#kind === 'oauth1') {
      this.#seed = JSON.stringify({ oauth1: this.grantOAuth1() });
      return;
    }
    this.#refresh = this.#secret('di-refresh');
    this.#seed = JSON.stringify({ di_token: this.#access(), di_refresh_token: this.#refresh, di_client_id: CLIENT });
  }

  #secret(what: string): string {
    const secret = `${what}-${this.#all.length + 1}-3b1f/9+e`;
    this.#all.push(secret);
    return secret;
  }

  /** A JWT, as far as anybody can tell who does not verify it. */
  #access(): string {
    const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url');
    const token = [
      part({ alg: 'RS256' }),
      part({ jti: `access-${this.#all.length + 1}`, client_id: CLIENT, exp: EXPIRES_AT }),
      `signature-${this.#all.length + 1}`,
    ].join('.');
    this.#all.push(token);
    this.#good.add(token);
    return token;
  }
}

/** One of Garmin's apps, as they and the programs that act for them call themselves. */
const isApp = ({ headers }: SeenRequest): boolean => /^(GCM-|com\.garmin\.)/.test(headers['user-agent'] ?? '');

const TURNED_AWAY: Reply = { status: 403, headers: { 'content-type': 'text/html' }, body: '<html></html>' };

const percent = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => {
    const sign = String.fromCharCode(byte);
    return /[A-Za-z0-9\-._~]/.test(sign) ? sign : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
