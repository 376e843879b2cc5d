/** Secrets of a GitHub environment. They are encrypted here, for a key that only GitHub has the other half of. */
import { TidemillError } from '@tidemill/kit';
import sodium from 'libsodium-wrappers';
import { type GithubAccess, openGithub, otherAnswer } from './api.ts';
import { isMissing, openPatiently, type Patience } from './patient.ts';

export interface SecretsPlace extends GithubAccess {
  readonly environment: string;
}

export interface EnvironmentSecrets {
  /** Creates the secret or replaces its value. */
  put(name: string, value: string): Promise<void>;
  /** Whether there is one of this name; nobody can read its value. */
  has(name: string): Promise<boolean>;
}

const PERMISSION =
  'write secrets of environments: "Environments: read and write" of a fine-grained token, or scope repo';

/** A name that no secret has: GitHub refuses to delete it for want of permission, or finds nothing to delete. */
const NO_SECRET = 'TIDEMILL_NO_SUCH_SECRET';

/** 48 KB: https://docs.github.com/en/actions/reference/limits */
const MOST_BYTES = 48 * 1024;

/**
 * Asks GitHub for the environment's key and for the permission to write, so that what cannot work fails before anything is done.
 * Throws TidemillErrors of kind `auth` (token, permission, no such environment), `config` or `transient`.
 * https://docs.github.com/en/rest/actions/secrets#create-or-update-an-environment-secret
 */
export async function openEnvironmentSecrets(
  place: SecretsPlace,
  { clock, random }: Patience,
): Promise<EnvironmentSecrets> {
  // What is shown once is not given up for a Ctrl-C.
  const patience = { clock, random, signal: new AbortController().signal };
  const { owner, repo } = openGithub(place);
  const where = { owner, repo, environment_name: place.environment };
  const environment = `the environment ${place.environment} of ${place.repository}`;
  const actions = (subject: string, missing?: 'answers') => {
    const asked = { permission: PERMISSION, subject, ...(missing && { answers: isMissing }) };
    return openPatiently(place, patience, asked).octokit.rest.actions;
  };
  const askForKey = async (): Promise<PublicKey> =>
    keyIn((await actions(environment).getEnvironmentPublicKey(where)).data);
  await sodium.ready;
  let own = await askForKey();
  await actions(`secrets of ${environment}`, 'answers').deleteEnvironmentSecret({ ...where, secret_name: NO_SECRET });

  async function send(secret_name: string, value: string): Promise<void> {
    const { key, id: key_id } = own;
    const encrypted_value = Buffer.from(sodium.crypto_box_seal(Buffer.from(value), key)).toString('base64');
    const subject = `the secret ${secret_name} of ${environment}`;
    await actions(subject).createOrUpdateEnvironmentSecret({ ...where, secret_name, key_id, encrypted_value });
  }

  return {
    async put(name, value) {
      checkSize(name, value);
      try {
        await send(name, value);
      } catch (error) {
        // Between two secrets a person may have taken an hour, and GitHub another key.
        if (!(error instanceof TidemillError) || error.code !== 'github-answer') throw error;
        const before = own.id;
        own = await askForKey();
        if (own.id === before) throw error;
        await send(name, value);
      }
    },
    async has(secret_name) {
      const { getEnvironmentSecret } = actions(`the secret ${secret_name} of ${environment}`, 'answers');
      const { status }: { readonly status: number } = await getEnvironmentSecret({ ...where, secret_name });
      return status !== 404;
    },
  };
}

interface PublicKey {
  readonly id: string;
  readonly key: Uint8Array;
}

function keyIn({ key, key_id: id }: { readonly key?: unknown; readonly key_id?: unknown }): PublicKey {
  const bytes = Buffer.from(typeof key === 'string' ? key : '', 'base64');
  if (typeof id !== 'string' || bytes.length !== sodium.crypto_box_PUBLICKEYBYTES) throw otherAnswer('a public key');
  return { id, key: bytes };
}

function checkSize(name: string, value: string): void {
  if (Buffer.byteLength(value) <= MOST_BYTES) return;
  throw new TidemillError('config', 'secret-long', `${name} is longer than the 48 KB that GitHub takes of a secret`, {
    hint: 'Store what opens it, and let the program fetch the rest.',
  });
}
