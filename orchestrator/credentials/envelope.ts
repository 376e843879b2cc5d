/** The object that holds a service's tokens: what may be read by everybody, and the tokens, encrypted. Pure but for the nonce. */
import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { StateKey, StateKeys } from './state-key.ts';

const Instant = z.iso.datetime();

/** Somebody began to refresh. It ends with the next write, or is given up at `until`. */
const Refreshing = z.object({ by: z.string(), since: Instant, until: Instant });
export type Refreshing = z.output<typeof Refreshing>;

const Facts = z.object({
  version: z.literal(1),
  service: z.string(),
  /** When the tokens inside came. */
  saved_at: Instant,
  /** Fingerprints of the seeds there were, the newest last. One that is not among them is newer than all. */
  seeds: z.array(z.string()),
  refreshing: Refreshing.optional(),
});
export type Facts = z.output<typeof Facts>;

const Sealed = z.object({
  ...Facts.shape,
  cipher: z.literal('aes-256-gcm'),
  /** Id of the key. */
  key: z.string(),
  iv: z.base64(),
  tag: z.base64(),
  tokens: z.base64(),
});
export type Sealed = z.output<typeof Sealed>;

export const Envelope = z.object({
  ...Sealed.shape,
  /** What there was before the newest seed, as it was: kept until that seed has worked once. */
  former: Sealed.optional(),
});
export type Envelope = z.output<typeof Envelope>;

/** What is kept secret. */
const Secrets = z.object({
  /** The seed, or what took its place. */
  held: z.string(),
  access: z.string().optional(),
  /** Missing when nobody knows: then the access token is used until it is refused. */
  expires_at: Instant.optional(),
});
export type Secrets = z.output<typeof Secrets>;

/** As NIST has it for GCM: https://doi.org/10.6028/NIST.SP.800-38D, section 8.2 */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Tells a seed from another one; tokens are random and long, so nobody finds them by their fingerprints. */
export const fingerprint = (seed: string): string => hash('sha256', `tidemill/seed/1\n${seed}`).slice(0, 16);

export function seal(facts: Facts, secrets: Secrets, [{ id, key }]: StateKeys, former: Sealed | undefined): Envelope {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(facts, id, former));
  const tokens = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()]);
  const texts = { iv: base64(iv), tag: base64(cipher.getAuthTag()), tokens: base64(tokens) };
  return { ...facts, cipher: 'aes-256-gcm', key: id, ...texts, ...(former === undefined ? {} : { former }) };
}

/** `unknown-key`: it was encrypted with none of the keys. `damaged`: with one of them, and something was changed since. */
export function open(envelope: Envelope, keys: StateKeys): Secrets | 'unknown-key' | 'damaged' {
  const found = keys.find(({ id }) => id === envelope.key);
  if (found === undefined) return 'unknown-key';
  try {
    return Secrets.parse(JSON.parse(decrypt(envelope, found)));
  } catch {
    // No cause: it could quote what was decrypted.
    return 'damaged';
  }
}

function decrypt(envelope: Envelope, { id, key }: StateKey): string {
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes(envelope.iv), { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(envelope, id, envelope.former));
  decipher.setAuthTag(bytes(envelope.tag));
  return Buffer.concat([decipher.update(bytes(envelope.tokens)), decipher.final()]).toString('utf8');
}

/** Nobody can move tokens to another service, pretend that they came from another seed, or lay older ones beside them. */
function boundTo(facts: Facts, keyId: string, former: Sealed | undefined): Buffer {
  const { version, service, saved_at, seeds, refreshing } = Facts.parse(facts);
  return Buffer.from(JSON.stringify([version, service, saved_at, seeds, refreshing ?? null, keyId, former?.tag]));
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
