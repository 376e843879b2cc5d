/** What the steps of a run's crawls work with. */
import type { CrawlContext, TriggeredCrawl } from '@tidemill/kit';
import { TidemillError } from '@tidemill/kit';
import type { Crawl } from '../../state/crawl.ts';
import { guardOf } from '../../state/refusals.ts';
import { openSource, type Source } from '../extract/source.ts';
import type { Work } from '../work.ts';
import { crawlSaid } from './words.ts';

type Declared = NonNullable<Source['stream']['crawl']>;

export interface Desk {
  readonly work: Work;
  readonly source: Source;
  readonly declared: Declared;
  readonly context: CrawlContext<Record<string, unknown>>;
  close(): Promise<void>;
}

/** Nothing is asked of the source yet. Throws kind `auth` for credentials that are not set. */
export function openDesk(work: Work, source: Source): Desk {
  const { world, order, signal, telling } = work;
  const { env, cwd, bucket, clock, random, keepTokens } = world;
  const declared = source.stream.crawl;
  if (declared === undefined) throw new TidemillError('bug', 'no-crawl', `${order.job.id} has no crawls`);
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
  return { work, source, declared, context, close };
}

/** As the connector knows it. Throws kind `bug` for one without a ticket. */
export function triggered({ id, ticket, target: key, input, facts, triggered_at: at }: Crawl): TriggeredCrawl {
  if (ticket === undefined || at === undefined)
    throw new TidemillError('bug', 'crawl-ticketless', `The crawl ${id} has no ticket`);
  return { ticket, target: { key, input, facts }, triggeredAt: new Date(at) };
}

/** The crawl as it is in the state from here on. */
export async function step({ work }: Pick<Desk, 'work'>, next: Crawl): Promise<Crawl> {
  const { ledger, telling } = work;
  const { reason } = next;
  // What a source says of a refusal may repeat what it was asked with.
  const crawl = reason === undefined ? next : { ...next, reason: telling.clean(reason) };
  await ledger.putCrawl(crawl, crawlSaid(work, crawl));
  tellStep(telling, crawl);
  return crawl;
}

export function tellStep(telling: Work['telling'], { id, target, status, ticket, reason }: Crawl): void {
  telling.tell({
    type: 'crawled',
    crawl: id,
    target,
    status,
    ...(ticket === undefined ? {} : { ticket }),
    ...(reason === undefined ? {} : { reason }),
  });
}
