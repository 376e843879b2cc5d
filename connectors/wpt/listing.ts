/** The list of runs: https://github.com/web-platform-tests/wpt.fyi/blob/main/api/README.md#apiruns */
import {
  type Classify,
  type Http,
  type Lines,
  minus,
  parseLine,
  recordsHere,
  TidemillError,
  type Verdict,
} from '@tidemill/kit';
import { z } from 'zod';
import { type Options, Run } from './schema.ts';

/** With 404 the server says that there are no runs; a page that is not there is answered so as well, and is no list. */
export const classify: Classify = ({ status, text, url }) => {
  if (!/\/api\/runs\?/.test(url)) return undefined;
  if (status === 400 && UNKNOWN_BROWSER.test(text)) return unknownBrowser(url);
  return status === 404 && text.trim() !== NO_RUNS ? noList(url) : undefined;
};

const NO_RUNS = '[]';

/** https://github.com/web-platform-tests/wpt.fyi/blob/main/shared/params.go */
const UNKNOWN_BROWSER = /^invalid (browser name|product)\b/;

const unknownBrowser = (url: string): Verdict => ({
  kind: 'config',
  code: 'wpt-browser',
  message: `${url} answered 400: wpt.fyi knows no such browser`,
  hint: 'Correct the option `browsers` of the job. The names are those in addresses of wpt.fyi: `chrome`, `chrome_android`, `servo`.',
});

const noList = (url: string): Verdict => ({
  kind: 'source-changed',
  code: 'wpt-runs',
  message: `${url} answered 404, and not that there are no runs`,
  hint: 'Nothing was kept. If it stays so, wpt.fyi has its list elsewhere.',
});

/** The most that one request answers. */
const PER_PAGE = 500;

/** Ten times what there is of a browser in all years. */
const MOST_PAGES = 1000;

/** Browsers in their channels, as wpt.fyi is asked for them: `chrome[stable]`. */
export const productsOf = ({ browsers, channels }: Options): string[] =>
  browsers.flatMap((browser) => channels.map((channel) => `${browser}[${channel}]`));

/** From when on a run looks for what is new. */
export const reachBack = (through: string | null, now: Date, { days }: Options): Date =>
  minus(through ?? now.toISOString(), { days });

export interface Span {
  readonly from: Date;
  /** Runs that began then or later are left out; none are, if not given. */
  readonly to?: Date | undefined;
}

/** Pages of runs of a product that began in the span, the newest first. One that has none is no error. */
export async function* listRuns(http: Http, product: string, { from, to }: Span): AsyncGenerator<Lines> {
  const until = to === undefined ? {} : { to: to.toISOString() };
  const first = { product, from: from.toISOString(), 'max-count': PER_PAGE, ...until };
  const seen = new Set<string>();
  for (let query: Record<string, string | number> | undefined = first; query !== undefined; ) {
    const answer = await http.json('api/runs', recordsHere(), { query, records: [''], accept: [404] });
    const lines = answer.lines?.[''] ?? [];
    if (lines.length > 0) yield { lines, url: answer.url };
    query = nextOf(answer.headers['wpt-next-page'], lines, { first, from });
    const step = JSON.stringify(query);
    // A token may be new each time, and lead nowhere all the same.
    if (seen.has(step) || seen.size === MOST_PAGES) throw inCircles(product);
    seen.add(step);
  }
}

/**
 * The server hands out a token for the next page, and behind the last one of a span a token for the span before it, back to its first
 * run: https://github.com/web-platform-tests/wpt.fyi/blob/main/shared/test_run_filter.go. A server that hands out none is asked for what
 * began no later than the last run of a full page: that brings some runs again, and leaves none out.
 */
function nextOf(token: string | undefined, lines: readonly Uint8Array[], { first, from }: Asked) {
  const last = startOf(lines.at(-1));
  if (token !== undefined && token !== '') {
    return isBefore(spanOf(token), from) || isBefore(last, from) ? undefined : { page: token };
  }
  const start = lines.length < PER_PAGE || last === undefined ? Number.NaN : Date.parse(last);
  // What began at `to` is left out.
  return Number.isNaN(start) ? undefined : { ...first, to: new Date(start + 1).toISOString() };
}

interface Asked {
  readonly first: Record<string, string | number>;
  readonly from: Date;
}

const isBefore = (instant: string | undefined, from: Date): boolean =>
  instant !== undefined && Date.parse(instant) < from.getTime();

const startOf = (line: Uint8Array | undefined): string | undefined =>
  line === undefined ? undefined : Run.pick({ time_start: true }).safeParse(parseLine(line)).data?.time_start;

/** Where the span begins that the token asks for; undefined for one that does not say it. */
function spanOf(token: string): string | undefined {
  try {
    return Token.safeParse(JSON.parse(Buffer.from(token, 'base64url').toString())).data?.from;
  } catch {
    return undefined;
  }
}

const Token = z.object({ from: z.string().optional() });

const inCircles = (product: string): TidemillError =>
  new TidemillError('source-changed', 'paging-loop', `api/runs answers the same page of ${product} again`, {
    hint: "Compare the paging parameters with the source's documentation.",
  });
