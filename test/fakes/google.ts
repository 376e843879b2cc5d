/** A Google API on loopback: tokens, refusals and disturbances. What it answers is handed in. */
import type { Disturbance, ServiceFake } from '../contracts/service.ts';
import { GoogleAccounts, type Scope } from './google-accounts.ts';
import { invalidCredentials, scopeMissing, vendorAnswer, withoutErrors } from './google-errors.ts';
import { type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';

/** What one of the APIs is. */
export interface GoogleApi<Contents> {
  /** Whether its refusals list reasons in `errors`, as those of older APIs do. */
  readonly hasErrors: boolean;
  /** The scope that a token needs for a path. */
  scopeOf(path: string): Scope;
  publish(contents: Contents): void;
  /** Undefined for a path it does not have. */
  answer(request: SeenRequest): Reply | undefined;
}

/** The answer to a request whose token has these scopes, or is not good. */
export function googleAnswer(
  api: Pick<GoogleApi<never>, 'hasErrors' | 'scopeOf' | 'answer'>,
  request: SeenRequest,
  scopes: readonly string[] | undefined,
): Reply | undefined {
  const isAllowed = scopes?.includes(api.scopeOf(request.path)) ?? false;
  const refusal = scopes === undefined ? invalidCredentials : scopeMissing;
  return inFormOf(api, isAllowed ? api.answer(request) : refusal);
}

const inFormOf = ({ hasErrors }: Pick<GoogleApi<never>, 'hasErrors'>, reply: Reply | undefined): Reply | undefined =>
  hasErrors || reply === undefined ? reply : withoutErrors(reply);

export interface GoogleFake<Contents> extends ServiceFake<Contents> {
  /** Every request for data that came, in order. */
  readonly seen: readonly SeenRequest[];
}

/** Starts the API for the one account there is. `name` keeps the secrets of two of them apart. */
export async function startGoogle<Contents>(name: string, api: GoogleApi<Contents>): Promise<GoogleFake<Contents>> {
  const accounts = new GoogleAccounts(name);
  const server = await startFakeHttp();
  const seen: SeenRequest[] = [];
  let due: (Disturbance & { readonly from: number }) | undefined;
  const disturbance = (): Reply | undefined => {
    const { from, after, times = 1, status, headers, body } = due ?? { from: 0, after: 0, times: 0, status: 0 };
    const number = seen.length - from;
    if (number <= after || number > after + times) return undefined;
    const own = vendorAnswer(status);
    return { ...(body === undefined ? own : { status, body }), headers: headers ?? own.headers ?? {} };
  };
  server.serve((request) => {
    if (request.path === '/token') return accounts.token(request);
    seen.push(request);
    return inFormOf(api, disturbance()) ?? googleAnswer(api, request, accounts.scopesOf(request));
  });
  return {
    baseUrl: server.url,
    authUrl: server.url,
    get credentials() {
      return accounts.credentials;
    },
    get requests() {
      return seen.length;
    },
    get secrets() {
      return accounts.secrets;
    },
    seen,
    publish: (contents) => api.publish(contents),
    disturb: (disturbance) => {
      due = { ...disturbance, from: seen.length };
    },
    expireTokens: () => accounts.expire(),
    revokeTokens: () => accounts.revoke(),
    async close() {
      await server.close();
      server.verify();
    },
  };
}
