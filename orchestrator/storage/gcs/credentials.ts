/** Who asks. The requests are made in `store.ts`. */
import { type GoogleClient, googleClient, readServiceAccountKey, tokenFault } from '@tidemill/google';
import { TidemillError } from '@tidemill/kit/errors';
import { bucketCredentials, bucketUnavailable, withoutAnswer } from '../remote/errors.ts';
import type { RemoteOptions } from '../remote/options.ts';
import type { Headers } from './object.ts';

export type Authorize = (url: string) => Promise<Headers>;

export interface Access {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly authorize: Authorize;
}

const SCOPES = ['https://www.googleapis.com/auth/devstorage.read_write'];

const HINT =
  'Log in with google-github-actions/auth (Workload Identity Federation) or `gcloud auth application-default login`, or set GCS_SERVICE_ACCOUNT_KEY.';

/**
 * The environment's `STORAGE_EMULATOR_HOST` (then nobody is asked who he is), `GCS_SERVICE_ACCOUNT_KEY`, or Application
 * Default Credentials. Throws a TidemillError of kind `config` when the key is none; it is never shown.
 */
export function accessFrom(env: RemoteOptions['env'], bucketUrl: string): Access {
  const emulator = env['STORAGE_EMULATOR_HOST'];
  if (emulator) {
    const endpoint = /^https?:\/\//.test(emulator) ? emulator : `http://${emulator}`;
    return { endpoint: endpoint.replace(/\/+$/, ''), authorize: async () => ({}) };
  }
  const client = clientFrom(env['GCS_SERVICE_ACCOUNT_KEY']);
  return {
    endpoint: 'https://storage.googleapis.com',
    authorize: async (url) => {
      try {
        return Object.fromEntries(await client.getRequestHeaders(url));
      } catch (error) {
        throw noToken(error, bucketUrl);
      }
    },
  };
}

function clientFrom(text: string | undefined): GoogleClient {
  if (!text) return googleClient(undefined, SCOPES);
  const key = readServiceAccountKey(text);
  if (key === 'several lines') throw severalLines();
  if (key === 'no key') throw noKey();
  return googleClient(key, SCOPES);
}

const noKey = (): TidemillError =>
  new TidemillError('config', 'gcs-service-account-key', 'GCS_SERVICE_ACCOUNT_KEY is no service account key', {
    hint: 'Set it to the JSON file of the key in base64: `base64 -w0 key.json`.',
  });

const severalLines = (): TidemillError =>
  new TidemillError('config', 'gcs-key-lines', 'GCS_SERVICE_ACCOUNT_KEY has several lines', {
    hint: 'Set it to one: `base64 -w0 key.json`. GitHub hides each line of a secret by itself, a lone { among them, and with it what the plan hands to the legs.',
  });

function noToken(error: unknown, url: string): TidemillError {
  const fault = tokenFault(error);
  if (typeof fault === 'string') {
    const failure = fault === 'no answer' ? withoutAnswer(error, url) : undefined;
    return failure ?? bucketCredentials({ url, said: 'none that can be used', cause: error }, HINT);
  }
  const circumstances = { url, said: `its token service answers ${fault.status}`, cause: error };
  return fault.mayPass ? bucketUnavailable(circumstances) : bucketCredentials(circumstances, HINT);
}
