/**
 * Signing in with a password, by the npm package garmin-connect: only here, only when a person asks for it. It keeps
 * failures to itself, prints some of them, and knows no second factor, so a program that does is named in every hint.
 */
import { type NewCredentials, type SignInContext, TidemillError } from '@tidemill/kit';
import library from 'garmin-connect';
import { TokenSet } from '../token-set.ts';
import { CONSUMER_URL, Consumer } from '../tokens.ts';

const TIMEOUT_MS = 60_000;

interface Account {
  readonly username: string;
  readonly password: string;
}

/** The tokens of the account. Throws kind `quota` when Garmin turns the address away, otherwise `auth`. */
export async function signIn(context: SignInContext, account: Account): Promise<NewCredentials> {
  const { garmin, seen } = openLibrary(context, account);
  try {
    await garmin.login();
    return { GARMIN_TOKENS: JSON.stringify(TokenSet.parse(garmin.exportToken())) };
  } catch {
    // Without its cause: the library puts whole answers into its messages.
    context.signal.throwIfAborted();
    throw refusal(seen);
  }
}

/** What passed by before a failure. */
interface Seen {
  status: number;
  /** Whether Garmin asked for a second factor. */
  isMfa: boolean;
}

function openLibrary({ credentials, baseUrl, authUrl, signal }: SignInContext, account: Account) {
  const garmin = new library.GarminConnect(account);
  const { client } = garmin;
  const { url, client: axios } = client;
  if (baseUrl !== undefined) url.GC_API = baseUrl;
  if (authUrl !== undefined) {
    url.GARMIN_SSO_ORIGIN = authUrl;
    url.GC_MODERN = `${authUrl}/modern`;
  }
  client.fetchOauthConsumer = async () => {
    const pair = Consumer.parse(await client.get(credentials[CONSUMER_URL] ?? ''));
    client.OAUTH_CONSUMER = { key: pair.consumer_key, secret: pair.consumer_secret };
  };
  const seen: Seen = { status: 0, isMfa: false };
  axios.defaults.timeout = TIMEOUT_MS;
  axios.defaults.signal = signal;
  axios.defaults.transformResponse = [axios.defaults.transformResponse ?? []].flat().concat((data, _, status = 0) => {
    seen.status = status;
    seen.isMfa ||= typeof data === 'string' && /<title>[^<]*(MFA|verification)/i.test(data);
    return data;
  });
  return { garmin, seen };
}

const IMPORT =
  'Sign in with python-garminconnect on a computer of your own, and import its garmin_tokens.json: npx tidemill auth garmin';

function refusal({ status, isMfa }: Seen): TidemillError {
  if (isMfa) {
    return new TidemillError(
      'auth',
      'garmin-mfa',
      'Garmin asks for a second factor, which garmin-connect cannot give',
      {
        hint: IMPORT,
      },
    );
  }
  if (status === 403 || status === 429) {
    return new TidemillError('quota', 'garmin-turned-away', `Garmin answered ${status} to the attempt to sign in`, {
      hint: `Waiting rarely helps. ${IMPORT}`,
    });
  }
  return new TidemillError('auth', 'garmin-sign-in', `Signing in to Garmin failed, the last answer was ${status}`, {
    hint: `Check name and password at https://connect.garmin.com. If they are right: ${IMPORT}`,
  });
}
