/** Google's token endpoint: https://developers.google.com/identity/protocols/oauth2/web-server#offline */
import type { Reply, SeenRequest } from './http-server.ts';

/** One account and one client, with everything secret that ever existed between them. */
export class GoogleAccounts {
  readonly #name: string;
  readonly #refreshTokens: string[] = [];
  readonly #accessTokens: string[] = [];
  readonly #good = new Set<string>();

  constructor(name: string) {
    this.#name = name;
    this.#grant();
  }

  /** As the credentials of Google's connectors are named. The refresh token is the one that is good now. */
  get credentials(): Readonly<Record<string, string>> {
    return {
      GOOGLE_CLIENT_ID: `${this.#name}.apps.googleusercontent.example`,
      GOOGLE_CLIENT_SECRET: this.#clientSecret,
      GOOGLE_REFRESH_TOKEN: this.#refreshTokens.at(-1) ?? '',
    };
  }

  get secrets(): readonly string[] {
    return [this.#clientSecret, ...this.#refreshTokens, ...this.#accessTokens];
  }

  expire(): void {
    this.#good.clear();
  }

  revoke(): void {
    this.#good.clear();
    this.#grant();
  }

  /** `POST /token`; the refresh token stays what it is. */
  token({ method, headers, body }: SeenRequest): Reply {
    if (method !== 'POST' || !headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
      return refusal(400, 'invalid_request', 'Bad Request');
    }
    const form = Object.fromEntries(new URLSearchParams(body));
    const { GOOGLE_CLIENT_ID: id, GOOGLE_CLIENT_SECRET: secret, GOOGLE_REFRESH_TOKEN: refresh } = this.credentials;
    const names = Object.keys(form).sort().join();
    if (form['grant_type'] !== 'refresh_token') {
      return refusal(400, 'unsupported_grant_type', `Invalid grant_type: ${form['grant_type']}`);
    }
    if (names !== 'client_id,client_secret,grant_type,refresh_token') {
      return refusal(400, 'invalid_request', 'Parameter not allowed for this message type');
    }
    if (form['client_id'] !== id) return refusal(401, 'invalid_client', 'The OAuth client was not found.');
    if (form['client_secret'] !== secret) return refusal(401, 'invalid_client', 'Unauthorized');
    if (form['refresh_token'] !== refresh) {
      return refusal(400, 'invalid_grant', 'Token has been expired or revoked.');
    }
    return { json: { access_token: this.#access(), expires_in: 3599, scope: 'read', token_type: 'Bearer' } };
  }

  /** Whether the request proves who asks. */
  knows({ headers }: SeenRequest): boolean {
    return this.#good.has(headers['authorization']?.replace(/^Bearer /, '') ?? '');
  }

  get #clientSecret(): string {
    return `GOCSPX-${this.#name}+secret/91`;
  }

  #grant(): void {
    this.#refreshTokens.push(`1//0${this.#name}-refresh-${this.#refreshTokens.length + 1}`);
  }

  #access(): string {
    const token = `ya29.${this.#name}-access-${this.#accessTokens.length + 1}`;
    this.#accessTokens.push(token);
    this.#good.add(token);
    return token;
  }
}

const refusal = (status: number, error: string, error_description: string): Reply => ({
  status,
  json: { error, error_description },
});
