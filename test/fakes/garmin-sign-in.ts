/** Garmin's pages for signing in, as the npm package garmin-connect walks through them. */
import type { GarminTokens } from './garmin-tokens.ts';
import type { Reply, SeenRequest } from './http-server.ts';

/** What Garmin does with a good name and password. */
export type Ending = 'ticket' | 'mfa' | 'turned-away';

export class GarminSignIn {
  readonly username = 'user-1@example.org';
  readonly password = 'correct horse & battery';
  ending: Ending = 'ticket';
  readonly #tokens: GarminTokens;
  #ticket: string | undefined;

  constructor(tokens: GarminTokens) {
    this.#tokens = tokens;
  }

  answer(request: SeenRequest): Reply | undefined {
    switch (request.path) {
      case '/sso/embed':
        return page('GAuth Embedded', '');
      case '/sso/signin':
        return request.method === 'POST'
          ? this.#signIn(request)
          : page('Sign In', '<input name="_csrf" value="csrf-1">');
      case '/oauth-service/oauth/preauthorized':
        return this.#redeem(request);
      default:
        return undefined;
    }
  }

  #signIn({ body }: SeenRequest): Reply {
    if (this.ending === 'turned-away') return { status: 429, json: { error: { 'status-code': '429' } } };
    const isKnown = [this.username, this.password, 'csrf-1'].every((field) => body.includes(field));
    if (!isKnown) return page('Sign In', 'Invalid username or password.');
    if (this.ending === 'mfa') return page('GARMIN Authentication Application: Enter MFA code for login', '');
    this.#ticket = 'ST-ticket-1';
    return page('Success', `<a href="/sso/embed?ticket=${this.#ticket}">`);
  }

  #redeem(request: SeenRequest): Reply {
    const { ticket } = request.query;
    if (ticket === undefined || ticket !== this.#ticket || !this.#tokens.isSigned(request, '')) return { status: 401 };
    this.#ticket = undefined;
    return { body: new URLSearchParams({ ...this.#tokens.grantOAuth1() }).toString() };
  }
}

const page = (title: string, body: string): Reply => ({
  headers: { 'content-type': 'text/html' },
  body: `<html><head><title>${title}</title></head><body>${body}</body></html>`,
});
