/**
 * One account at Google and one client, an installed app: a token has the scopes that were asked for with it and no others, for
 * such an app has no incremental authorization. https://developers.google.com/identity/protocols/oauth2/native-app
 */
import type { Reply, SeenRequest } from './http-server.ts';
import { type AuthorityOptions, OAuthAuthority } from './oauth-authority.ts';

export const SCOPES = {
  events: 'https://www.googleapis.com/auth/calendar.events.readonly',
  calendarList: 'https://www.googleapis.com/auth/calendar.calendarlist.readonly',
  spreadsheets: 'https://www.googleapis.com/auth/spreadsheets.readonly',
} as const;
export type Scope = (typeof SCOPES)[keyof typeof SCOPES];

/** What Google lets such an app do; `name` keeps the secrets of two of them apart. */
export const installedApp = (name: string) =>
  ({
    clientId: `${name}.apps.googleusercontent.example`,
    clientSecret: `GOCSPX-${name}+secret/91`,
    clientAuthentication: 'body',
    rotation: 'silent',
    pkce: 'required',
    scopes: Object.values(SCOPES),
    authorizeParameters: { access_type: 'offline', prompt: 'consent' },
    accessTokenSeconds: 3599,
  }) as const satisfies AuthorityOptions;

export class GoogleAccounts {
  readonly #app: ReturnType<typeof installedApp>;
  readonly #authority: OAuthAuthority;
  #refreshToken: string;

  constructor(name: string) {
    this.#app = installedApp(name);
    this.#authority = new OAuthAuthority(this.#app);
    this.#refreshToken = this.#authority.signIn();
  }

  /** As the credentials of Google's connectors are named. The refresh token is the one that is good now. */
  get credentials(): Readonly<Record<string, string>> {
    return {
      GOOGLE_CLIENT_ID: this.#app.clientId,
      GOOGLE_CLIENT_SECRET: this.#app.clientSecret,
      GOOGLE_REFRESH_TOKEN: this.#refreshToken,
    };
  }

  get secrets(): readonly string[] {
    return [this.#app.clientSecret, ...this.#authority.issued];
  }

  expire(): void {
    this.#authority.expireAccess();
  }

  revoke(): void {
    this.#authority.revoke(this.#refreshToken);
    this.#refreshToken = this.#authority.signIn();
  }

  /** `POST /token` */
  token(request: SeenRequest): Reply {
    return this.#authority.token(request);
  }

  /** What the request's token may be used for; undefined when it is not good. */
  scopesOf(request: SeenRequest): readonly string[] | undefined {
    return this.#authority.scopesOf(request);
  }
}
