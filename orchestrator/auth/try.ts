/** Uses credentials once, and says who they belong to. */
import {
  type Connector,
  type Credentials,
  movedTo,
  type NewCredentials,
  openTokenHttp,
  type Tokens,
  tokensOf,
} from '@tidemill/kit';
import { secretsIn } from '@tidemill/kit/credentials';
import type { Clock } from '@tidemill/kit/retry';
import { openServiceHttp } from '@tidemill/kit/service-http';
import type { Service } from '../config/job.ts';
import type { Secrecy } from './authorization.ts';

/** The person. */
export interface Person {
  say(text: string): void;
  /** Opens the address in a browser, if there is one; it is said in any case. */
  openBrowser(url: string): void;
  ask(question: string): Promise<string>;
}

export interface SignInRequest {
  readonly connector: Connector;
  readonly service: Pick<Service, 'base_url' | 'auth_url'>;
  /** Every credential that is set. */
  readonly credentials: Credentials;
  /** What all enabled jobs need that will use what comes of this. */
  readonly scopes: readonly string[];
  /** Other services whose jobs will. */
  readonly alsoFor: readonly string[];
  /** `paste`: the browser is on another machine. A text is that of a token file to import. */
  readonly way: 'browser' | 'paste' | { readonly text: string };
  readonly secrecy: Secrecy;
  readonly person: Person;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

export interface SignedIn {
  /** What is new; empty when the service has credentials that are copied from a page, which were only tried. */
  readonly credentials: NewCredentials;
  /** Undefined when the connector cannot say. */
  readonly who: string | undefined;
  /** Why the new credentials could not be tried: keep them, since nobody has the old ones any more, and then say this. */
  readonly doubt?: unknown;
}

/** Throws what the service answers. */
export async function tried(request: SignInRequest, found: NewCredentials): Promise<SignedIn> {
  const credentials = { ...request.credentials, ...found };
  const tokens = tokensOf(request.connector);
  if (tokens === undefined) return { credentials: found, who: await whoIs(request, credentials, undefined) };
  const own = tokens.read?.(credentials[tokens.seed] ?? '');
  if (own !== undefined && (own.expiresAt === undefined || own.expiresAt > request.clock.now()))
    return { credentials: found, who: await whoIs(request, credentials, own.access) };
  return renewed(request, tokens, found);
}

/** The refresh token may be replaced by being tried: then its replacement is what was found, whatever happens next. */
async function renewed(request: SignInRequest, tokens: Tokens, found: NewCredentials): Promise<SignedIn> {
  const { connector, service, clock, random } = request;
  const credentials = { ...request.credentials, ...found };
  const held = credentials[tokens.seed] ?? '';
  const url = movedTo(tokens.url, service.auth_url);
  const baseUrl = service.base_url ?? connector.baseUrl;
  const secrets = secretsIn(connector.credentials, credentials);
  const http = openTokenHttp(url, { clock, random, secrets, service: connector.service });
  try {
    const answer = await tokens.refresh(held, { credentials, url, baseUrl, http, now: clock.now() });
    // What was only tried is no new credential, and not shown.
    const kept = answer.refresh === undefined ? found : { ...found, [tokens.seed]: answer.refresh };
    return await keptAndTried(request, kept, answer.access);
  } finally {
    await http.close();
  }
}

/** What was found is kept, whatever the service then says. */
export function keptAndTried(request: SignInRequest, kept: NewCredentials, access: string): Promise<SignedIn> {
  return whoIs(request, { ...request.credentials, ...kept }, access).then(
    (who) => ({ credentials: kept, who }),
    (doubt: unknown) => ({ credentials: kept, who: undefined, doubt }),
  );
}

/** Undefined when the connector cannot say. */
async function whoIs(
  { connector, service, clock, random, signal }: SignInRequest,
  credentials: Credentials,
  access: string | undefined,
): Promise<string | undefined> {
  const baseUrl = service.base_url ?? connector.baseUrl;
  if (connector.whoami === undefined || baseUrl === undefined) return undefined;
  const accessToken = access === undefined ? undefined : async () => access;
  const secrets = secretsIn(connector.credentials, credentials);
  const http = openServiceHttp(connector, { baseUrl, credentials, secrets, accessToken }, { clock, random, signal });
  try {
    return await connector.whoami(http);
  } finally {
    await http.close();
  }
}
