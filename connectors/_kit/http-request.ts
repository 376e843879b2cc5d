/** What a call asks for: pure functions from a connector's words to an address, headers and a body. */
import { TidemillError } from './errors.ts';
import type { Accepting, Query, RequestOptions } from './http.ts';
import type { Headers } from './http-response.ts';
import { stringifyExact } from './json.ts';

export type CallOptions = Omit<RequestOptions<string>, 'accept'> & Partial<Accepting> & { readonly elsewhere?: true };

/** One call of a connector, whatever number of attempts it takes. */
export interface Call {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
  readonly accept: readonly number[];
  /** Whether a redirect may lead to another origin. */
  readonly elsewhere: boolean;
  /** Whether it may be sent again after a failure. */
  readonly repeatable: boolean;
  readonly headersMs: number | undefined;
  /** The address, redacted. */
  readonly provenance: string;
  /** `GET https://…` for messages, redacted. */
  readonly label: string;
}

const ABSOLUTE = /^https?:\/\//i;

/** Checks a base URL. Throws kind `config`; the message leaves the URL out, it may hold a password. */
export function parseBase(baseUrl: string): URL {
  const base = ABSOLUTE.test(baseUrl) ? URL.parse(baseUrl) : null;
  if (base !== null && `${base.username}${base.password}${base.search}${base.hash}` === '') return base;
  throw new TidemillError('config', 'base-url', 'The base URL of the service is not scheme, host and path only', {
    hint: 'Write base_url as https://host/path, without user, query and fragment.',
  });
}

/** The address of a request: below the base URL, whose path is kept, or absolute as it stands. */
export function resolveUrl(base: URL, url: string, query: Query = {}): URL {
  const target = URL.parse(ABSOLUTE.test(url) ? url : below(base, url));
  if (target === null) throw new TidemillError('bug', 'http-address', 'A request has an address that is no URL');
  for (const [name, value] of Object.entries(query))
    for (const each of [value].flat())
      if (each !== undefined && each !== null) target.searchParams.append(name, String(each));
  return target;
}

/** Put together as text after the origin, so that no path (`//host`) can name another one. */
function below(base: URL, path: string): string {
  const relative = path.replace(/^\/+/, '');
  const join = relative === '' || relative.startsWith('?') ? '' : '/';
  return `${base.origin}${base.pathname.replace(/\/+$/, '')}${join}${relative}`;
}

interface Address {
  /** Where it goes. */
  readonly url: URL;
  /** Where others are told that it went. */
  readonly shown: URL;
}

/** A call as it is sent, credentials apart. `accept` is the media type that is asked for. */
export function toCall(
  { url, shown }: Address,
  options: CallOptions,
  accept: string,
  redact: (text: string) => string,
): Call {
  const { body, type } = bodyOf(options);
  const method = options.method ?? (body === undefined ? 'GET' : 'POST');
  const provenance = redact(shown.href);
  return {
    url,
    method,
    headers: { ...plainHeaders(accept), ...type, ...lowerCase(options.headers) },
    body,
    accept: options.accept ?? [],
    elsewhere: options.elsewhere ?? false,
    repeatable: mayRepeat(method, options.retry ?? 'idempotent-methods'),
    headersMs: options.headersMs,
    provenance,
    label: `${method} ${provenance}`,
  };
}

/** What any server may be told. */
export const plainHeaders = (accept = '*/*'): Headers => ({
  ...{ accept, 'accept-encoding': 'gzip', 'user-agent': 'tidemill' },
});

/** An address, redacted before, without the values of its query: those may be personal where no secret is. */
export const withoutQueryValues = (url: string): string =>
  url.replace(/([?&][^=&#]*)=[^&#]*/g, '$1=…').replace(/#.*$/, '');

/** The same headers with names in lower case, so that one set of them overrides another. */
export function lowerCase(headers: Headers = {}): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function bodyOf({ form, json }: CallOptions): { body?: string; type?: Headers } {
  if (form !== undefined)
    return {
      body: new URLSearchParams(form).toString(),
      type: { 'content-type': 'application/x-www-form-urlencoded' },
    };
  if (json !== undefined) return { body: stringifyExact(json), type: { 'content-type': 'application/json' } };
  return {};
}

function mayRepeat(method: string, retry: NonNullable<RequestOptions['retry']>): boolean {
  switch (retry) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'idempotent-methods':
      return method !== 'POST';
    default:
      return retry satisfies never;
  }
}
