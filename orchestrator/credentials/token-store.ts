/** A service's tokens in the bucket: one object, written only over the version that was read. */
import { TidemillError } from '@tidemill/kit';
import { PREVIOUS_STATE_KEY } from '@tidemill/kit/credentials';
import type { Bucket, Version } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { readText, writeJson } from '../storage/text.ts';
import {
  Envelope,
  type Facts,
  fingerprint,
  open,
  type Refreshing,
  type Sealed,
  type Secrets,
  seal,
} from './envelope.ts';
import type { StateKeys } from './state-key.ts';

/** Tokens as they were read: the version they will be replaced at. */
export interface StoredTokens {
  readonly version: Version | undefined;
  /** When they came; undefined for a seed that was never used. */
  readonly savedAt: string | undefined;
  readonly seeds: readonly string[];
  readonly refreshing: Refreshing | undefined;
  readonly secrets: Secrets;
  /** `stored`, unless the seed is newer, or the object was encrypted with the previous key: then it is to be written anew. */
  readonly origin: 'stored' | 'previous-key' | 'seed';
  /** What there was before a seed that has not worked yet; it is written beside the tokens, and found again by its own seeds. */
  readonly former: Sealed | undefined;
}

/** So many older seeds are remembered: enough for a secret that is still the old one somewhere. */
const MOST_SEEDS = 20;

export class TokenStore {
  readonly #bucket: Bucket;
  readonly #service: string;
  readonly #keys: StateKeys;

  constructor(bucket: Bucket, service: string, keys: StateKeys) {
    this.#bucket = bucket;
    this.#service = service;
    this.#keys = keys;
  }

  /**
   * What to go on from: the stored tokens, or the seed when it was never seen before, which makes it the newer one. While that
   * one has not worked, an older seed leads back to what it had come to. Throws kind `config` for an object that somebody
   * changed, and for one that none of the keys opens, unless the seed is newer anyway.
   */
  async read(seed: Secrets): Promise<StoredTokens> {
    const print = fingerprint(seed.held);
    const object = await readText(this.#bucket, keys.tokens(this.#service));
    const envelope = object === undefined ? undefined : this.#parse(object.text);
    const { version } = object ?? { version: undefined };
    if (envelope === undefined || !envelope.seeds.includes(print)) {
      const seeds = [...(envelope?.seeds ?? []), print].slice(-MOST_SEEDS);
      const [former, refreshing] = [this.#provenIn(envelope), envelope?.refreshing];
      return { version, savedAt: undefined, seeds, refreshing, secrets: seed, origin: 'seed', former };
    }
    this.#checkUnchanged(envelope);
    const current: Envelope = envelope.former?.seeds.includes(print) ? envelope.former : envelope;
    const origin = current.key === this.#keys[0].id ? 'stored' : 'previous-key';
    const { saved_at: savedAt, seeds, former } = current;
    // Whoever is at it now is waited for, whatever it is at.
    const refreshing = envelope.refreshing ?? current.refreshing;
    return { version, savedAt, seeds, refreshing, secrets: this.#open(current), origin, former };
  }

  /** Of an object that a newer seed takes the place of, what has worked; it need not be opened. */
  #provenIn(envelope: Envelope | undefined): Sealed | undefined {
    if (envelope === undefined) return undefined;
    this.#checkUnchanged(envelope);
    return envelope.former ?? envelope;
  }

  #checkUnchanged(envelope: Envelope): void {
    if (open(envelope, this.#keys) === 'damaged') throw this.#damaged();
  }

  /** Puts the tokens in the place of those that were read; undefined when somebody else was there first. */
  async swap(read: StoredTokens, change: { secrets: Secrets; savedAt: Date; refreshing?: Refreshing }) {
    const { seeds, version, former } = read;
    const { secrets, refreshing } = change;
    const facts: Facts = {
      version: 1,
      service: this.#service,
      saved_at: change.savedAt.toISOString(),
      seeds: [...seeds],
      ...(refreshing === undefined ? {} : { refreshing }),
    };
    const onlyIf = version === undefined ? 'absent' : { version };
    const envelope = seal(facts, secrets, this.#keys, former);
    const written = await writeJson(this.#bucket, keys.tokens(this.#service), envelope, { onlyIf });
    if (written === undefined) return undefined;
    const stored: StoredTokens = {
      version: written.version,
      savedAt: facts.saved_at,
      seeds,
      refreshing,
      secrets,
      origin: 'stored',
      former,
    };
    return stored;
  }

  get #where(): string {
    return `${this.#bucket.url}/${keys.tokens(this.#service)}`;
  }

  #parse(text: string): Envelope {
    const envelope = parseEnvelope(text);
    if (envelope?.service === this.#service) return envelope;
    throw this.#damaged();
  }

  #open(envelope: Envelope): Secrets {
    const secrets = open(envelope, this.#keys);
    if (secrets === 'damaged') throw this.#damaged();
    if (secrets !== 'unknown-key') return secrets;
    throw new TidemillError('config', 'tokens-key', `${this.#where} was encrypted with another key (${envelope.key})`, {
      hint: `Set the key it was encrypted with as ${PREVIOUS_STATE_KEY}; or sign in again: npx tidemill auth ${this.#service}`,
    });
  }

  #damaged(): TidemillError {
    return new TidemillError('config', 'tokens-damaged', `${this.#where} is not what was written there`, {
      hint: `Restore an older version of the object; or remove it and sign in again: npx tidemill auth ${this.#service}`,
    });
  }
}

/** When a service's tokens were last renewed, as everybody may read it; undefined when there are none. */
export async function tokensSavedAt(bucket: Bucket, service: string): Promise<Date | undefined> {
  const object = await readText(bucket, keys.tokens(service));
  const envelope = object === undefined ? undefined : parseEnvelope(object.text);
  return envelope === undefined ? undefined : new Date(envelope.saved_at);
}

/** Which key a service's tokens were encrypted with, by its id; undefined when there are none. */
export async function tokensKeyId(bucket: Bucket, service: string): Promise<string | undefined> {
  const object = await readText(bucket, keys.tokens(service));
  return object === undefined ? undefined : parseEnvelope(object.text)?.key;
}

function parseEnvelope(text: string): Envelope | undefined {
  try {
    return Envelope.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
