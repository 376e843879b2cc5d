/**
 * Streams whose source answers later: a crawl, a bulk export, a report. A connector says how one is begun, asked after and
 * fetched; when that happens, and that it happens once, is the pipeline's (`orchestrator/run/crawl`).
 */
import type { Emission } from './emission.ts';
import { TidemillError } from './errors.ts';
import type { ExtractContext } from './extract-context.ts';

/** A value of JSON. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** One thing that is asked for: each has a crawl of its own. */
export interface CrawlTarget {
  /** Its name among those of the job, always the same for the same input: letters, digits, `.`, `_` and `-`, at most 80. */
  readonly key: string;
  /** What the source is asked for. It lies in the job's state: no secret. */
  readonly input: { readonly [name: string]: Plain };
  /** What events and tables say of the crawl: `platform`, `competitor`. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

/** A crawl that the source has accepted. */
export interface TriggeredCrawl {
  /** What the source calls it. */
  readonly ticket: string;
  readonly target: CrawlTarget;
  readonly triggeredAt: Date;
}

/** What the source says of a crawl. A status that nobody knows is `running`: the deadline ends it. */
export type CrawlProgress =
  /** `says`: the source's own word, for people. */
  | { readonly status: 'running'; readonly says?: string }
  | { readonly status: 'ready'; readonly says?: string }
  /** It will not answer any more. `reason`: a sentence, without records. */
  | { readonly status: 'failed'; readonly reason: string };

/** What a search for a crawl came to that may have been triggered, or not. */
export type CrawlFound =
  | { readonly ticket: string }
  | { readonly none: true }
  /** The source cannot tell. `reason`: a sentence that says why. */
  | { readonly unclear: string };

export type CrawlContext<Options> = Omit<
  ExtractContext<undefined, Options>,
  'cursor' | 'mode' | 'until' | 'resume' | 'openBucket' | 'said'
>;

/** Counts that the connector takes while it fetches, for the result and the events: `post_count`. Added up where there are several. */
export interface Counted {
  readonly counted: Readonly<Record<string, number>>;
}

/**
 * An artifact of the same download lies also under this key of the bucket, its bytes as the source wrote them. It is created once;
 * an object that is there stays. Keys of Tidemill's own folders are refused.
 */
export interface Copied {
  readonly copied: { readonly artifact: string; readonly key: string };
}

/**
 * The source has nothing to fetch any more, and never will: the result has expired, or was removed. The crawl has failed, and nothing
 * that came before it in the download is kept.
 */
export interface Gone {
  /** A sentence, without records. */
  readonly gone: string;
}

export interface Crawl<Options> {
  /** What the options ask for, at least one. Pure. Throws kind `config` for options that contradict each other. */
  targets(options: Options, interval: ExtractContext<undefined, Options>['interval']): readonly CrawlTarget[];
  /**
   * Asks the source to begin, in one request that is never repeated. Answers its ticket. A rejection that has an answer
   * (`request.status`, 400 to 499 but not 408) says that nothing was begun; after any other one nobody knows.
   */
  trigger(context: CrawlContext<Options>, target: CrawlTarget): Promise<string>;
  /**
   * Looks for a crawl of the target that was begun at `since` or later, and is none of `known`. Clocks differ: a minute before `since`
   * counts as well. It is asked six minutes after `since` at the earliest, so that the source has had time to list what it has begun.
   */
  find(
    context: CrawlContext<Options>,
    target: CrawlTarget,
    asked: { readonly since: Date; readonly known: ReadonlySet<string> },
  ): Promise<CrawlFound>;
  poll(context: CrawlContext<Options>, crawl: TriggeredCrawl): Promise<CrawlProgress>;
  /**
   * What a crawl that is ready has. It may be asked for again after a kill, and gives the same. Throws kind `transient` where the
   * source says that it is not ready after all.
   */
  download(
    context: CrawlContext<Options>,
    crawl: TriggeredCrawl,
  ): AsyncIterable<Emission<undefined> | Counted | Copied | Gone>;
  /** Asks the source to stop. Resolves also where the crawl has ended already. */
  cancel?(context: CrawlContext<Options>, crawl: TriggeredCrawl): Promise<void>;
}

/** Folders of the bucket that are Tidemill's own: no copy (`Copied`) lies in them. */
export const OWN_FOLDERS: ReadonlySet<string> = new Set(['_tidemill', 'bronze', 'silver', 'quarantine', 'changes']);

/** The `extract` of a stream with `crawl`: the pipeline never calls it. */
// biome-ignore lint/correctness/useYield: it has nothing to yield.
export async function* fromCrawls(): AsyncIterable<never> {
  throw new TidemillError(
    'bug',
    'crawl-extracted',
    'A stream of crawls is triggered, polled and downloaded, not extracted',
  );
}
