/** Where new credentials go: to GitHub, into a file, or, if nobody said where, onto the terminal of the person. */
import { resolve } from 'node:path';
import type { EnvironmentSecrets } from '@tidemill/github';
import { type Connector, TidemillError } from '@tidemill/kit';
import { declarationOf, neededBy, readCredentials, STATE_KEY } from '@tidemill/kit/credentials';
import { withLines } from '../app/env-file.ts';
import { githubAccess, loadGithub } from '../app/github-access.ts';
import type { SignedIn } from '../auth/try.ts';
import type { AuthOptions } from './auth.ts';
import { rescue } from './auth-rescue.ts';
import type { TerminalSession as Session, Terminal } from './host.ts';

export type Destination =
  | { readonly to: 'secrets'; readonly repository: string; readonly secrets: EnvironmentSecrets }
  | { readonly to: 'file'; readonly path: string }
  | { readonly to: 'terminal' };

/** Opened before anybody signs in: a token that nobody can keep must not be made. */
export async function destinationOf(session: Session, options: AuthOptions): Promise<Destination> {
  const { host } = session;
  if (options.setSecrets !== undefined) return github(session, options.setSecrets);
  if (options.saveTo !== undefined) return file(host, resolve(host.cwd, options.saveTo));
  if (host.stdout.isLive && options.json !== true) return { to: 'terminal' };
  throw new TidemillError('config', 'sign-in-destination', 'Nobody is at a terminal to be shown new credentials', {
    hint: 'Say where they are to go: --set-secrets, or --save-to FILE.',
  });
}

function file(host: Terminal, path: string): Destination {
  host.checkSecretFile(path);
  return { to: 'file', path };
}

async function github({ host, environment }: Session, given: string | true): Promise<Destination> {
  const access = githubAccess(host, 'to store secrets with', given === true ? undefined : given);
  const { openEnvironmentSecrets } = await loadGithub();
  const secrets = await openEnvironmentSecrets({ ...access, environment: environment.name });
  return { to: 'secrets', repository: access.repository, secrets };
}

interface Delivery {
  readonly connector: Connector;
  readonly destination: Destination;
  readonly found: SignedIn;
  readonly json: true | undefined;
}

/** Hands the credentials on and says their names; values are shown on the terminal only, and only the new ones. */
export async function deliver(session: Session, { connector, destination, found, json }: Delivery): Promise<void> {
  const { host, environment } = session;
  const { values } = readCredentials(connector.credentials, host.env);
  const all = { ...setValues(values, host), ...found.credentials };
  const stored = await store(destination, all, found, host).catch((error: unknown) => {
    rescue(host, connector.service, found.credentials);
    throw error;
  });
  const missing = neededBy(declarationOf(connector)).filter((name) => !(name in all) && (host.env[name] ?? '') === '');
  const document = { service: connector.service, environment: environment.name, who: found.who, stored, missing };
  host.stdout.write(json ? `${JSON.stringify(document, undefined, 2)}\n` : deliveryText(document, destination, found));
}

/** Defaults need not be stored. */
const setValues = (values: Readonly<Record<string, string>>, { env }: Terminal): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([name, value]) => env[name] === value));

/** Answers the names of what was stored. */
async function store(
  destination: Destination,
  all: Readonly<Record<string, string>>,
  { credentials }: SignedIn,
  host: Terminal,
): Promise<string[]> {
  switch (destination.to) {
    case 'terminal':
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
  { env }: Terminal,
): Promise<string[]> {
  for (const [name, value] of Object.entries(values)) await secrets.put(name, value);
  const stateKey = env[STATE_KEY] ?? '';
  // Another key than the one that tokens were encrypted with would cost every service's tokens.
  const isNew = stateKey !== '' && !(await secrets.has(STATE_KEY));
  if (isNew) await secrets.put(STATE_KEY, stateKey);
  return [...Object.keys(values), ...(isNew ? [STATE_KEY] : [])];
}

interface Outcome {
  readonly service: string;
  readonly environment: string;
  readonly who: string | undefined;
  readonly stored: readonly string[];
  readonly missing: readonly string[];
}

function deliveryText(
  { service, environment, who, stored, missing }: Outcome,
  destination: Destination,
  { credentials, doubt }: SignedIn,
): string {
  const place = `the GitHub environment ${environment}`;
  const signedIn = who === undefined ? `Signed in to ${service}.` : `Signed in to ${service} as ${who}.`;
  const lines = [doubt === undefined ? signedIn : `${service} gave new credentials; whether they work is not known.`];
  if (destination.to === 'secrets')
    lines.push(`Stored as secrets of ${place} of ${destination.repository}: ${stored.join(', ')}`);
  if (destination.to === 'file' && stored.length > 0)
    lines.push(`Written into ${destination.path}: ${stored.join(', ')}`);
  const shown = destination.to === 'terminal' ? Object.entries(credentials) : [];
  if (shown.length > 0) lines.push(`Set as secrets of ${place}, and keep to yourself:`, '');
  lines.push(...shown.map(([name, value]) => `${name}=${value}`));
  if (missing.length > 0) lines.push('', `Still missing: ${missing.join(', ')}`);
  if (missing.includes(STATE_KEY)) lines.push(`A new ${STATE_KEY}: openssl rand -base64 32`);
  return `${lines.join('\n')}\n`;
}
