/** Signatures of OAuth 1.0a with HMAC-SHA1: https://www.rfc-editor.org/rfc/rfc5849#section-3.4 */

interface Pair {
  readonly key: string;
  readonly secret: string;
}

export interface OAuth1Request {
  readonly method: 'GET' | 'POST';
  /** Parameters of the query are signed too. */
  readonly url: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly consumer: Pair;
  readonly token: Pair;
  /** Differs between requests of one second. */
  readonly nonce: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** The `Authorization` header of a request. */
export async function oauth1Header(request: OAuth1Request): Promise<string> {
  const { consumer, token, nonce, timestamp } = request;
  const oauth = {
    oauth_consumer_key: consumer.key,
    oauth_nonce: nonce,
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: String(timestamp),
    oauth_token: token.key,
    oauth_version: '1.0',
  };
  const signature = await hmac(`${encode(consumer.secret)}&${encode(token.secret)}`, baseString(request, oauth));
  const fields = Object.entries({ ...oauth, oauth_signature: signature });
  return `OAuth ${fields.map(([name, value]) => `${name}="${encode(value)}"`).join(', ')}`;
}

function baseString({ method, url, form = {} }: OAuth1Request, oauth: Readonly<Record<string, string>>): string {
  const { origin, pathname, searchParams } = new URL(url);
  const parameters = [...searchParams, ...Object.entries(form), ...Object.entries(oauth)]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  return [method, `${origin}${pathname}`, parameters].map(encode).join('&');
}

/** Percent-encoding of RFC 3986: more than `encodeURIComponent` does. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

async function hmac(key: string, text: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-1' };
  const bytes = (of: string) => new TextEncoder().encode(of);
  const imported = await crypto.subtle.importKey('raw', bytes(key), algorithm, false, ['sign']);
  return Buffer.from(await crypto.subtle.sign('HMAC', imported, bytes(text))).toString('base64');
}
