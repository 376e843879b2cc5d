/** A login that a person has made in a browser: what Playwright calls a storage state, as JSON in a credential. */
import { type SignIn, TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import { type HostRules, hostRules } from './hosts.ts';

/** What GitHub takes as a secret: https://docs.github.com/en/actions/reference/security/secrets */
const MOST_BYTES = 48 * 1024;

/** Shorter values are words such as `en` or `dark`, which stand everywhere. */
const SHORTEST_SECRET = 12;

const Cookie = z.object({
  name: z.string(),
  value: z.string(),
  domain: z.string(),
  path: z.string(),
  /** Seconds since 1970; -1 of a cookie that lives as long as its browser. */
  expires: z.number(),
  httpOnly: z.boolean(),
  secure: z.boolean(),
  sameSite: z.enum(['Strict', 'Lax', 'None']),
});

const Item = z.object({ name: z.string(), value: z.string() });

const StorageState = z.object({
  cookies: z.array(Cookie),
  origins: z.array(z.object({ origin: z.string(), localStorage: z.array(Item) })),
});
type StorageState = z.infer<typeof StorageState>;

export interface Login {
  readonly state: StorageState;
  /** Values in it that no text may hold. */
  readonly secrets: readonly string[];
}

interface Circumstances {
  /** Name of the credential. */
  readonly credential: string;
  readonly rules: HostRules;
  /** Where a person signs in. */
  readonly url: string;
  readonly now: Date;
}

/** The login, and of it what belongs to the hosts that may be reached. Throws kind `auth` for one that is of no use, before a browser starts. */
export function readLogin(text: string, around: Circumstances): Login {
  const { credential, rules, now } = around;
  if (Buffer.byteLength(text) > MOST_BYTES) {
    throw renew('login-invalid', `${credential} is larger than ${MOST_BYTES / 1024} KiB`, around);
  }
  const read = StorageState.safeParse(parsed(text));
  if (!read.success) throw renew('login-invalid', `${credential} is not what a browser has stored, as JSON`, around);
  const cookies = read.data.cookies.filter(({ domain }) => rules.covers(domain));
  const origins = read.data.origins.filter(({ origin }) => rules.allows(origin));
  if (cookies.length + origins.length === 0) {
    throw renew('login-invalid', `${credential} has nothing of the hosts that the connector reaches`, around);
  }
  const alive = cookies.filter(({ expires }) => expires < 0 || expires * 1000 > now.getTime());
  const stored = origins.flatMap(({ localStorage }) => localStorage);
  if (alive.length + stored.length === 0) throw loginExpired(around);
  const secrets = [...cookies, ...stored].map(({ value }) => value).filter(({ length }) => length >= SHORTEST_SECRET);
  return { state: { cookies: alive, origins }, secrets: [...new Set(secrets)] };
}

/** A text without these values, as they are and as JSON and HTML have them; nothing else of it is changed. */
export function maskLogin(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
  ]);
  return [...new Set(forms)].reduce((rest, form) => rest.replaceAll(form, '***'), text);
}

export interface BrowserLogin {
  /** Name of the credential. */
  readonly credential: string;
  /** Where a person signs in; its host, and those below, are what is kept of the login. */
  readonly url: string;
  readonly hosts?: readonly string[];
}

/**
 * For `signIn` of a connector: takes over what a person's browser has stored, `npx tidemill auth SERVICE --import login.json`, and of it
 * what belongs to the hosts. Throws kind `auth` for one that is of no use.
 */
export const browserLogin = ({ credential, url, hosts = [] }: BrowserLogin): SignIn => ({
  imports: ['playwright-core (login.json)'],
  importTokens: (text, now) => {
    const read = StorageState.safeParse(parsed(text));
    if (!read.success) return undefined;
    const rules = hostRules(new URL(url), hosts);
    const kept = JSON.stringify({
      cookies: read.data.cookies.filter(({ domain }) => rules.covers(domain)),
      origins: read.data.origins.filter(({ origin }) => rules.allows(origin)),
    });
    readLogin(kept, { credential, rules, url, now });
    return { [credential]: kept };
  },
});

/** The source asks who is there, though a login was sent along. */
export const loginExpired = (around: Pick<Circumstances, 'credential' | 'url'>): TidemillError =>
  renew('login-expired', `The login of ${around.credential} has expired`, around);

const renew = (
  code: string,
  message: string,
  { credential, url }: Pick<Circumstances, 'credential' | 'url'>,
): TidemillError =>
  new TidemillError('auth', code, message, {
    hint: `Sign in again: \`npx playwright-core open --channel=chrome --save-storage=login.json ${url}\`, close the window, and set ${credential} to what is in login.json.`,
  });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
