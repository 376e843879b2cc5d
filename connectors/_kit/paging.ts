/**
 * Walking through a collection page by page. Every walk yields the records as the source wrote them, returns the last
 * page's envelope (`const last = yield* cursorToken(…)`), and throws kind `source-changed` instead of going in circles.
 */
import type { z } from 'zod';
import type { Lines } from './emission.ts';
import { TidemillError } from './errors.ts';
import type { Answer, Http, Query } from './http.ts';
import type { Headers } from './http-response.ts';
import { recordsHere } from './lines.ts';
import { redactUrl } from './redact.ts';

/** Where the records of an answer lie. */
export interface Envelope<S extends z.ZodType> {
  /** Checks what holds the records together; the records themselves are cut out before (`recordsHere()`). */
  readonly schema: S;
  /** The path to them, such as `items` or `data.events`. */
  readonly records: string;
}

/** An envelope that says how to go on. */
export interface LinkedEnvelope<S extends z.ZodType, Step = never> extends Envelope<S> {
  /** The next link or token; null, undefined and '' end the walk. */
  next(answer: z.output<S>): string | null | undefined;
  /** The link or token of the page to begin with; the first page if not given. */
  readonly from?: string | undefined;
  /** What is said behind each page but the last, of which `next` is the next one: `{ checkpoint }`, `{ resume }`. */
  after?(answer: z.output<S>, next: string): Step;
}

interface Walk {
  readonly headers?: Headers;
  /** More pages than this are an error; 10,000 if not given. */
  readonly maxPages?: number;
}

/** Without an envelope the answer is a bare array of records. */
type Enveloped<S extends z.ZodType> = Envelope<S> | { readonly schema?: never };
type BareArray = ReturnType<typeof recordsHere>;

const BARE_ARRAY: Envelope<BareArray> = { schema: recordsHere(), records: '' };

export type PageNumberOptions<S extends z.ZodType> = Walk &
  Enveloped<S> & {
    /** Name of the query parameter; `page` if not given. */
    readonly parameter?: string;
    /** Number of the first page; 1 if not given. */
    readonly first?: number;
  };

/** Pages 1, 2, 3 … until one is empty. A short page does not end the walk: some sources filter after they cut. */
export async function* pageNumber<S extends z.ZodType = BareArray>(
  http: Http,
  url: string,
  query: Query = {},
  options: PageNumberOptions<S> = {},
): AsyncGenerator<Lines, z.output<S>> {
  const { parameter = 'page', first = 1 } = options;
  return yield* counted(http, url, query, options, { parameter, first, step: () => 1 });
}

export type OffsetLimitOptions<S extends z.ZodType> = Walk &
  Enveloped<S> & {
    /** Records to ask for at a time. */
    readonly limit: number;
    /** `limit` if not given. */
    readonly limitParameter?: string;
    /** `offset` if not given. */
    readonly offsetParameter?: string;
  };

/** Offsets 0, n, 2n … until a page is empty. Goes on by what came: a source that caps the limit leaves no gap. */
export async function* offsetLimit<S extends z.ZodType = BareArray>(
  http: Http,
  url: string,
  query: Query,
  options: OffsetLimitOptions<S>,
): AsyncGenerator<Lines, z.output<S>> {
  const { limit, limitParameter = 'limit', offsetParameter: parameter = 'offset' } = options;
  const sized = { ...query, [limitParameter]: limit };
  return yield* counted(http, url, sized, options, { parameter, first: 0, step: (records) => records });
}

/** Follows links, absolute or relative to the page they stand on, until there is none. A link to another origin is refused. */
export async function* nextLink<S extends z.ZodType, Step = never>(
  http: Http,
  url: string,
  query: Query,
  { schema, records, next, from, after, headers = {}, maxPages }: Walk & LinkedEnvelope<S, Step>,
): AsyncGenerator<Lines | Step, z.output<S>> {
  const first = http.resolve(url, query);
  let here = from === undefined ? first : sameOrigin(from, first, url);
  const visit = loopGuard(url, maxPages);
  for (;;) {
    visit(here.href);
    const answer = await http.json(here.href, schema, { headers, records: [records] });
    yield* pageOf(answer, records);
    const link = next(answer.value);
    if (isEnd(link)) return answer.value;
    if (after !== undefined) yield after(answer.value, link);
    here = sameOrigin(link, here, url);
  }
}

/** Hands each page's token back until there is none. An empty page with a token does not end the walk. */
export async function* cursorToken<S extends z.ZodType, Step = never>(
  http: Http,
  url: string,
  query: Query,
  options: Walk & LinkedEnvelope<S, Step> & { readonly parameter: string },
): AsyncGenerator<Lines | Step, z.output<S>> {
  const { schema, records, next, parameter, from, after, headers = {}, maxPages } = options;
  const visit = loopGuard(url, maxPages);
  let token = from;
  for (;;) {
    visit(token ?? '');
    const paged = token === undefined ? query : { ...query, [parameter]: token };
    const answer = await http.json(url, schema, { query: paged, headers, records: [records] });
    yield* pageOf(answer, records);
    const following = next(answer.value);
    if (isEnd(following)) return answer.value;
    if (after !== undefined) yield after(answer.value, following);
    token = following;
  }
}

interface Counter {
  readonly parameter: string;
  readonly first: number;
  /** How far to go on after a page of so many records. */
  step(records: number): number;
}

async function* counted<S extends z.ZodType>(
  http: Http,
  url: string,
  query: Query,
  options: Walk & Enveloped<S>,
  { parameter, first, step }: Counter,
): AsyncGenerator<Lines, z.output<S>> {
  // Without a schema S is its default, the bare array.
  const { schema, records } = (options.schema === undefined ? BARE_ARRAY : options) as Envelope<S>;
  const { headers = {}, maxPages } = options;
  const visit = loopGuard(url, maxPages);
  let previous: readonly Uint8Array[] = [];
  for (let at = first; ; at += step(previous.length)) {
    visit(String(at));
    const paged = { ...query, [parameter]: at };
    const answer = await http.json(url, schema, { query: paged, headers, records: [records] });
    const lines = answer.lines[records] ?? [];
    if (lines.length === 0) return answer.value;
    // A source that does not know the parameter answers the same page for ever.
    if (isSame(lines, previous)) throw inCircles(url);
    yield { lines, url: answer.url };
    previous = lines;
  }
}

function* pageOf({ lines, url }: Answer<z.ZodType, string>, path: string): Generator<Lines> {
  const { [path]: records = [] } = lines;
  if (records.length > 0) yield { lines: records, url };
}

const isSame = (lines: readonly Uint8Array[], others: readonly Uint8Array[]): boolean =>
  lines.length === others.length && lines.every((line, index) => Buffer.compare(line, others[index] ?? line) === 0);

const isEnd = (next: string | null | undefined): next is '' | null | undefined =>
  next === undefined || next === null || next === '';

/** Called with what names the page that is asked for next. */
function loopGuard(url: string, maxPages = 10_000): (step: string) => void {
  const seen = new Set<string>();
  return (step) => {
    if (seen.has(step)) throw inCircles(url);
    seen.add(step);
    if (seen.size <= maxPages) return;
    throw new TidemillError('source-changed', 'paging-endless', `${redactUrl(url)} has more than ${maxPages} pages`, {
      hint: 'Ask for larger pages or a shorter span; if there really are so many, raise maxPages in the connector.',
    });
  };
}

function inCircles(url: string): TidemillError {
  return new TidemillError('source-changed', 'paging-loop', `${redactUrl(url)} answers the same page again`, {
    hint: "Compare the paging parameters with the source's documentation.",
  });
}

function sameOrigin(link: string, page: URL, url: string): URL {
  const target = URL.parse(link, page.href);
  if (target?.origin === page.origin) return target;
  const where = target?.origin ?? 'no address';
  throw new TidemillError('source-changed', 'paging-elsewhere', `${redactUrl(url)} names a next page at ${where}`, {
    hint: 'Credentials are not sent to another origin; if the source moved, write its new address into base_url.',
  });
}
