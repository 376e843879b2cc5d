/** A service whose access tokens come from an OAuth authority: what its API says is handed in, the rest is here. */
import type { Disturbance, ServiceFake } from '../contracts/service.ts';
import { type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';
import { type AuthorityOptions, OAuthAuthority } from './oauth-authority.ts';

/** Records as they are asked for; an array is one. */
export interface Series<T> {
  readonly length: number;
  at(index: number): T | undefined;
}

/** Records 1, 2, 3 …, each made when it is asked for. */
export const numbered = <T>(length: number, make: (number: number) => T): Series<T> => ({
  length,
  at: (index) => make(index + 1),
});

/** The records in `[start, end)`. */
export function sliceOf<T>(series: Series<T>, start: number, end: number): T[] {
  const length = Math.max(0, Math.min(end, series.length) - start);
  return Array.from({ length }, (_, index) => series.at(start + index) as T);
}

export interface OAuthServiceOptions<Contents> {
  /** The account before anything is published. */
  readonly empty: Contents;
  readonly authority: AuthorityOptions & { readonly clientId: string; readonly clientSecret: string };
  /** Names of the connector's credentials. */
  readonly credentials: { readonly clientId: string; readonly clientSecret: string; readonly refreshToken: string };
  /** Where the API begins: `/v1`. */
  readonly apiPath: string;
  readonly tokenPath: string;
  /** What the vendor makes of a token error of the RFC; as it is, if not given. */
  tokenError?(reply: Reply): Reply;
  /** The vendor's answer of this status, with its body and its signals. */
  failure(status: number): Reply;
  /** Headers of every answer of the API; called once for each, so that it may count. Or a refusal. */
  meter?(contents: Contents): { readonly headers: Readonly<Record<string, string>>; readonly refusal?: Reply };
  /** A request with a good token and its scopes; `path` is what follows `apiPath`. */
  answer(request: ApiRequest, contents: Contents): Reply;
}

export interface ApiRequest extends SeenRequest {
  readonly scopes: readonly string[];
  /** Where the API lives, for links. */
  readonly base: string;
}

/** Starts it on loopback; every request is answered, whatever it is. */
export async function startOAuthService<Contents>(
  options: OAuthServiceOptions<Contents>,
): Promise<ServiceFake<Contents> & { readonly seen: readonly SeenRequest[] }> {
  const { authority: declared, credentials: names, apiPath, tokenPath, failure } = options;
  const authority = new OAuthAuthority(declared);
  const server = await startFakeHttp();
  const base = `${server.url}${apiPath}`;
  let contents = options.empty;
  let refreshToken = authority.signIn();
  let requests = 0;
  let disturbance: (Disturbance & { from: number }) | undefined;

  const disturbed = (): Reply | undefined => {
    if (disturbance === undefined) return undefined;
    const { from, after, times = 1, status, headers, body } = disturbance;
    const number = requests - from - after;
    if (number < 1 || number > times) return undefined;
    const own = failure(status);
    return { ...(body === undefined ? own : { status, body }), headers: headers ?? own.headers ?? {} };
  };
  const api = (request: SeenRequest): Reply => {
    requests += 1;
    const { headers = {}, refusal } = options.meter?.(contents) ?? {};
    const scopes = authority.scopesOf(request);
    const path = request.path.slice(apiPath.length);
    const reply =
      disturbed() ??
      refusal ??
      (scopes === undefined ? failure(401) : options.answer({ ...request, path, scopes, base }, contents));
    return { ...reply, headers: { ...headers, ...reply.headers } };
  };
  server.serve((request) => {
    if (request.path !== tokenPath) return request.path.startsWith(apiPath) ? api(request) : undefined;
    const reply = authority.token(request);
    return reply.status === undefined ? reply : (options.tokenError?.(reply) ?? reply);
  });

  return {
    baseUrl: base,
    authUrl: server.url,
    get credentials() {
      const { clientId, clientSecret } = declared;
      return { [names.clientId]: clientId, [names.clientSecret]: clientSecret, [names.refreshToken]: refreshToken };
    },
    get requests() {
      return requests;
    },
    get secrets() {
      return [declared.clientSecret, ...authority.issued];
    },
    seen: server.requests,
    publish: (published) => {
      contents = published;
    },
    disturb: (ordered) => {
      disturbance = { ...ordered, from: requests };
    },
    expireTokens: () => authority.expireAccess(),
    revokeTokens() {
      for (const token of authority.issued) authority.revoke(token);
      refreshToken = authority.signIn();
    },
    async close() {
      await server.close();
      server.verify();
    },
  };
}
