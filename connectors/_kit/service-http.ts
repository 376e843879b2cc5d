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

/** How a connector speaks HTTP. */
export type ServiceHttp = Pick<Connector, 'authorize' | 'budgets' | 'classify' | 'limits' | 'tokens'>;

/** `close` it when it is over. */
export function openServiceHttp(
  { authorize, budgets, classify, limits = [], tokens }: ServiceHttp,
  { baseUrl, credentials, secrets, accessToken }: Access,
  {
    clock,
    random,
    signal,
    admit,
    onRequest,
  }: Pick<HttpOptions, 'admit' | 'clock' | 'random' | 'onRequest'> & {
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
    ...(admit === undefined ? {} : { admit }),
    classify,
    limits,
    budgets,
    ...(proof === undefined ? {} : authorization(proof, credentials, accessToken, tokens?.perAddress)),
  });
}

/** Asks for the token with every request, since it may have been renewed; after a 401 once for another one. */
function authorization(
  proof: Authorize,
  credentials: Credentials,
  accessToken: AccessToken | undefined,
  perAddress: true | undefined,
): Pick<HttpOptions, 'authorize' | 'onUnauthorized'> {
  if (accessToken === undefined) return { authorize: async () => proof(credentials, undefined) };
  const audienceOf = ({ href }: URL): string | undefined => (perAddress ? href : undefined);
  const used = new Map<string | undefined, string>();
  return {
    authorize: async (url) => {
      const audience = audienceOf(url);
      const token = await accessToken(undefined, audience);
      used.set(audience, token);
      return proof(credentials, token);
    },
    onUnauthorized: async (url) => void (await accessToken(used.get(audienceOf(url)), audienceOf(url))),
  };
}
