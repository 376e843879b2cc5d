/** Who publishes, and where. */
import {
  type GoogleClient,
  googleClient,
  readServiceAccountKey,
  type SignIn,
  signIn,
  tokenFault,
} from '@tidemill/google';
import { TidemillError } from '@tidemill/kit';
import { noCredentials, unavailable } from './errors.ts';
import type { Topics } from './location.ts';

export interface Access extends SignIn {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly isEmulator: boolean;
}

const SCOPES = ['https://www.googleapis.com/auth/pubsub'];

/**
 * The environment's `PUBSUB_EMULATOR_HOST` (then nobody is asked who he is), `PUBSUB_SERVICE_ACCOUNT_KEY`, or Application Default
 * Credentials. Throws kind `config` when the key is none; it is never shown.
 */
export function accessFrom(env: Readonly<Record<string, string | undefined>>, topics: Topics): Access {
  const emulator = env['PUBSUB_EMULATOR_HOST'];
  if (emulator) {
    const endpoint = /^https?:\/\//.test(emulator) ? emulator : `http://${emulator}`;
    const open = { authorize: async () => ({}), renew: () => undefined };
    return { endpoint: endpoint.replace(/\/+$/, ''), isEmulator: true, ...open };
  }
  const host = topics.region === undefined ? 'pubsub.googleapis.com' : `${topics.region}-pubsub.googleapis.com`;
  return signedIn(`https://${host}`, topics, clientFrom(env['PUBSUB_SERVICE_ACCOUNT_KEY']));
}

/** `open` gives a client without a token. */
export const signedIn = (endpoint: string, topics: Topics, open: () => GoogleClient): Access => ({
  endpoint,
  isEmulator: false,
  ...signIn(open, (fault) => noToken(fault, topics)),
});

function clientFrom(text: string | undefined): () => GoogleClient {
  const key = text ? readServiceAccountKey(text) : undefined;
  if (key === 'several lines') throw severalLines();
  if (key === 'no key') throw noKey();
  return () => googleClient(key, SCOPES);
}

const noKey = (): TidemillError =>
  new TidemillError('config', 'pubsub-key', 'PUBSUB_SERVICE_ACCOUNT_KEY is no service account key', {
    hint: 'Set it to the JSON file of the key in base64: `base64 -w0 key.json`.',
  });

const severalLines = (): TidemillError =>
  new TidemillError('config', 'pubsub-key-lines', 'PUBSUB_SERVICE_ACCOUNT_KEY has several lines', {
    hint: 'Set it to one: `base64 -w0 key.json`. GitHub hides each line of a secret by itself, a lone { among them, and with it what the plan hands to the legs.',
  });

function noToken(error: unknown, topics: Topics): TidemillError {
  const fault = tokenFault(error);
  if (typeof fault === 'string') return noCredentials(topics, 'none that can be used', error);
  const said = `its token service answers ${fault.status}`;
  return fault.mayPass ? unavailable(topics, said, error) : noCredentials(topics, said, error);
}
