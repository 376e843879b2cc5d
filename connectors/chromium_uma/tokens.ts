/**
 * How runs get ID tokens: a service account says in a text that it signs which address a token is to be for; or without a key, see
 * federated.ts.
 * https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
import { type RefreshContext, TidemillError, type TokenAnswer, type Tokens } from '@tidemill/kit';
import { z } from 'zod';
import { Federation, federatedToken } from './federated.ts';

const SEED = 'CHROMIUM_UMA_SERVICE_ACCOUNT_KEY';
const TOKEN_URL = 'https://oauth2.googleapis.com/token';

/** Neither the signed text nor a token lives longer. */
const HOUR_SECONDS = 3600;

const Key = z.object({
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
  token_uri: z.url().default(TOKEN_URL),
});
type Key = z.output<typeof Key>;

const IdToken = z.object({ id_token: z.string().min(1) });

export const tokens: Tokens = {
  seed: SEED,
  url: TOKEN_URL,
  rotation: 'never',
  perAddress: true,
  renewal: `Make a new key of the service account, or let the identity provider in as before; set ${SEED}, and check it: npx tidemill auth chromium_uma`,
  async refresh(
    held: string,
    { now, baseUrl = '', audience = baseUrl, ...context }: RefreshContext,
  ): Promise<TokenAnswer> {
    const file = fileIn(held);
    const access =
      'type' in file ? await federatedToken(file, audience, context) : await tokenOfKey(file, audience, now, context);
    return { access, expiresAt: new Date(now.getTime() + HOUR_SECONDS * 1000) };
  },
};

async function tokenOfKey(key: Key, audience: string, now: Date, { http, url }: Pick<RefreshContext, 'http' | 'url'>) {
  const assertion = await signed(key, audience, now);
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  return (await http.json(url, IdToken, { form })).value.id_token;
}

/** The file as one line of JSON, or in base64. */
function fileIn(text: string): Key | Federation {
  if (/[\r\n]/.test(text.trim())) throw severalLines();
  const plain = text.trim().startsWith('{') ? text : Buffer.from(text, 'base64').toString('utf8');
  const parsed = z.union([Federation, Key]).safeParse(jsonIn(plain));
  if (!parsed.success) throw noKey();
  return parsed.data;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** https://www.rfc-editor.org/rfc/rfc7523#section-3 */
async function signed(key: Key, audience: string, now: Date): Promise<string> {
  const seconds = Math.floor(now.getTime() / 1000);
  const { client_email: issuer, private_key_id: kid, token_uri: aud } = key;
  const header = { alg: 'RS256', typ: 'JWT', ...(kid === undefined ? {} : { kid }) };
  const claims = {
    iss: issuer,
    sub: issuer,
    aud,
    iat: seconds,
    exp: seconds + HOUR_SECONDS,
    target_audience: audience,
  };
  const text = [header, claims].map((part) => base64url(JSON.stringify(part))).join('.');
  const signature = await crypto.subtle.sign(
    'RSASSA-PKCS1-v1_5',
    await privateKey(key),
    new TextEncoder().encode(text),
  );
  return `${text}.${base64url(new Uint8Array(signature))}`;
}

async function privateKey({ private_key: pem }: Key) {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  try {
    return await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
  } catch {
    throw noKey();
  }
}

const base64url = (bytes: string | Uint8Array): string => Buffer.from(bytes as string).toString('base64url');

const noKey = (): TidemillError =>
  new TidemillError('config', 'uma-key', `${SEED} is no key of a service account`, {
    hint: 'Set it to the JSON file of the key in base64: `base64 -w0 key.json`.',
  });

const severalLines = (): TidemillError =>
  new TidemillError('config', 'uma-key-lines', `${SEED} has several lines`, {
    hint: 'Set it to one: `base64 -w0 key.json`. GitHub hides each line of a secret by itself, a lone { among them, and with it what the plan hands to the legs.',
  });
