/**
 * Signing in to Google Cloud, by Google's own library. What drivers of its services share; each says in its own words what
 * went wrong.
 */
import { type AuthClient, GoogleAuth, JWT } from 'google-auth-library';
import { z } from 'zod';

const ServiceAccountKey = z.object({ client_email: z.string(), private_key: z.string() });
export type ServiceAccountKey = z.infer<typeof ServiceAccountKey>;

/** Gives the headers of a request, with a token that is asked for when there is none that lives. */
export type GoogleClient = Pick<AuthClient, 'getRequestHeaders'>;

/**
 * With a key, or with Application Default Credentials, which the library finds by itself: `GOOGLE_APPLICATION_CREDENTIALS`,
 * gcloud's login, or the machine's identity.
 */
export function googleClient(key: ServiceAccountKey | undefined, scopes: readonly string[]): GoogleClient {
  // No request needs a project of the library's; without this one it would ask another service for it first.
  if (key === undefined) return new GoogleAuth({ scopes: [...scopes], projectId: 'not-needed' });
  return new JWT({ email: key.client_email, key: key.private_key, scopes: [...scopes] });
}

/** Who asks, as headers of a request. */
export interface SignIn {
  /** Throws what was made of the fault. */
  authorize(url: string): Promise<Readonly<Record<string, string>>>;
  /** Forgets the token it has. */
  renew(): void;
}

/** `open` gives a client without a token; `explain` says in the driver's words why there is none. */
export function signIn(open: () => GoogleClient, explain: (fault: unknown) => Error): SignIn {
  let client = open();
  return {
    renew() {
      client = open();
    },
    async authorize(url) {
      try {
        return Object.fromEntries(await client.getRequestHeaders(url));
      } catch (error) {
        throw explain(error);
      }
    },
  };
}

/**
 * The key as one line of JSON, or in base64. As it is downloaded it has several: GitHub's runner takes each for a secret, `{` and
 * `}` too, and then hands nothing on that holds one (https://github.com/actions/runner at 258d6c8, `Worker.cs`).
 */
export function readServiceAccountKey(text: string): ServiceAccountKey | 'several lines' | 'no key' {
  if (/[\r\n]/.test(text.trim())) return 'several lines';
  const plain = text.trim().startsWith('{') ? text : Buffer.from(text, 'base64').toString('utf8');
  return ServiceAccountKey.safeParse(parseJson(plain)).data ?? 'no key';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why there is no token: what its service answered; a file of credentials that is not there; or whatever else was thrown. */
export type TokenFault = { readonly status: number; readonly mayPass: boolean } | 'no file' | 'no answer';

/** A token service that fails may work again; one that says no will not. */
export function tokenFault(error: unknown): TokenFault {
  const { status, code } = error as { status?: unknown; code?: unknown };
  if (status !== undefined) return { status: Number(status), mayPass: Number(status) >= 500 || status === 429 };
  return code === 'ENOENT' ? 'no file' : 'no answer';
}
