/**
 * Google's export of use counters, and the token endpoint that service accounts go to for it. Both are as strict as their
 * specifications: https://developers.google.com/identity/protocols/oauth2/service-account#httprest and
 * https://www.rfc-editor.org/rfc/rfc7523; how the export answers is read by
 * https://github.com/GoogleChrome/chromium-dashboard/blob/main/internals/fetchmetrics.py
 */
import { generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import type { Disturbance, ServiceFake } from '../contracts/service.ts';
import { configurationOf, environmentOf, federationAnswer, federationSecrets } from './google-federation.ts';
import { type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';

/** What is behind the first line, by day (`YYYYMMDD`), as JSON, or bytes as they are. A day that is not here is not ready. */
export type UmaContents = Readonly<Record<string, object | string>>;

export interface UmaFake extends ServiceFake<UmaContents> {
  /** Requests for days that came, in order. */
  readonly days: readonly string[];
  /** A machine of GitHub's has these instead of a key. */
  readonly federated: Readonly<Record<'credentials' | 'env', Readonly<Record<string, string>>>>;
  /** What time it is there, if not 2026-11-21T06:00Z. */
  setTime(now: Date): void;
  /** What whoever has a good token is answered instead, from now on. */
  answerAll(reply: Reply | undefined): void;
}

const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const HOUR = 3600;

interface Account {
  readonly email: string;
  readonly keyId: string;
  readonly publicKey: KeyObject;
  /** As its file has it. */
  readonly file: string;
}

function newAccount(number: number): Account {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [email, keyId] = [`reader-${number}@project.iam.gserviceaccount.example`, `key${number}`];
  const key = { type: 'service_account', private_key_id: keyId, client_email: email, token_uri: TOKEN_URL };
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return { email, keyId, publicKey, file: JSON.stringify({ ...key, private_key: pem }) };
}

export async function startUmaExport(): Promise<UmaFake> {
  let now = new Date('2026-11-21T06:00:00Z');
  const server = await startFakeHttp();
  const accounts = [newAccount(1)];
  const assertions: string[] = [];
  /** Which address each token is for. */
  const issued = new Map<string, string>();
  const good = new Set<string>();
  const days: string[] = [];
  let contents: UmaContents = {};
  let forAll: Reply | undefined;
  let due: (Disturbance & { readonly from: number }) | undefined;

  const issue = (audience: string): string => {
    const idToken = `eyJ.id-token-${issued.size + 1}-${Buffer.from(audience).toString('base64url')}.c2ln`;
    issued.set(idToken, audience);
    good.add(idToken);
    return idToken;
  };
  const token = (request: SeenRequest): Reply => {
    const form = Object.fromEntries(new URLSearchParams(request.body));
    assertions.push(form['assertion'] ?? '');
    const audience = audienceIn(request, form, { ...(accounts.at(-1) as Account), now });
    if (typeof audience !== 'string') return { status: 400, json: audience };
    return { json: { id_token: issue(audience) } };
  };
  const disturbance = (): Reply | undefined => {
    const {
      from,
      after,
      times = 1,
      status,
      headers = {},
      body = 'Error',
    } = due ?? { from: 0, after: 0, times: 0, status: 0 };
    const number = days.length - from;
    return number <= after || number > after + times ? undefined : { status, headers, body };
  };
  const day = ({ query, headers }: SeenRequest): Reply => {
    const { date = '', ...others } = query;
    days.push(date);
    const bearer = /^Bearer (\S+)$/.exec(headers['authorization'] ?? '')?.[1] ?? '';
    const isFor = issued.get(bearer) === `${server.url}/webstatus/usecounter.webdxfeatures?date=${date}`;
    if (!/^\d{8}$/.test(date) || Object.keys(others).length > 0) return { status: 400, body: 'date' };
    if (!good.has(bearer) || !isFor) return { status: 401, body: 'Unauthorized' };
    return disturbance() ?? forAll ?? exported(contents[date] ?? { r: {} });
  };
  server.serve((request) => {
    if (request.path === '/token') return token(request);
    const isAsked = request.method === 'GET' && request.path === '/webstatus/usecounter.webdxfeatures';
    return isAsked ? day(request) : federationAnswer(request, issue);
  });

  return {
    baseUrl: `${server.url}/webstatus`,
    authUrl: server.url,
    get credentials() {
      return { CHROMIUM_UMA_SERVICE_ACCOUNT_KEY: Buffer.from(accounts.at(-1)?.file ?? '').toString('base64') };
    },
    get requests() {
      return days.length;
    },
    get secrets() {
      const files = accounts.flatMap(({ file }) => [file, ...linesOf(file)]);
      return [...files, ...assertions, ...issued.keys(), ...federationSecrets];
    },
    federated: {
      credentials: { CHROMIUM_UMA_SERVICE_ACCOUNT_KEY: configurationOf(server.url) },
      env: environmentOf(server.url),
    },
    days,
    setTime: (instant) => {
      now = instant;
    },
    answerAll: (reply) => {
      forAll = reply;
    },
    publish: (published) => {
      contents = published;
    },
    disturb: (disturbance) => {
      due = { ...disturbance, from: days.length };
    },
    expireTokens: () => good.clear(),
    revokeTokens() {
      good.clear();
      accounts.push(newAccount(accounts.length + 1));
    },
    async close() {
      await server.close();
      server.verify();
    },
  };
}

/** The body of the key, line by line, as a message might quote it. */
const linesOf = (file: string): string[] =>
  (JSON.parse(file) as { private_key: string }).private_key.split('\n').filter((line) => /^[\w+/=]{20,}$/.test(line));

const exported = (contents: object | string): Reply => ({
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body:
    typeof contents === 'string'
      ? contents
      : `)]}' // XSSI prefix (go/xssi).\n${JSON.stringify(contents, undefined, 1)}`,
});

/** The audience that the account has signed for, or how the endpoint refuses: https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
function audienceIn(
  { method, headers }: SeenRequest,
  form: Record<string, string>,
  account: Account & { readonly now: Date },
): string | object {
  const refuse = (error: string, error_description: string) => ({ error, error_description });
  const { grant_type: grant, assertion = '', ...others } = form;
  const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
  if (method !== 'POST' || !isForm || Object.keys(others).length > 0) return refuse('invalid_request', 'Bad Request');
  if (grant !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
    return refuse('unsupported_grant_type', 'Invalid grant_type');
  const [head = '', body = '', signature = '', ...more] = assertion.split('.');
  const signed = Buffer.from(`${head}.${body}`);
  const isSigned = verify('sha256', signed, account.publicKey, Buffer.from(signature, 'base64url'));
  if (!isSigned || more.length > 0) return refuse('invalid_grant', 'Invalid JWT Signature.');
  const { alg, kid } = partOf(head);
  const { iss, sub, aud, iat, exp, target_audience: audience, scope } = partOf(body);
  if (alg !== 'RS256' || kid !== account.keyId) return refuse('invalid_grant', 'Invalid JWT header.');
  if (iss !== account.email || (sub !== undefined && sub !== iss)) return refuse('invalid_grant', 'account not found');
  if (aud !== TOKEN_URL) return refuse('invalid_grant', 'Invalid JWT: Failed audience check.');
  const seconds = account.now.getTime() / 1000;
  const isTimely = Number(iat) <= seconds + 2 * HOUR && Number(exp) > seconds && Number(exp) - Number(iat) <= HOUR;
  if (!isTimely) return refuse('invalid_grant', 'Invalid JWT: Token must be a short-lived token (60 minutes)');
  if (scope !== undefined || typeof audience !== 'string' || audience === '')
    return refuse('invalid_scope', 'target_audience');
  return audience;
}

const partOf = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString());
