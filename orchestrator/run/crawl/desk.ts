/** What the steps of crawls work with, in a run and by hand. */
import { type CrawlContext, TidemillError, type TriggeredCrawl } from '@tidemill/kit';
import type { Crawl } from '../../state/crawl.ts';
import type { JobState } from '../../state/job-state.ts';
import type { Announcement } from '../../state/outbox.ts';
import { guardOf } from '../../state/refusals.ts';
import { inEnvironment } from '../../text/format.ts';
import { openSource, type Source } from '../extract/source.ts';
import type { Order, World } from '../order.ts';
import type { Telling } from '../telling.ts';
import { crawlSaid } from './words.ts';

/** Where crawls are kept: the state of a job, through a claim or beside it. */
export interface Book {
  readonly state: JobState;
  putCrawl(crawl: Crawl, events: readonly Announcement[]): Promise<void>;
  dropCrawl(id: string): Promise<void>;
}

type Declared = NonNullable<Source['stream']['crawl']>;

export interface Desk {
  readonly order: Order;
  readonly world: World;
  readonly book: Book;
  readonly telling: Pick<Telling, 'clean' | 'notice' | 'startedAt' | 'tell'>;
  readonly signal: AbortSignal;
  readonly declared: Declared;
  readonly context: CrawlContext<Record<string, unknown>>;
  close(): Promise<void>;
}

/** Nothing is asked of the source yet. Throws kind `auth` for credentials that are not set, `no-crawls` for what has none. */
export function openDesk(around: Pick<Desk, 'order' | 'world' | 'book' | 'telling' | 'signal'>, source: Source): Desk {
  const { world, order, signal, telling } = around;
  const { env, cwd, bucket, clock, random, keepTokens } = world;
  const declared = source.stream.crawl;
  if (declared === undefined) {
    throw new TidemillError('config', 'no-crawls', `${order.job.id} has no crawls: its source answers at once`, {
      hint: `\`npx tidemill run ${order.job.id}${inEnvironment(world.environment)}\` reads it.`,
    });
  }
  const guard = guardOf({ ...source, bucket, clock });
  const { given, close } = openSource(source, {
    ...{ clock, random, keepTokens, signal, system: { env, cwd } },
    ...(guard === undefined ? {} : { admit: () => guard.admit() }),
    onRequest: (request) => {
      guard?.heard(request);
      telling.tell({ type: 'requested', ...request });
    },
  });
  const context = {
    ...given,
    interval: order.interval,
    now: telling.startedAt,
    signal,
    system: { env, cwd },
    notice: (message: string) => telling.notice(message),
  };
  return { ...around, declared, context, close };
}

/** As the connector knows it. Throws kind `bug` for one without a ticket. */
export function triggered({ id, ticket, target: key, input, facts, triggered_at: at }: Crawl): TriggeredCrawl {
  if (ticket === undefined || at === undefined)
    throw new TidemillError('bug', 'crawl-ticketless', `The crawl ${id} has no ticket`);
  return { ticket, target: { key, input, facts }, triggeredAt: new Date(at) };
}

/** What people read of a source's own words. */
const MOST_WORDS = 300;

/** The crawl as it is in the state from here on: somebody else may have brought it further, or ended it. */
export async function step(desk: Pick<Desk, 'order' | 'world' | 'book' | 'telling'>, next: Crawl): Promise<Crawl> {
  const { telling, book } = desk;
  // What a source says may repeat what it was asked with, and be of any length.
  const words = (text: string): string =>
    telling
      .clean(text)
      .replace(/\p{Cc}+/gu, ' ')
      .slice(0, MOST_WORDS);
  const { reason, says } = next;
  const crawl: Crawl = {
    ...next,
    ...(reason === undefined ? {} : { reason: words(reason) }),
    ...(says === undefined ? {} : { says: words(says) }),
  };
  await book.putCrawl(crawl, crawlSaid(desk, crawl));
  const kept = book.state.crawls?.find(({ id }) => id === crawl.id) ?? crawl;
  if (kept.status === crawl.status) tellStep(desk, kept);
  return kept;
}

export function tellStep(
  { telling }: Pick<Desk, 'telling'>,
  { id, target, status, ticket, reason, counts }: Crawl,
): void {
  telling.tell({
    type: 'crawled',
    crawl: id,
    target,
    status,
    ...(ticket === undefined ? {} : { ticket }),
    ...(reason === undefined ? {} : { reason }),
    ...(counts === undefined ? {} : { counts }),
  });
}
