/**
 * What the connectors of Google's APIs share. Google's own libraries say what is asked for; the kit's client sends it, so
 * that waits, retries, tokens, exact integers and redaction are the same as everywhere.
 */
import { z } from 'zod';
import type { Lines } from './emission.ts';
import { TidemillError } from './errors.ts';
import type { Http } from './http.ts';
import { parseValue } from './http-response.ts';
import type { OAuth } from './oauth.ts';

/** https://developers.google.com/identity/protocols/oauth2/native-app */
export const googleOAuth: OAuth = {
  authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
  tokenUrl: 'https://oauth2.googleapis.com/token',
  credentials: {
    clientId: 'GOOGLE_CLIENT_ID',
    clientSecret: 'GOOGLE_CLIENT_SECRET',
    refreshToken: 'GOOGLE_REFRESH_TOKEN',
  },
  clientAuthentication: 'body',
  rotation: 'never',
  pkce: 'S256',
  scopeSeparator: ' ',
  // Of an installed app a new token has what was asked for this time and nothing from before: there is no incremental authorization.
  authorizeParameters: { access_type: 'offline', prompt: 'consent' },
  accessTokenSeconds: 3_599,
  // https://developers.google.com/identity/protocols/oauth2#expiration
  refreshTokenLife:
    'While the app is in “Testing”, a refresh token dies after seven days: publish the app at https://console.cloud.google.com/auth/audience.',
};

/** What of a request of Google's libraries is needed to send it. */
interface VendorRequest {
  readonly url: URL;
}

/** What of an answer of theirs is used: what the kit handed to them, and the address without secrets. */
interface VendorAnswer {
  readonly data: unknown;
  readonly config: { readonly url: string | URL };
}

interface Received {
  /** The answer without its records. */
  readonly envelope: unknown;
  readonly lines: readonly Uint8Array[];
}

/**
 * `calendar({ version: 'v3', ...sentBy(http, 'items') })`: the requests of the library go through the kit, which cuts out
 * the records at the path. The library repeats nothing itself; what fails is an error of the kit's, wrapped. `masked` takes
 * out of a path what names a person: so it stands in provenance and messages.
 */
export function sentBy(http: Http, records: string, masked: (path: string) => string = (path) => path) {
  return {
    retry: false,
    // `never`: the library believes in an answer of the type it names itself; every answer is checked by `asked`.
    adapter: async (request: VendorRequest): Promise<never> => {
      const { pathname, search } = request.url;
      const { value, lines, url, status } = await http.json(`${pathname}${search}`, z.unknown(), {
        shown: `${masked(pathname)}${search}`,
        records: [records],
      });
      const data: Received = { envelope: value, lines: lines[records] ?? [] };
      const answer = { data, status, ok: true, headers: new Headers(), config: { ...request, url: new URL(url) } };
      return answer as never;
    },
  };
}

interface Asked<S extends z.ZodType> {
  readonly value: z.output<S>;
  readonly lines: readonly Uint8Array[];
  readonly url: string;
}

/** The answer to a call of the library: the records as they were written, and the rest checked by the schema. */
export async function asked<S extends z.ZodType>(call: Promise<VendorAnswer>, schema: S): Promise<Asked<S>> {
  const { data, config } = await call.catch((error: unknown) => {
    const { cause } = error as { cause?: unknown };
    throw cause instanceof Error ? cause : error;
  });
  const url = String(config.url);
  const { envelope, lines } = data as Received;
  return { value: parseValue(schema, envelope, `GET ${url}`), lines, url };
}

interface List {
  readonly nextPageToken?: string | undefined;
}

/** Where a list begins, and what is said behind each of its pages but the last. */
export interface GoogleWalk<Step> {
  readonly from?: string | undefined;
  after?(nextPageToken: string): Step;
}

/** More pages than this are an error: so many full ones are millions of records. */
const MAX_PAGES = 10_000;

/**
 * A list, page by page, each record made a line; answers the last page's envelope. A page without records does not end it: only one without a
 * token does. Throws kind `source-changed` when a token comes again, and when there is no end.
 */
export async function* googlePages<S extends z.ZodType<List>, Step = never>(
  ask: (pageToken: string | undefined) => Promise<VendorAnswer>,
  schema: S,
  lineOf: (record: Uint8Array) => Uint8Array = (record) => record,
  { from, after }: GoogleWalk<Step> = {},
): AsyncGenerator<Lines | Step, z.output<S>> {
  const seen = new Set<string>();
  for (let token = from; ; ) {
    const { value, lines, url } = await asked(ask(token), schema);
    if (lines.length > 0) yield { lines: lines.map(lineOf), url };
    const { nextPageToken: next } = value;
    if (next === undefined || next === '') return value;
    if (seen.has(next)) throw new TidemillError('source-changed', 'paging-loop', `${url} answers a page token again`);
    seen.add(next);
    if (seen.size >= MAX_PAGES)
      throw new TidemillError('source-changed', 'paging-endless', `${url} has more than ${MAX_PAGES} pages`, {
        hint: 'Ask for a shorter span, if there really are so many.',
      });
    if (after !== undefined) yield after(next);
    token = next;
  }
}
