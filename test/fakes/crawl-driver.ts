/** Drives the crawls of a stream without the pipeline: triggers each, asks after it until it is over, and fetches what it has. */
import type { Crawl, CrawlContext, ExtractContext, TriggeredCrawl } from '@tidemill/kit';

// biome-ignore lint/suspicious/noExplicitAny: crawls of any options.
type AnyCrawl = Crawl<any>;

/** What a crawl yields when it is fetched. */
type Fetched = ReturnType<AnyCrawl['download']> extends AsyncIterable<infer Each> ? Each : never;

export interface Drive {
  readonly context: CrawlContext<unknown>;
  readonly interval: ExtractContext<undefined, unknown>['interval'];
  /** Lets time go by at the source. */
  readonly pass: (milliseconds: number) => void;
  /** Told of each that was triggered. */
  readonly onTriggered?: (crawl: TriggeredCrawl) => void;
}

const BETWEEN_POLLS_MS = 15_000;
/** An hour of them. */
const MOST_POLLS = 240;

/** One after the other. Rejects with an error of its own for a crawl that fails, or never ends. */
export async function* driveCrawls(
  crawl: AnyCrawl,
  { context, interval, pass, onTriggered }: Drive,
): AsyncGenerator<Fetched> {
  for (const target of crawl.targets(context.options, interval)) {
    const ticket = await crawl.trigger(context, target);
    const triggered = { ticket, target, triggeredAt: context.now };
    onTriggered?.(triggered);
    await untilReady(crawl, context, triggered, pass);
    yield* crawl.download(context, triggered);
  }
}

async function untilReady(
  crawl: AnyCrawl,
  context: Drive['context'],
  triggered: TriggeredCrawl,
  pass: Drive['pass'],
): Promise<void> {
  for (let polls = 0; polls < MOST_POLLS; polls += 1) {
    const progress = await crawl.poll(context, triggered);
    if (progress.status === 'ready') return;
    if (progress.status === 'failed') throw new Error(`the crawl ${triggered.ticket} has failed: ${progress.reason}`);
    pass(BETWEEN_POLLS_MS);
  }
  throw new Error(`the crawl ${triggered.ticket} never ends`);
}
