/** Which variables a connector's credentials are read from, and which of them are missing. */
import type { Connector } from './contract.ts';
import type { Credential, Declaration } from './manifest.ts';
import type { Credentials } from './oauth.ts';
import { tokensOf } from './oauth-tokens.ts';

/** Encrypts the refresh tokens that are kept in the bucket. */
export const STATE_KEY = 'TIDEMILL_STATE_KEY';
/** Decrypts what was written before the key was changed. */
export const PREVIOUS_STATE_KEY = `${STATE_KEY}_PREVIOUS`;

type Env = Readonly<Record<string, string | undefined>>;

export interface CredentialsFound {
  /** By name, defaults filled in. */
  readonly values: Credentials;
  /** Names of those that a run cannot do without. */
  readonly missing: readonly string[];
}

/** What a run reads of the environment. An empty variable is one that is not set, as GitHub hands over missing secrets. */
export function readCredentials(declared: readonly Credential[], env: Env): CredentialsFound {
  const forRuns = declared.filter(({ use = 'run' }) => use === 'run');
  const values = valuesOf(forRuns, env);
  const missing = forRuns.filter(({ name, optional }) => optional !== true && values[name] === undefined);
  return { values, missing: missing.map(({ name }) => name) };
}

/** Every credential that is set or has a default, those for signing in too. */
export function valuesOf(declared: readonly Pick<Credential, 'name' | 'default'>[], env: Env): Credentials {
  const set = declared.map(({ name, default: byDefault }) => [name, env[name] || byDefault] as const);
  return Object.fromEntries(set.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** Values that no message may hold: all but settings, and those that everybody can read in the connector's declaration. */
export function secretsIn(declared: readonly Credential[], values: Credentials): string[] {
  const isPublic = ([name, value]: [string, string]): boolean =>
    declared.some((one) => one.name === name && (one.secret === false || one.default === value));
  return Object.entries(values).flatMap((entry) => (isPublic(entry) ? [] : [entry[1]]));
}

/** What a connector that is loaded reads. Without loading it, its package.json says the same. */
export const declarationOf = (connector: Pick<Connector, 'credentials' | 'oauth' | 'tokens'>): Declaration => ({
  credentials: connector.credentials,
  rotation: tokensOf(connector)?.rotation ?? 'never',
});

/** Names of the variables that no run can do without, the key for refresh tokens among them. */
export function neededBy({ credentials, rotation }: Declaration): string[] {
  const { missing } = readCredentials(credentials, {});
  return rotation === 'never' ? [...missing] : [...missing, STATE_KEY];
}

/** Names of all variables that runs may read. */
export function readBy({ credentials, rotation }: Declaration): string[] {
  const names = credentials.filter(({ use = 'run' }) => use === 'run').map(({ name }) => name);
  return rotation === 'never' ? names : [...names, STATE_KEY, PREVIOUS_STATE_KEY];
}

/** Of those the ones that are no secrets. */
export const settingsReadBy = ({ credentials }: Declaration): string[] =>
  credentials.filter(({ secret }) => secret === false).map(({ name }) => name);
