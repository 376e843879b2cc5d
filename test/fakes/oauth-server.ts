/** An OAuth 2 service on loopback: `/authorize` for browsers, `/token` for programs, and `/me`, which says who is signed in. */
import { onTestFinished } from 'vitest';
import { type FakeHttp, type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';
import { type Answer, type AuthorityOptions, OAuthAuthority } from './oauth-authority.ts';

export interface FakeOAuth {
  readonly url: string;
  readonly authority: OAuthAuthority;
  readonly requests: FakeHttp['requests'];
  /**
   * What happens to the next request for a token. `lost`: it is answered, and the answer does not arrive. Or it is answered
   * with this instead, and nothing becomes of it.
   */
  disturb(how: 'lost' | Reply): void;
  /** Called when a token was asked for, before it is answered. */
  onToken(listener: () => void): void;
  /** What a person does who opens the address: answers, and lets the browser go back. The page it shows in the end. */
  browse(address: string, answer?: Answer): Promise<{ readonly status: number; readonly text: string }>;
}

export interface FakeOAuthOptions extends AuthorityOptions {
  /** Other paths of the API. */
  readonly api?: (request: SeenRequest, authority: OAuthAuthority) => Reply | undefined;
}

/** Until the test is over; every request must be one it knows. */
export async function fakeOAuth({ api, ...options }: FakeOAuthOptions = {}): Promise<FakeOAuth> {
  const authority = new OAuthAuthority(options);
  const server = await startFakeHttp();
  let disturbance: 'lost' | Reply | undefined;
  let listener: () => void = () => undefined;
  const token = (request: SeenRequest): Reply => {
    listener();
    const how = disturbance;
    disturbance = undefined;
    if (how !== undefined && how !== 'lost') return how;
    const reply = authority.token(request);
    return how === 'lost' ? { ...reply, fault: 'reset' } : reply;
  };
  server.serve((request) => {
    if (request.path === '/token') return token(request);
    if (request.path === '/me') return me(authority, request);
    return api?.(request, authority);
  });
  onTestFinished(async () => {
    await server.close();
    server.verify();
  });
  return {
    url: server.url,
    authority,
    requests: server.requests,
    disturb: (how) => {
      disturbance = how;
    },
    onToken: (listen) => {
      listener = listen;
    },
    async browse(address, answer) {
      const page = await fetch(authority.authorize(new URL(address), answer));
      return { status: page.status, text: await page.text() };
    },
  };
}

function me(authority: OAuthAuthority, request: SeenRequest): Reply {
  const scopes = authority.scopesOf(request);
  if (scopes === undefined) return { status: 401, json: { error: 'the access token is not good' } };
  return { json: { name: 'Ada Example', scopes } };
}
