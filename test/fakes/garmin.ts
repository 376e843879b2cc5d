/** Garmin Connect on loopback, for one account: what its apps ask for, and how it refuses. Garmin documents none of it. */
import type { Disturbance, ServiceFake } from '../contracts/service.ts';
import { answerOf, type GarminContents } from './garmin-data.ts';
import { GarminSignIn } from './garmin-sign-in.ts';
import { GarminTokens, type TokenKind } from './garmin-tokens.ts';
import { type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';

export interface GarminFake extends ServiceFake<GarminContents> {
  /** Every request for data that came, in order. */
  readonly seen: readonly SeenRequest[];
  /** Every other one. */
  readonly asides: readonly SeenRequest[];
  /** From now on these paths answer so, every time: the shapes of "no data", a page, a path that moved. */
  replace(path: string, reply: Reply): void;
  /** What becomes of the next request for a token, instead of its answer. */
  disturbTokens(reply: Reply): void;
  readonly signIn: GarminSignIn;
}

/** `kind`: which tokens the account was signed in with. */
export async function startGarmin(kind: TokenKind = 'di'): Promise<GarminFake> {
  const server = await startFakeHttp();
  const tokens = new GarminTokens(kind, server.url);
  const signIn = new GarminSignIn(tokens);
  const seen: SeenRequest[] = [];
  const asides: SeenRequest[] = [];
  const replaced = new Map<string, Reply>();
  let contents: GarminContents = {};
  let due: (Disturbance & { readonly from: number }) | undefined;
  let tokenTrouble: Reply | undefined;

  const disturbance = (): Reply | undefined => {
    if (due === undefined) return undefined;
    const { from, after, times = 1, status, headers = {}, body } = due;
    const number = seen.length - from;
    return number > after && number <= after + times ? { ...refusalOf(status, body), headers } : undefined;
  };
  const aside = (request: SeenRequest): Reply | undefined => {
    const trouble = tokens.isRenewal(request) ? tokenTrouble : undefined;
    if (trouble !== undefined) tokenTrouble = undefined;
    const reply = trouble ?? tokens.answer(request) ?? signIn.answer(request);
    if (reply !== undefined) asides.push(request);
    return reply;
  };
  server.serve((request) => {
    const known = aside(request);
    if (known !== undefined) return known;
    seen.push(request);
    const trouble = disturbance();
    if (trouble !== undefined) return trouble;
    if (!tokens.knows(request)) return NOT_ACTIVE;
    return replaced.get(request.path) ?? answerOf(request, contents);
  });

  return {
    baseUrl: server.url,
    authUrl: server.url,
    get credentials() {
      return tokens.credentials;
    },
    get requests() {
      return seen.length;
    },
    get secrets() {
      return tokens.secrets;
    },
    seen,
    asides,
    signIn,
    publish: (published) => {
      contents = published;
    },
    disturb: (disturbance) => {
      due = { ...disturbance, from: seen.length };
    },
    replace: (path, reply) => void replaced.set(path, reply),
    disturbTokens: (reply) => {
      tokenTrouble = reply;
    },
    expireTokens: () => tokens.expire(),
    revokeTokens: () => tokens.revoke(),
    async close() {
      await server.close();
      server.verify();
    },
  };
}

const NOT_ACTIVE: Reply = {
  status: 401,
  headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="Token is not active"' },
  json: { message: 'Token is not active', error: 'UnauthorizedException' },
};

/** What stands before Garmin turns addresses away with a page; 429 names no wait. */
function refusalOf(status: number, body: string | undefined): Reply {
  if (body !== undefined) return { status, body };
  if (status === 403) return CLOUDFLARE;
  return { status, json: { message: `HTTP ${status}`, error: status === 429 ? 'TooManyRequestsException' : 'Error' } };
}

const CLOUDFLARE: Reply = {
  status: 403,
  headers: { 'content-type': 'text/html; charset=UTF-8' },
  body: '<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body></body></html>',
};
