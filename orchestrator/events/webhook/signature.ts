/** Signatures as Standard Webhooks have them: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
import { createHmac } from 'node:crypto';
import { TidemillError } from '@tidemill/kit';

/** Of a key, in bytes. */
const [LEAST, MOST] = [24, 64];

/** The keys of a secret: one, or two while it is changed. Throws kind `config`; the secret is never shown. */
export function keysIn(secret: string): Buffer[] {
  const keys = secret
    .trim()
    .split(/\s+/)
    .map((text) => keyIn(text));
  if (keys.length <= 2) return keys;
  throw notASecret('it holds more than two');
}

function keyIn(text: string): Buffer {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  if (base64 === undefined) throw notASecret('it does not begin with whsec_, or is no base64');
  const key = Buffer.from(base64, 'base64');
  if (key.length < LEAST || key.length > MOST) throw notASecret(`it has ${key.length} bytes, not ${LEAST} to ${MOST}`);
  return key;
}

const notASecret = (what: string): TidemillError =>
  new TidemillError('config', 'webhook-secret', `EVENTS_WEBHOOK_SECRET is no secret of a webhook: ${what}`, {
    hint: `Make one, and tell whoever receives: node -p "'whsec_' + crypto.randomBytes(32).toString('base64')"`,
  });

/** Headers that prove who sends, and when. `id` is that of the event; `body` is what is sent, to the byte. */
export function signed(keys: readonly Buffer[], { id, at, body }: { id: string; at: Date; body: string }) {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = keys.map((key) => {
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
