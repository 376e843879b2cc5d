/**
 * How a service hands out access tokens. OAuth 2 is declared as data; what is no standard is a hook. Either way a run is
 * handed an access token and never sees what it was made of.
 */
import type { Http } from './http.ts';
import type { Headers } from './http-response.ts';

export type Credentials = Readonly<Record<string, string>>;

/**
 * What becomes of a refresh token that was used. `never`: it stays good, and one that comes with an answer is not needed.
 * `sometimes`, `always`: the one that comes takes its place, so it must be kept before anything else happens; that needs
 * a key, and without one the service does not run.
 */
export type Rotation = 'never' | 'sometimes' | 'always';

/** An OAuth 2 service with the authorization code grant, https://www.rfc-editor.org/rfc/rfc6749#section-4.1 */
export interface OAuth {
  /** Where a person says yes; `auth_url` of the service takes the place of scheme and host, before the path. */
  readonly authorizeUrl: string;
  /** Where codes and refresh tokens become access tokens; moved by `auth_url` too. */
  readonly tokenUrl: string;
  /** Which of the connector's credentials hold what. */
  readonly credentials: {
    readonly clientId: string;
    /** Missing for a public client, which has none. */
    readonly clientSecret?: string;
    readonly refreshToken: string;
    /** Where the browser comes back to: a loopback address. Without one, `tidemill auth` takes a free port. */
    readonly redirectUri?: string;
  };
  /** How the client says who it is: by HTTP Basic, or by `client_id` and `client_secret` in the body. */
  readonly clientAuthentication: 'basic' | 'body';
  readonly rotation: Rotation;
  /** `S256`: codes are bound to the process that asked, https://www.rfc-editor.org/rfc/rfc7636. `none` where a service refuses it. */
  readonly pkce: 'S256' | 'none';
  readonly scopeSeparator: ' ' | ',';
  /** Asked for whatever jobs there are: what `whoami` needs. */
  readonly scopes?: readonly string[];
  /** More parameters of the authorization URL: `{ access_type: 'offline' }`. */
  readonly authorizeParameters?: Readonly<Record<string, string>>;
  /** How long an access token lives when its answer does not say it, in seconds; without it, until it is refused. */
  readonly accessTokenSeconds?: number;
  /** How long a refresh token lives, as a sentence for who is told that it was refused; only where it ends by itself. */
  readonly refreshTokenLife?: string;
}

/** What a refresh is given. */
export interface RefreshContext {
  /** The connector's credentials. */
  readonly credentials: Credentials;
  /** `Tokens.url`, moved by `auth_url` where the configuration says so. */
  readonly url: string;
  /** Where the API lives. */
  readonly baseUrl: string | undefined;
  /** Without credentials of its own; a POST is sent once and never repeated. Relative paths start at the origin of `url`. */
  readonly http: Http;
  readonly now: Date;
  /** What the token is for, with `perAddress`: the address of a request. Undefined when the seed is only tried. */
  readonly audience?: string | undefined;
  /** On a machine whose platform says who it is: a token that says so to an audience. Of GitHub's machines those of jobs that may ask for one. */
  readonly identity?: ((audience: string) => Promise<string>) | undefined;
}

/** What a refresh, or the exchange of a code, answers. */
export interface TokenAnswer {
  readonly access: string;
  /** What refreshes the next time, when the service gave a new one. */
  readonly refresh?: string;
  /** Undefined when nobody knows: then it is used until it is refused. */
  readonly expiresAt?: Date;
  /** What was granted, where the service says it. */
  readonly scopes?: readonly string[];
}

/** Access tokens in general: something that is kept secret is turned into one, and may be replaced by that. */
export interface Tokens {
  /** The credential whose value begins it: a refresh token, or a whole token file. */
  readonly seed: string;
  /** Where a refresh goes. */
  readonly url: string;
  readonly rotation: Rotation;
  /**
   * Each token is good for one address, its query included, as an ID token for its audience: `refresh` is told which. Only with the
   * rotation `never`.
   */
  readonly perAddress?: true;
  /** How long what is held lives, as a sentence for who is told that it was refused; only where it ends by itself. */
  readonly life?: string | undefined;
  /** What to do about a seed that is refused, as a sentence, where nobody signs in for it; signing in again if not given. */
  readonly renewal?: string;
  /** An access token that the seed itself holds, if it does: then the first run need not refresh. */
  read?(seed: string): TokenAnswer | undefined;
  /**
   * Called by one process at a time. `held` is the seed, or what an earlier refresh answered as `refresh`.
   * Throws kind `auth` when the service refuses it for good.
   */
  refresh(held: string, context: RefreshContext): Promise<TokenAnswer>;
}

/** Whose access tokens, and what they are made of. */
export interface TokenRequest {
  readonly service: string;
  readonly tokens: Tokens;
  readonly credentials: Credentials;
  /** Those values of them that no message may hold: all but defaults. */
  readonly secrets: readonly string[];
  /** The configuration's `auth_url`. */
  readonly authUrl: string | undefined;
  readonly baseUrl: string | undefined;
  /** The address that the token is for, with `perAddress`. */
  readonly audience?: string | undefined;
}

/** Answers a token that is good now; `refused` is one that the service said 401 to, `audience` what it is for, with `perAddress`. */
export type AccessToken = (refused?: string, audience?: string) => Promise<string>;

/** Keeps access tokens, and what they are renewed with, for all runs of a process. */
export type KeepTokens = (request: TokenRequest) => AccessToken;

/** What signing in by hand, without a browser's redirect, is given. */
export interface SignInContext {
  /** All that are set, those of `use: 'sign-in'` too. */
  readonly credentials: Credentials;
  readonly baseUrl: string | undefined;
  /** The configuration's `auth_url`. */
  readonly authUrl: string | undefined;
  readonly now: Date;
  readonly signal: AbortSignal;
  /** Asks the person at the terminal: a code that was sent to a phone. */
  ask(question: string): Promise<string>;
}

/** Values of credentials, by their names: what a sign-in or an import ends with. */
export type NewCredentials = Readonly<Record<string, string>>;

/** How a person gets the credentials of a service that has more to it than a page to copy them from. */
export interface SignIn {
  /** For services with neither OAuth nor a token to copy. */
  withPassword?(context: SignInContext): Promise<NewCredentials>;
  /**
   * The text of a token file that another program made. Undefined when it is none that this service knows; throws
   * kind `auth` for one that is known and of no use any more.
   */
  importTokens?(text: string, now: Date): NewCredentials | undefined;
  /** Names of those programs and their files, for the help: `garth (oauth1_token.json)`. */
  readonly imports?: readonly string[];
}

/** Makes the headers of a request out of the credentials, and of the access token where the service has them. */
export type Authorize = (credentials: Credentials, accessToken: string | undefined) => Headers | Promise<Headers>;
