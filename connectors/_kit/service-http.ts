/** The HTTP side of a service: its limits, what its answers mean, and what proves to it who asks. */
import type { Connector } from './contract.ts';
import { createHttp } from './create-http.ts';
import type { Http, HttpOptions } from './http.ts';
import type { AccessToken, Authorize, Credentials } from './oauth.ts';

interface Access {
  readonly baseUrl: string;
  readonly credentials: Credentials;
  /** Those values of them that no message may hold. */
  readonly secrets: readonly string[];
  /** Undefined for a service without access tokens. */
  readonly accessToken: AccessToken | undefined;
}

const bearer: Authorize = (_, token) => ({ authorization: `Bearer ${token}` });

/** `close` it when it is over. */
export function openServiceHttp(
  { authorize, budgets, classify, limits = [] }: Pick<Connector, 'authorize' | 'budgets' | 'classify' | 'limits'>,
  { baseUrl, credentials, secrets, accessToken }: Access,
  {
    clock,
    random,
    signal,
    onRequest,
  }: Pick<HttpOptions, 'clock' | 'random' | 'onRequest'> & {
    readonly signal: AbortSignal;
  },
): Http & { close(): Promise<void> } {
  const proof = accessToken === undefined ? authorize : (authorize ?? bearer);
  return createHttp({
    baseUrl,
    secrets,
    clock,
    random,
    signal,
    ...(onRequest === undefined ? {} : { onRequest }),
    classify,
    limits,
    budgets,
    ...(proof === undefined ? {} : authorization(proof, credentials, accessToken)),
  });
}

/** Asks for the token with every request, since it may have been renewed; after a 401 once for another one. */
function authorization(
  proof: Authorize,
  credentials: Credentials,
  accessToken: AccessToken | undefined,
): Pick<HttpOptions, 'authorize' | 'onUnauthorized'> {
  if (accessToken === undefined) return { authorize: async () => proof(credentials, undefined) };
  let used: string | undefined;
  return {
    authorize: async () => {
      used = await accessToken();
      return proof(credentials, used);
    },
    onUnauthorized: async () => void (await accessToken(used)),
  };
}
