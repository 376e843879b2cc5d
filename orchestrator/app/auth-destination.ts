/** Where new credentials go: to GitHub, into a file, or back to who asked for them. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { EnvironmentSecrets } from '@tidemill/github';
import { asTidemillError, type Connector, type NewCredentials, TidemillError } from '@tidemill/kit';
import { declarationOf, neededBy, readCredentials, STATE_KEY } from '@tidemill/kit/credentials';
import type { SignedIn } from '../auth/try.ts';
import { withLines } from './env-file.ts';
import { githubAccess, loadGithub, patienceOf } from './github-access.ts';
import type { Host } from './host.ts';
import type { Session } from './session.ts';

export type Destination =
  /** Secrets of the GitHub environment, in the repository that is named or where this is. */
  | { readonly to: 'secrets'; readonly repository?: string }
  | { readonly to: 'file'; readonly path: string }
  /** Whoever asks is trusted to keep them. */
  | { readonly to: 'caller' };

type Opened =
  | { readonly to: 'secrets'; readonly repository: string; readonly secrets: EnvironmentSecrets }
  | Extract<Destination, { to: 'file' | 'caller' }>;

/** What came of it; its credentials are not to be shown, unless they have no other place. */
export interface SignInAnswer extends SignedIn {
  readonly service: string;
  readonly environment: string;
  /** Names of what was stored, and of what is still not set. */
  readonly stored: readonly string[];
  readonly missing: readonly string[];
  /** Where to: the repository, or the path of the file. */
  readonly place: string | undefined;
  /** Why they could not be stored, and the file they were saved in instead, if any. */
  readonly unstored?: { readonly fault: TidemillError; readonly path: string | undefined };
}

/** Opened before anybody signs in: a token that nobody can keep must not be made. */
export async function openDestination(session: Session, destination: Destination | undefined): Promise<Opened> {
  const { host, environment } = session;
  switch (destination?.to) {
    case 'secrets': {
      const access = githubAccess(host, 'to store secrets with', destination.repository);
      const { openEnvironmentSecrets } = await loadGithub();
      const secrets = await openEnvironmentSecrets({ ...access, environment: environment.name }, patienceOf(host));
      return { to: 'secrets', repository: access.repository, secrets };
    }
    case 'file': {
      const path = resolve(host.cwd, destination.path);
      host.checkSecretFile(path);
      return { to: 'file', path };
    }
    case 'caller':
      return destination;
    case undefined:
      throw new TidemillError('config', 'sign-in-destination', 'Nobody is at a terminal to be shown new credentials', {
        hint: 'Say where they are to go: --set-secrets, or --save-to FILE.',
      });
    default:
      return destination satisfies never;
  }
}

/** Hands the credentials on. What cannot be handed on is saved, and that it had to be is in the answer. */
export async function deliver(
  session: Session,
  connector: Connector,
  destination: Opened,
  found: SignedIn,
): Promise<SignInAnswer> {
  const { host, environment } = session;
  const { service } = connector;
  const { values } = readCredentials(connector.credentials, host.env);
  const all = { ...setValues(values, host), ...found.credentials };
  const missing = neededBy(declarationOf(connector)).filter((name) => !(name in all) && (host.env[name] ?? '') === '');
  const answer = { ...found, service, environment: environment.name, missing, place: placeOf(destination) };
  try {
    return { ...answer, stored: await store(destination, all, found, host) };
  } catch (thrown) {
    const path = savedIn(host, service, found.credentials);
    return { ...answer, stored: [], unstored: { fault: asTidemillError(thrown), path } };
  }
}

/** Defaults need not be stored. */
const setValues = (values: Readonly<Record<string, string>>, { env }: Host): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([name, value]) => env[name] === value));

/** Answers the names of what was stored. */
async function store(
  destination: Opened,
  all: Readonly<Record<string, string>>,
  { credentials }: SignedIn,
  host: Host,
): Promise<string[]> {
  switch (destination.to) {
    case 'caller':
      return [];
    case 'file': {
      const { path } = destination;
      if (Object.keys(credentials).length === 0) return [];
      host.writeSecretFile(path, withLines(host.isFile(path) ? host.readFile(path) : '', credentials));
      return Object.keys(credentials);
    }
    case 'secrets':
      return storeSecrets(destination.secrets, { ...credentials, ...all }, host);
    default:
      return destination satisfies never;
  }
}

/** In their order, the new ones first: if GitHub fails in the middle, they are there. */
async function storeSecrets(
  secrets: EnvironmentSecrets,
  values: Readonly<Record<string, string>>,
  { env }: Host,
): Promise<string[]> {
  for (const [name, value] of Object.entries(values)) await secrets.put(name, value);
  const stateKey = env[STATE_KEY] ?? '';
  // Another key than the one that tokens were encrypted with would cost every service's tokens.
  const isNew = stateKey !== '' && !(await secrets.has(STATE_KEY));
  if (isNew) await secrets.put(STATE_KEY, stateKey);
  return [...Object.keys(values), ...(isNew ? [STATE_KEY] : [])];
}

function placeOf(destination: Opened): string | undefined {
  if (destination.to === 'secrets') return destination.repository;
  return destination.to === 'file' ? destination.path : undefined;
}

/** The credentials before them may be used up, so new ones must not end with the process: into a file of their own. */
function savedIn(host: Host, service: string, credentials: NewCredentials): string | undefined {
  const lines = Object.entries(credentials).map(([name, value]) => `${name}=${value}\n`);
  if (lines.length === 0) return undefined;
  return [host.cwd, tmpdir()]
    .map((folder) => resolve(folder, `tidemill-${service}-${host.nonce}.env`))
    .find((path) => isWritten(host, path, lines.join('')));
}

function isWritten(host: Host, path: string, text: string): boolean {
  try {
    host.writeSecretFile(path, text);
    return true;
  } catch {
    return false;
  }
}
