/** How a person signs in to a service, in each of the ways there are. What comes of it are credentials; none is shown here. */
import {
  movedTo,
  type NewCredentials,
  openTokenHttp,
  requestToken,
  TidemillError,
  type TokenAnswer,
} from '@tidemill/kit';
import { secretsIn } from '@tidemill/kit/credentials';
import { type Authorization, authorizationUrl, type Code, checkGranted, codeIn, codePasted } from './authorization.ts';
import { isLoopback, openLoopback } from './loopback.ts';
import { keptAndTried, type SignedIn, type SignInRequest, tried } from './try.ts';

/** How long a person may take, in milliseconds. */
const PATIENCE_MS = 10 * 60_000;
/** With --paste nobody listens; most services take any port of this address. */
const NOBODY_LISTENS = 'http://127.0.0.1:8765/callback';

/** Throws TidemillErrors of kind `auth` (refused, denied), `config` (something must be set first), and those of HTTP. */
export async function signIn(request: SignInRequest): Promise<SignedIn> {
  const { connector, way } = request;
  if (typeof way !== 'string') return tried(request, imported(request, way.text));
  if (connector.oauth !== undefined) return authorized(request);
  const { withPassword } = connector.signIn ?? {};
  if (withPassword === undefined) return tried(request, {});
  const { credentials, service, person, clock, signal } = request;
  const places = { baseUrl: service.base_url ?? connector.baseUrl, authUrl: service.auth_url };
  const ask = (question: string): Promise<string> => person.ask(question);
  const made = await withPassword({ ...places, credentials, now: clock.now(), signal, ask });
  // Services count sign-ins: what one made is kept, whatever becomes of its first use.
  return tried(request, made).catch((doubt: unknown) => ({ credentials: made, who: undefined, doubt }));
}

function imported({ connector, clock }: SignInRequest, text: string): NewCredentials {
  const { importTokens, imports = [] } = connector.signIn ?? {};
  // Some editors of Windows begin a file with a mark of its byte order.
  const found = importTokens?.(text.replace(/^\uFEFF/, ''), clock.now());
  if (found !== undefined) return found;
  const known = imports.length === 0 ? 'It takes none.' : `It takes those of ${imports.join(', ')}.`;
  throw new TidemillError('config', 'import-unknown', `${connector.service} does not know this token file`, {
    hint: known,
  });
}

/** Authorization code, https://www.rfc-editor.org/rfc/rfc6749#section-4.1, from the person's yes to the tokens. */
const authorized = (request: SignInRequest): Promise<SignedIn> =>
  request.way === 'paste' ? fromPaste(request) : fromBrowser(request);

/** From the code to tokens that were tried. Throws when they are fewer than was asked for: then nothing is kept of them. */
async function redeemed(request: SignInRequest, authorization: Authorization, code: Code): Promise<SignedIn> {
  const { connector } = request;
  const answer = await exchange(request, authorization, code);
  checkGranted(connector.service, authorization.scopes, answer.scopes ?? code.scopes);
  if (answer.refresh === undefined) {
    throw new TidemillError('auth', 'sign-in-no-refresh', `${connector.service} gave no refresh token`, {
      hint: 'It may only do so the first time: withdraw the app in the account’s settings at the service, and start again.',
    });
  }
  const found = { [authorization.oauth.credentials.refreshToken]: answer.refresh };
  return keptAndTried(request, found, answer.access);
}

async function fromBrowser(request: SignInRequest): Promise<SignedIn> {
  const { connector, person, signal } = request;
  const registered = registeredUri(request);
  if (registered !== undefined && !isLoopback(registered)) {
    throw new TidemillError('config', 'sign-in-redirect', `${registered} is not on this machine`, {
      hint: 'Register http://127.0.0.1:PORT/callback with the service instead, or use --paste.',
    });
  }
  const loopback = await openLoopback(registered);
  const [patience, waiting] = [new AbortController(), new AbortController()];
  const late = new TidemillError('auth', 'sign-in-late', 'Nobody came back from the browser', {
    hint: 'Start again; with --paste if the browser is on another machine.',
  });
  request.clock.sleep(PATIENCE_MS, patience.signal).then(
    () => waiting.abort(late),
    () => undefined,
  );
  try {
    const authorization = authorizationFor(request, loopback.redirectUri);
    const url = authorizationUrl(authorization).href;
    person.say(`${alsoFor(request)}Open this page and agree:\n\n  ${url}\n\n`);
    person.openBrowser(url);
    const ended = AbortSignal.any([signal, waiting.signal]);
    return await loopback.wait(
      {
        take: (returned) => codeIn(returned, authorization),
        complete: (code) => redeemed(request, authorization, code),
        ended: ({ doubt }) => (doubt === undefined ? signedInText(connector.service) : DOUBTFUL),
      },
      ended,
    );
  } finally {
    patience.abort();
    await loopback.close();
  }
}

async function fromPaste(request: SignInRequest): Promise<SignedIn> {
  const { person } = request;
  const authorization = authorizationFor(request, registeredUri(request) ?? NOBODY_LISTENS);
  person.say(
    `${alsoFor(request)}Open this page in any browser and agree. It then shows a page that cannot be reached: its address is what counts.\n\n  ${authorizationUrl(authorization).href}\n\n`,
  );
  const pasted = await person.ask('The address the browser was sent to: ');
  return redeemed(request, authorization, codePasted(pasted, authorization));
}

const signedInText = (service: string): string =>
  `Signed in to ${service}. You can close this window and go back to the terminal.`;

const DOUBTFUL = 'There are new credentials, and whether they work is not known. The terminal says more.';

/** The page will ask for more than this service needs. */
function alsoFor({ connector, alsoFor: others }: SignInRequest): string {
  if (others.length === 0) return '';
  return `${connector.service} shares its credential ${connector.oauth?.credentials.refreshToken} with ${others.join(', ')}: what is asked for is what all their jobs need.\n\n`;
}

function registeredUri({ connector, credentials }: SignInRequest): string | undefined {
  const name = connector.oauth?.credentials.redirectUri;
  return name === undefined ? undefined : credentials[name];
}

function authorizationFor(request: SignInRequest, redirectUri: string): Authorization {
  const { connector, credentials, secrecy, scopes, service } = request;
  const { oauth } = connector;
  if (oauth === undefined) throw new TypeError('a service with OAuth was expected');
  return { ...secrecy, service: connector.service, oauth, credentials, redirectUri, scopes, authUrl: service.auth_url };
}

async function exchange(
  { connector, clock, random }: SignInRequest,
  { service, oauth, credentials, redirectUri, verifier, authUrl }: Authorization,
  { code }: Code,
): Promise<TokenAnswer> {
  const url = movedTo(oauth.tokenUrl, authUrl);
  const secrets = [...secretsIn(connector.credentials, credentials), code, verifier];
  const http = openTokenHttp(url, { clock, random, secrets, service });
  const proof = oauth.pkce === 'none' ? {} : { code_verifier: verifier };
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...proof };
  try {
    return await requestToken(oauth, form, { credentials, url, http, now: clock.now() });
  } finally {
    await http.close();
  }
}
