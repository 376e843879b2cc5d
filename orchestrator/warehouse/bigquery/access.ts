/** Who asks. The requests are made in `client.ts`. */
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
import type { Dataset } from './location.ts';

export interface Access extends SignIn {
  /** Without a slash at the end. */
  readonly endpoint: string;
}

/** Where BigQuery is asked. */
export const GOOGLE = 'https://bigquery.googleapis.com';

/** A load reads the bucket as whoever asks for it. */
const SCOPES = ['https://www.googleapis.com/auth/bigquery', 'https://www.googleapis.com/auth/devstorage.read_only'];

/**
 * The environment's `BIGQUERY_EMULATOR_HOST` (then nobody is asked who he is), `BIGQUERY_SERVICE_ACCOUNT_KEY`, or Application
 * Default Credentials. Throws a TidemillError of kind `config` when the key is none; it is
 * never shown.
 */
export function accessFrom(env: Readonly<Record<string, string | undefined>>, dataset: Dataset): Access {
  const emulator = env['BIGQUERY_EMULATOR_HOST'];
  if (emulator) {
    const endpoint = /^https?:\/\//.test(emulator) ? emulator : `http://${emulator}`;
    return { endpoint: endpoint.replace(/\/+$/, ''), authorize: async () => ({}), renew: () => undefined };
  }
  const open = clientFrom(env['BIGQUERY_SERVICE_ACCOUNT_KEY']);
  return signedIn(GOOGLE, dataset, open);
}

/** `open` gives a client without a token. */
export const signedIn = (endpoint: string, dataset: Dataset, open: () => GoogleClient): Access => ({
  endpoint,
  ...signIn(open, (fault) => noToken(fault, dataset)),
});

function clientFrom(text: string | undefined): () => GoogleClient {
  const key = text ? readServiceAccountKey(text) : undefined;
  if (key === 'several lines') throw severalLines();
  if (key === 'no key') throw noKey();
  return () => googleClient(key, SCOPES);
}

const noKey = (): TidemillError =>
  new TidemillError('config', 'bigquery-key', 'BIGQUERY_SERVICE_ACCOUNT_KEY is no service account key', {
    hint: 'Set it to the JSON file of the key in base64: `base64 -w0 key.json`.',
  });

const severalLines = (): TidemillError =>
  new TidemillError('config', 'bigquery-key-lines', 'BIGQUERY_SERVICE_ACCOUNT_KEY has several lines', {
    hint: 'Set it to one: `base64 -w0 key.json`. GitHub hides each line of a secret by itself, a lone { among them, and with it what the plan hands to the legs.',
  });

function noToken(error: unknown, dataset: Dataset): TidemillError {
  const fault = tokenFault(error);
  const failure = fault === 'no answer' ? withoutAnswer(dataset, error) : undefined;
  if (failure !== undefined) return failure;
  const answered = typeof fault === 'string' ? undefined : fault;
  const said = answered === undefined ? 'none that can be used' : `its token service answers ${answered.status}`;
  if (answered?.mayPass) {
    return new TidemillError('transient', 'bigquery-unavailable', `No token for ${dataset.url} (${said})`, {
      hint: 'If it lasts, see https://status.cloud.google.com.',
      cause: error,
    });
  }
  return noCredentials(dataset, said, error);
}
