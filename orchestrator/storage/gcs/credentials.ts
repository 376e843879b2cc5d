/** Who asks. Google's own authentication library finds the credentials; the requests are made in `store.ts`. */
import { TidemillError } from '@tidemill/kit/errors';
import { type AuthClient, GoogleAuth, JWT } from 'google-auth-library';
import { z } from 'zod';
import { bucketCredentials, bucketUnavailable, withoutAnswer } from '../remote/errors.ts';
import type { RemoteOptions } from '../remote/options.ts';
import { type Headers, parseJson } from './object.ts';

export type Authorize = (url: string) => Promise<Headers>;

export interface Access {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly authorize: Authorize;
}

const SCOPES = ['https://www.googleapis.com/auth/devstorage.read_write'];

const ServiceAccountKey = z.object({ client_email: z.string(), private_key: z.string() });

const HINT =
  'Log in with google-github-actions/auth (Workload Identity Federation) or `gcloud auth application-default login`, or set GCS_SERVICE_ACCOUNT_KEY.';

/**
 * The environment's `STORAGE_EMULATOR_HOST` (then nobody is asked who he is), `GCS_SERVICE_ACCOUNT_KEY`, or Application
 * Default Credentials, which the library finds by itself: `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's login, or the
 * machine's identity. Throws a TidemillError of kind `config` when the key is none; it is never shown.
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

function clientFrom(key: string | undefined): Pick<AuthClient, 'getRequestHeaders'> {
  // No request names a project; without this one the library would ask another service for it first.
  if (!key) return new GoogleAuth({ scopes: SCOPES, projectId: 'not-needed' });
  const { client_email, private_key } = parseKey(key);
  return new JWT({ email: client_email, key: private_key, scopes: SCOPES });
}

/**
 * The key as one line of JSON, or in base64. As it is downloaded it has several: GitHub's runner takes each for a secret, `{` and
 * `}` too, and then hands nothing on that holds one (https://github.com/actions/runner at 258d6c8, `Worker.cs`).
 */
function parseKey(text: string): z.infer<typeof ServiceAccountKey> {
  if (/[\r\n]/.test(text.trim())) throw severalLines();
  const plain = text.trim().startsWith('{') ? text : Buffer.from(text, 'base64').toString('utf8');
  const key = ServiceAccountKey.safeParse(parseJson(plain));
  if (key.success) return key.data;
  throw new TidemillError('config', 'gcs-service-account-key', 'GCS_SERVICE_ACCOUNT_KEY is no service account key', {
    hint: 'Set it to the JSON file of the key in base64: `base64 -w0 key.json`.',
  });
}

const severalLines = (): TidemillError =>
  new TidemillError('config', 'gcs-key-lines', 'GCS_SERVICE_ACCOUNT_KEY has several lines', {
    hint: 'Set it to one: `base64 -w0 key.json`. GitHub hides each line of a secret by itself, a lone { among them, and with it what the plan hands to the legs.',
  });

/** A token service that fails or is not reached may work again; one that says no will not. */
function noToken(error: unknown, url: string): TidemillError {
  const { status, code } = error as { status?: unknown; code?: unknown };
  if (status === undefined) {
    // A file that is not there has a system's code, too.
    const failure = code === 'ENOENT' ? undefined : withoutAnswer(error, url);
    return failure ?? bucketCredentials({ url, said: 'none that can be used', cause: error }, HINT);
  }
  const circumstances = { url, said: `its token service answers ${status}`, cause: error };
  return Number(status) >= 500 || status === 429
    ? bucketUnavailable(circumstances)
    : bucketCredentials(circumstances, HINT);
}
