/**
 * The one way a connector speaks HTTP. What may fail is sorted here: what passes is tried again, what needs somebody
 * is an error that names whom, and nothing that was not understood ever becomes data.
 */
import type { z } from 'zod';
import type { RequestFacts } from './errors.ts';
import type { Classify, Headers } from './http-response.ts';
import type { RecordLines } from './json-records.ts';
import type { Budget, RateLimit } from './limits.ts';
import type { Clock } from './retry.ts';

export type { Classify, SourceResponse, Verdict } from './http-response.ts';

type QueryValue = string | number | bigint | boolean;

/** An array repeats its name; undefined and null leave it out. */
export type Query = Readonly<Record<string, QueryValue | readonly QueryValue[] | null | undefined>>;

export interface RequestOptions<Path extends string = never> {
  /**
   * Where the records of the answer are: names with dots between them (`items`, `data.events`), '' when the answer is an
   * array of them; an array on the way stands for each object in it. They are cut out, and the answer is checked with nothing
   * in these arrays (`recordsHere()`).
   */
  readonly records?: readonly Path[];
  readonly query?: Query;
  /** What provenance and messages have in place of the address, for paths that name a person; `query` is added. */
  readonly shown?: string;
  /** POST with a body, GET without one. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Headers;
  /** A body, `application/x-www-form-urlencoded`. */
  readonly form?: Readonly<Record<string, string>>;
  /** A body, `application/json`. */
  readonly json?: unknown;
  /** A POST is tried again only where the caller knows that it changes nothing. */
  readonly retry?: 'idempotent-methods' | 'always' | 'never';
  /** How long to wait for the answer's headers, in milliseconds, where the source is known to be slow; 60 s if not given. */
  readonly headersMs?: number;
  readonly accept?: never;
}

/**
 * Statuses that are an answer although they bring no value, as 204 or 404: then `value` is undefined. Where 204 is one of
 * them, so is an empty body with another success: some services mean the one and say the other.
 */
export interface Accepting {
  readonly accept: readonly number[];
}

interface Answered {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Headers;
  /** Where it comes from, for provenance: without secrets. */
  readonly url: string;
}

export interface Answer<S extends z.ZodType, Path extends string = never> extends Answered {
  readonly value: z.output<S>;
  /** The answer as the source wrote it, on one line: what belongs into bronze where it is one record. */
  readonly line: Uint8Array;
  /** The records at the paths that were asked for, as the source wrote them: what belongs into bronze otherwise. */
  readonly lines: RecordLines<Path>;
}

/** An answer with an accepted status. */
export interface Declined extends Answered {
  /** The first 64 KiB of its body, for what the status does not tell. It may be personal: for no message. */
  readonly text: string;
  readonly value: undefined;
  readonly line: undefined;
  readonly lines: undefined;
}

export interface DownloadOptions extends Omit<RequestOptions, 'accept' | 'records'> {
  readonly accept?: readonly number[];
  /** Media types that are the artifact (`text/csv`); any other answer, such as a login page, is a source that changed. */
  readonly types?: readonly string[];
  /**
   * A redirect to another origin is followed as well, as a service sends one to the storage that has its files. None of the call's own
   * headers go there, and from HTTPS only HTTPS is.
   */
  readonly elsewhere?: true;
}

export interface Download extends Answered {
  /** `application/octet-stream` when the source names none. */
  readonly contentType: string;
  /** As it comes, in constant memory; empty with an accepted status that is no 2xx. Must be read, or left early. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Paths are relative to the service's base URL and keep its path (`/v1`). An absolute URL may name another origin, but
 * credentials never go there, nor does a redirect.
 *
 * Throws TidemillErrors: `transient` (network, 408, 5xx) and `quota` (429) after the retries; `auth` (401, 403);
 * `source-changed` (other statuses, another shape, not JSON, too large); `config` (no such host).
 */
export interface Http {
  /** The answer checked by the schema. */
  json<S extends z.ZodType, Path extends string = never>(
    url: string,
    schema: S,
    options?: RequestOptions<Path>,
  ): Promise<Answer<S, Path>>;
  json<S extends z.ZodType, Path extends string = never>(
    url: string,
    schema: S,
    options: Omit<RequestOptions<Path>, 'accept'> & Accepting,
  ): Promise<Answer<S, Path> | Declined>;
  /** A download, which starts over only until its first byte: what fails later is `transient`. */
  bytes(url: string, options?: DownloadOptions): Promise<Download>;
  /** The absolute URL a request would go to. It may hold secrets: not for provenance. */
  resolve(url: string, query?: Query): URL;
  /**
   * How much of the vendor's budgets is used up by what its last answers told: 0 to 1, of the window that has least left.
   * For a connector that wants to end in order before the vendor ends it.
   */
  spent(): number;
}

export interface Timeouts {
  readonly connectMs: number;
  /** From the request until the answer's headers. */
  readonly headersMs: number;
  /** Between two pieces of the body. */
  readonly bodyMs: number;
  /** One call with all its attempts and waits; of a download, until its body begins. */
  readonly totalMs: number;
}

export interface HttpOptions {
  /** Scheme, host and path. */
  readonly baseUrl: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  /** The vendor's published limits, kept for the origin of the base URL. */
  readonly limits?: readonly RateLimit[] | undefined;
  /** The vendor's own counts, told by answers from there. */
  readonly budgets?: readonly Budget[] | undefined;
  /** Values that appear in no URL and no message. */
  readonly secrets?: readonly string[];
  /** Asked before each exchange with the origin of the base URL: rejects where nothing may be sent there now. */
  admit?(): Promise<void>;
  /** Told of every exchange, also of those that are tried again. */
  onRequest?(request: RequestFacts): void;
  /** Ends everything when aborted; calls reject with its reason. */
  readonly signal?: AbortSignal;
  /** Headers that prove who asks; only sent to the origin of the base URL. */
  authorize?(url: URL): Promise<Headers>;
  /** Called once a call when the source says 401; then `authorize` is asked again and the request repeated, once. */
  onUnauthorized?(url: URL): Promise<void>;
  readonly classify?: Classify | undefined;
  readonly timeouts?: Partial<Timeouts>;
  /** How often to try again; 4 if not given. */
  readonly retries?: number;
  /** The longest wait the source or a limit may ask for, 60 s if not given; more is kind `quota`. */
  readonly maxWaitMs?: number;
  /** The largest answer that is held in memory, 64 MiB if not given. Downloads are streamed and have no limit. */
  readonly maxBytes?: number;
}
