/** Takes secrets out of URLs and texts before anybody else sees them: errors, provenance, reports, stderr of commands. */
import { maskWrapped } from './redact-wrapped.ts';

const MASK = '***';

/** Shorter ones hide nothing, and masking them would make holes in every number and word. */
const MIN_SECRET = 4;
/** A line of a longer secret (a PEM block, a key file) is masked by itself from this length on. */
const MIN_LINE = 12;

/** A parameter's name looks secret when one of its words is one of these… */
const SECRET_WORD =
  /(?:^|[^a-z])(?:token|key|secret|password|passwd|pwd|code|signature|sig|auth|authorization|credential|assertion|jwt|session|ticket)s?(?![a-z])/;
/** …or when it ends like one that was written without a gap (`apikey`, `accesstoken`). */
const SECRET_ENDING = /(?:token|key|secret|password|signature)s?$/;

/** But for the placeholder of a hint that says how to write one: `//USER@HOST/…`. */
const USER_INFO = /:\/\/(?!USER@HOST(?::PORT)?\/)[^/?#\s@"'<>]*(?:@[^/?#\s@"'<>]*)*@/g;
/** `name=value` after `?`, `&`, `#` or `;` (so also `&amp;`), or after an ampersand as JSON may write it. */
const PARAMETER = /([?&#;]|\\u0026)([^=?&#;\s"'<>\\]+)=([^&#;\s"'<>\\]*)/g;
const AUTHORIZATION = /\b(Bearer|Basic)(\s+|%20)[\w.~+/=-]+/gi;

/** A URL without user, password and the values of parameters whose name looks secret; everything else stays as it was written. */
export function redactUrl(url: string | URL): string {
  return String(url)
    .replace(USER_INFO, '://')
    .replace(PARAMETER, (whole, separator: string, name: string) =>
      looksSecret(name) ? `${separator}${name}=${MASK}` : whole,
    );
}

/**
 * A text without the given secrets (as they are, URL-encoded, HTML-escaped, inside JSON and JSON inside JSON, in hex, and in base64,
 * be it broken into lines), without the values of Bearer and Basic authorizations, and with its URLs redacted. Secrets of fewer than
 * four characters are left alone.
 */
export function redactText(text: string, secrets: readonly string[]): string {
  return redactor(secrets)(text);
}

/** `redactText` for many texts and the same secrets. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  // The longest first: a form that contains another would otherwise leave its rest behind.
  const parts = [...new Set(secrets.flatMap(partsOf))];
  const forms = longestFirst(parts.flatMap(formsOf));
  const wrapped = longestFirst(parts.flatMap(base64Forms));
  return (text) => {
    const clean = forms.reduce((rest, form) => rest.replaceAll(form, MASK), text);
    return redactUrl(maskWrapped(clean, wrapped, MASK).replace(AUTHORIZATION, `$1$2${MASK}`));
  };
}

const longestFirst = (texts: readonly string[]): string[] => [...new Set(texts)].sort((a, b) => b.length - a.length);

function looksSecret(name: string): boolean {
  const words = decoded(name)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
  return SECRET_WORD.test(words) || SECRET_ENDING.test(words);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** The secret, and the lines of one that has several, which are also printed one by one; none when it is too short to hide. */
export function partsOf(secret: string): string[] {
  const whole = secret.trim();
  if (whole.length < MIN_SECRET) return [];
  const lines = whole.split(/\r?\n/).map((line) => line.trim());
  return [secret, whole, ...(lines.length > 1 ? lines.filter((line) => line.length >= MIN_LINE) : [])];
}

/** How a secret looks after the encodings it passes on its way into a message. */
function formsOf(secret: string): string[] {
  const percent = encodeURIComponent(secret.toWellFormed());
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  return [
    secret,
    ...[percent, form].flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase())]),
    ...jsonForms(secret),
    ...jsonForms(secret).flatMap(jsonForms),
    ...htmlForms(secret),
    ...base64Forms(secret),
    ...hexForms(secret),
  ];
}

function jsonForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [json, ascii].flatMap((text) => [text, text.replaceAll('/', '\\/')]);
}

/** Quotes are escaped in as many ways as there are libraries, or not at all. */
function htmlForms(secret: string): string[] {
  const text = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const double = ['"', '&quot;', '&#34;'].map((quote) => text.replaceAll('"', quote));
  return double.flatMap((quoted) => ["'", '&#39;', '&#x27;', '&apos;'].map((quote) => quoted.replaceAll("'", quote)));
}

function hexForms(secret: string): string[] {
  const hex = Buffer.from(secret).toString('hex');
  return [hex, hex.toUpperCase()];
}

/**
 * Base64 of the secret alone, and of its part that does not depend on the neighbours when it stands inside a longer text:
 * three bytes make four characters, so there are three ways to fall.
 */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const inside = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  });
  const alone = bytes.toString('base64');
  return [alone, alone.replace(/=+$/, ''), ...inside].flatMap((text) => [
    text,
    text.replaceAll('+', '-').replaceAll('/', '_'),
  ]);
}
