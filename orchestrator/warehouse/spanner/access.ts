/** Who asks, and where. The requests are made in `client.ts`. */
import {
  type GoogleClient,
  googleClient,
  readServiceAccountKey,
  type SignIn,
  signIn,
  tokenFault,
} from '@tidemill/google';
import { TidemillError } from '@tidemill/kit/errors';
import { noCredentials, withoutAnswer } from './errors.ts';
import type { Place } from './location.ts';

export interface Access extends SignIn {
  /** Without a slash at the end. */
  readonly endpoint: string;
}

/** Where Spanner is asked. */
const GOOGLE = 'https://spanner.googleapis.com';

/** https://developers.google.com/identity/protocols/oauth2/scopes#spanner */
const SCOPES = ['https://www.googleapis.com/auth/spanner.data', 'https://www.googleapis.com/auth/spanner.admin'];

/** Where the emulator speaks gRPC, which the variable names for Google's clients, and REST: https://cloud.google.com/spanner/docs/emulator */
const GRPC_PORT = ':9010';
const REST_PORT = ':9020';

/**
 * The environment's `SPANNER_EMULATOR_HOST` (then nobody is asked who he is), `SPANNER_SERVICE_ACCOUNT_KEY`, or Application
 * Default Credentials. Throws a TidemillError of kind `config` when the key is none; it is never shown.
 */
export function accessFrom(env: Readonly<Record<string, string | undefined>>, place: Place): Access {
  const emulator = env['SPANNER_EMULATOR_HOST'];
  if (emulator) return { endpoint: endpointOf(emulator), authorize: async () => ({}), renew: () => undefined };
  return signedIn(GOOGLE, place, clientFrom(env['SPANNER_SERVICE_ACCOUNT_KEY']));
}

function endpointOf(emulator: string): string {
  const address = /^https?:\/\//.test(emulator) ? emulator : `http://${emulator}`;
  const plain = address.replace(/\/+$/, '');
  return plain.endsWith(GRPC_PORT) ? plain.slice(0, -GRPC_PORT.length) + REST_PORT : plain;
}

/** `open` gives a client without a token. */
export const signedIn = (endpoint: string, place: Place, open: () => GoogleClient): Access => ({
  endpoint,
  ...signIn(open, (fault) => noToken(fault, place)),
});

function clientFrom(text: string | undefined): () => GoogleClient {
  const key = text ? readServiceAccountKey(text) : undefined;
  if (key === 'several lines') throw severalLines();
  if (key === 'no key') throw noKey();
  return () => googleClient(key, SCOPES);
}

const noKey = (): TidemillError =>
  new TidemillError('config', 'spanner-key', 'SPANNER_SERVICE_ACCOUNT_KEY is no service account key', {
    hint: 'Set it to the JSON file of the key in base64: `base64 -w0 key.json`.',
  });

const severalLines = (): TidemillError =>
  new TidemillError('config', 'spanner-key-lines', 'SPANNER_SERVICE_ACCOUNT_KEY has several lines', {
    hint: 'Set it to one: `base64 -w0 key.json`. GitHub hides each line of a secret by itself, a lone { among them, and with it what the plan hands to the legs.',
  });

function noToken(error: unknown, place: Place): TidemillError {
  const fault = tokenFault(error);
  const failure = fault === 'no answer' ? withoutAnswer(place, error) : undefined;
  if (failure !== undefined) return failure;
  const answered = typeof fault === 'string' ? undefined : fault;
  const said = answered === undefined ? 'none that can be used' : `its token service answers ${answered.status}`;
  if (answered?.mayPass) {
    return new TidemillError('transient', 'spanner-unavailable', `No token for ${place.url} (${said})`, {
      hint: 'If it lasts, see https://status.cloud.google.com.',
      cause: error,
    });
  }
  return noCredentials(place, said, error);
}
