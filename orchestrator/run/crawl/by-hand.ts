/** Crawls that somebody triggers or ends by hand: beside a run that may be at work, and without a claim. */
import { asTidemillError, type CrawlTarget, TidemillError } from '@tidemill/kit';
import type { Job } from '../../config/job.ts';
import { type Crawl, isEnded } from '../../state/crawl.ts';
import { withCrawl, withoutCrawl } from '../../state/crawling.ts';
import type { JobState } from '../../state/job-state.ts';
import { notMoved } from '../../state/operate.ts';
import { type Announcement, announce, listen } from '../../state/outbox.ts';
import { readState, type StoredState, updateState } from '../../state/store.ts';
import { inEnvironment } from '../../text/format.ts';
import type { Source } from '../extract/source.ts';
import type { Order, World } from '../order.ts';
import { Telling } from '../telling.ts';
import { type Book, type Desk, openDesk, step, triggered } from './desk.ts';
import { isOfAnother } from './others.ts';
import { newCrawl, ticketed, trigger } from './trigger.ts';

export interface Triggered {
  readonly crawls: readonly Crawl[];
  /** Why the source takes no more; what it has taken is among the crawls. */
  readonly refusal?: TidemillError;
  /** What else was noticed, as why nobody knows whether the source has heard. */
  readonly notices: readonly string[];
}

/**
 * Asks the source for each of the targets, whatever it was asked for before. Whoever plans next goes on with them. A crawl that has no
 * ticket may have been begun all the same: the next run looks for it.
 */
export async function triggerByHand(
  order: Order,
  world: World,
  source: Source,
  targets: readonly CrawlTarget[],
): Promise<Triggered> {
  const book = await openBook(world, order.job);
  return await withDesk({ order, world, source, book }, async (desk, telling) => {
    const ids: string[] = [];
    let refusal: TidemillError | undefined;
    for (const target of targets) {
      const crawl = newCrawl(desk, target);
      const asked = await trigger(desk, crawl);
      if (asked === 'done') ids.push(crawl.id);
      else refusal = 'later' in asked ? asked.later : asked.failed;
      if (refusal !== undefined) break;
    }
    const crawls = (book.state.crawls ?? []).filter(({ id }) => ids.includes(id));
    refusal ??= refusedOf(crawls);
    const { notices } = telling.soFar;
    return { crawls, notices, ...(refusal === undefined ? {} : { refusal }) };
  });
}

function refusedOf(crawls: readonly Crawl[]): TidemillError | undefined {
  const failed = crawls.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return undefined;
  const what = failed.map(({ target, reason = '' }) => `${target}: ${reason}`).join('; ');
  return new TidemillError('source-changed', 'crawl-refused', `The source refuses what was asked for: ${what}`, {
    hint: 'Nothing of it was begun. Compare the options of the job with what the source takes.',
  });
}

/** The crawl is the one that the source has under this ticket, where nobody could tell. */
export async function adoptTicket(
  order: Order,
  world: World,
  source: Source,
  id: string,
  ticket: string,
): Promise<Crawl> {
  const book = await openBook(world, order.job);
  return await withDesk({ order, world, source, book }, async (desk) => {
    const crawl = known(book.state, world, id);
    if (crawl.status !== 'triggering')
      throw new TidemillError('config', 'crawl-has-ticket', `${id} is ${crawl.status}: it needs no ticket`);
    checkTicket(book.state, ticket);
    const adopted = await ticketed(desk, crawl, ticket);
    if (adopted.ticket === ticket) return adopted;
    throw new TidemillError('config', 'crawl-has-ticket', `${id} is ${adopted.status}: it needs no ticket`);
  });
}

/** It stands in addresses, as what it is. */
const TICKET = /^(?!\.{1,2}$)[A-Za-z0-9._:~=@+-]{1,200}$/;

function checkTicket({ crawls = [] }: JobState, ticket: string): void {
  if (!TICKET.test(ticket))
    throw new TidemillError('config', 'crawl-ticket', 'What was given is no ticket of a crawl', {
      hint: 'Expected the identifier that the source shows for the crawl.',
    });
  const other = crawls.find((crawl) => crawl.ticket === ticket);
  if (other !== undefined)
    throw new TidemillError('config', 'crawl-ticket', `${ticket} is the ticket of ${other.id} already`, {
      hint: 'Its data comes with that one. Give this one up, if there is no other.',
    });
}

/**
 * Nobody waits for the crawl any more; the source is asked to stop where it can be. What it does not understand keeps nobody from giving
 * the crawl up, nor that the job reads something else by now.
 */
export async function cancelByHand(order: Order, world: World, source: Source, id: string): Promise<Crawl> {
  const book = await openBook(world, order.job);
  const crawl = known(book.state, world, id);
  if (isEnded(crawl)) return crawl;
  const given = (why: string): Crawl => {
    const ended_at = world.clock.now().toISOString();
    return { ...crawl, status: 'cancelled', reason: `cancelled by hand${why}`, ended_at };
  };
  if (isOfAnother(order.job, source, crawl)) {
    const desk = { order, world, book, telling: new Telling(order, world) };
    return await step(desk, given('; its source was not asked'));
  }
  return await withDesk({ order, world, source, book }, async (desk) => {
    if (crawl.ticket === undefined) return await step(desk, given(''));
    try {
      await desk.declared.cancel?.(desk.context, triggered(crawl));
    } catch (thrown) {
      const error = asTidemillError(thrown);
      if (error.kind !== 'source-changed') throw error;
      return await step(desk, given(`; its source goes on with it: ${error.message}`));
    }
    return await step(desk, given(''));
  });
}

function known({ job, crawls = [] }: JobState, { environment }: World, id: string): Crawl {
  const crawl = crawls.find((one) => one.id === id);
  if (crawl !== undefined) return crawl;
  throw new TidemillError('config', 'unknown-crawl', `${job} has no crawl "${id}"`, {
    hint: `\`npx tidemill crawl status ${job}${inEnvironment(environment)}\` lists them.`,
  });
}

interface Around extends Pick<Desk, 'order' | 'world' | 'book'> {
  readonly source: Source;
}

async function withDesk<T>(
  { order, world, source, book }: Around,
  work: (desk: Desk, telling: Telling) => Promise<T>,
): Promise<T> {
  const telling = new Telling(order, world);
  const desk = openDesk({ order, world, book, telling, signal: world.signal }, source);
  try {
    return await work(desk, telling);
  } finally {
    await desk.close();
  }
}

/** The state of a job, changed beside whoever holds its claim: each change is a swap, and decided again where another was faster. */
async function openBook({ bucket, audienceOf }: World, job: Job): Promise<Book> {
  let stored: StoredState = await readState(bucket, job.id);
  notMoved(stored.state);
  // Of a job that has never run nobody is told yet.
  const sinks = audienceOf?.(job).sinks;
  const heard = (state: JobState): JobState => (sinks === undefined ? state : listen(state, sinks));
  const change = async (make: (state: JobState) => JobState, events: readonly Announcement[]): Promise<void> => {
    stored = await updateState(bucket, job.id, (state) => {
      // What is put into a signpost nobody would go on with.
      notMoved(state);
      const next = make(state);
      return next === state ? undefined : announce(heard(next), events);
    });
  };
  return {
    get state() {
      return stored.state;
    },
    putCrawl: (crawl, events) => change((state) => withCrawl(state, crawl), events),
    dropCrawl: (id) => change((state) => withoutCrawl(state, id), []),
  };
}
