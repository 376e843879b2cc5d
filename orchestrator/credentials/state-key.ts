/** The key that refresh tokens are encrypted with, made of a secret that the environment holds. */
import { randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { TidemillError } from '@tidemill/kit';
import { PREVIOUS_STATE_KEY, STATE_KEY } from '@tidemill/kit/credentials';

export interface StateKey {
  /** Tells keys apart without saying anything about them. */
  readonly id: string;
  /** 256 bits. */
  readonly key: Uint8Array;
}

/** The newest key first: it encrypts, each of them decrypts. */
export type StateKeys = readonly [StateKey, ...StateKey[]];

const SHORTEST = 32;
const KEY_BYTES = 32;
const ID_BYTES = 4;
/** One for all: the same secret must make the same key in every process. A good secret is random and needs no salt. */
const SALT = 'tidemill/state-key/1';

const derive = promisify<string, string, number, Buffer>(scrypt);

/** Undefined when there is no key. Throws kind `config` for a secret that is too short; the message does not hold it. */
export async function stateKeys(env: Readonly<Record<string, string | undefined>>): Promise<StateKeys | undefined> {
  const [current, previous] = [STATE_KEY, PREVIOUS_STATE_KEY].map((name) => secretIn(env, name));
  if (current === undefined) return undefined;
  const newest = await keyOf(current);
  return previous === undefined ? [newest] : [newest, await keyOf(previous)];
}

function secretIn(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  // A pasted secret often ends with a line break, and that of another machine does not.
  const secret = env[name]?.trim() ?? '';
  if (secret === '') return undefined;
  if (secret.length >= SHORTEST) return secret;
  throw new TidemillError('config', 'state-key-short', `${name} has fewer than ${SHORTEST} characters`, {
    hint: 'Make one: openssl rand -base64 32',
  });
}

async function keyOf(secret: string): Promise<StateKey> {
  const bytes = await derive(secret, SALT, KEY_BYTES + ID_BYTES);
  return { id: bytes.subarray(KEY_BYTES).toString('hex'), key: bytes.subarray(0, KEY_BYTES) };
}

/** A secret that nobody has seen yet: 256 bits, as `openssl rand -base64 32` prints them. */
export const newStateKey = (): string => randomBytes(KEY_BYTES).toString('base64');

/** What a service whose refresh tokens rotate says without a key. */
export function noStateKey(service: string): TidemillError {
  const message = `${service} replaces its refresh token when it is used, and there is no ${STATE_KEY} to keep the new one with`;
  return new TidemillError('config', 'state-key-missing', message, {
    hint: `Make one (openssl rand -base64 32) and set it as the secret ${STATE_KEY} of the GitHub environment, and here.`,
  });
}
