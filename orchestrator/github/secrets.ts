/** Secrets of a GitHub environment. They are encrypted here, for a key that only GitHub has the other half of. */
import sodium from 'libsodium-wrappers';
import { type Github, type GithubAccess, githubError, openGithub } from './api.ts';

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

/**
 * Asks GitHub for the environment's key and for the permission to write, so that what cannot work fails before anything is done.
 * Throws TidemillErrors of kind `auth` (token, permission, no such environment), `config` or `transient`.
 * https://docs.github.com/en/rest/actions/secrets#create-or-update-an-environment-secret
 */
export async function openEnvironmentSecrets(place: SecretsPlace): Promise<EnvironmentSecrets> {
  const github = openGithub(place);
  const { owner, repo } = github;
  const where = { owner, repo, environment_name: place.environment };
  const subject = `the environment ${place.environment} of ${place.repository}`;
  const { key, key_id } = await publicKey(github, where, subject);
  await checkMayWrite(github, where, subject);
  await sodium.ready;
  const encrypted = (value: string): string =>
    Buffer.from(sodium.crypto_box_seal(Buffer.from(value), Buffer.from(key, 'base64'))).toString('base64');
  return {
    async put(secret_name, value) {
      const sealed = { ...where, secret_name, key_id, encrypted_value: encrypted(value) };
      await github.octokit.rest.actions.createOrUpdateEnvironmentSecret(sealed).catch((error: unknown) => {
        throw githubError(error, `the secret ${secret_name} of ${subject}`, PERMISSION);
      });
    },
    async has(secret_name) {
      try {
        await github.octokit.rest.actions.getEnvironmentSecret({ ...where, secret_name });
        return true;
      } catch (error) {
        if ((error as { status?: unknown }).status === 404) return false;
        throw githubError(error, `the secret ${secret_name} of ${subject}`, PERMISSION);
      }
    },
  };
}

type Where = Readonly<Record<'owner' | 'repo' | 'environment_name', string>>;

async function checkMayWrite({ octokit }: Github, where: Where, subject: string): Promise<void> {
  try {
    await octokit.rest.actions.deleteEnvironmentSecret({ ...where, secret_name: NO_SECRET });
  } catch (error) {
    if ((error as { status?: unknown }).status !== 404) throw githubError(error, `secrets of ${subject}`, PERMISSION);
  }
}

async function publicKey({ octokit }: Github, where: Where, subject: string): Promise<{ key: string; key_id: string }> {
  try {
    return (await octokit.rest.actions.getEnvironmentPublicKey(where)).data;
  } catch (error) {
    throw githubError(error, subject, PERMISSION);
  }
}
