/**
 * Crawls are begun once: each costs money, and a source that has lost its answer has not lost the crawl. That one is wanted stands in
 * the state before the source is asked, and its ticket after; what has no ticket is looked for before it is asked for again.
 */
import { asTidemillError, type CrawlTarget, TidemillError } from '@tidemill/kit';
import { type Crawl, crawlId, isEnded } from '../../state/crawl.ts';
import { inEnvironment, instant } from '../../text/format.ts';
import { type Desk, step, triggered } from './desk.ts';
import { readBy } from './others.ts';

/** By then a request is answered, or dead (`createHttp` waits five minutes for one); and a source that has heard it lists it. */
const SETTLED_MS = 6 * 60_000;

/** What became of asking: `later`, where the source takes no more for now. */
export type Asked = 'done' | { readonly later: TidemillError } | { readonly failed: TidemillError };

/** A crawl of the target, not asked for yet. */
export function newCrawl({ order, world, book }: Desk, { key, input, facts }: CrawlTarget): Crawl {
  const { start, end } = order.interval;
  return {
    id: crawlId(book.state, order.slot, key),
    slot: order.slot,
    reads: readBy(order.job),
    target: key,
    input: structuredClone(input) as Crawl['input'],
    facts: { ...facts },
    interval: { start: start.toISOString(), end: end.toISOString() },
    status: 'triggering',
    intent_at: world.clock.now().toISOString(),
    polls: 0,
  };
}

/** Asks the source, once. Whether it has heard nobody may know afterwards: then the crawl is left as it is. */
export async function trigger(desk: Desk, wanted: Crawl): Promise<Asked> {
  const { world, declared, context } = desk;
  const { target: key, input, facts } = wanted;
  const crawl = await step(desk, { ...wanted, intent_at: world.clock.now().toISOString() });
  // Somebody has given it up, or knows its ticket.
  if (crawl.status !== 'triggering') return 'done';
  let ticket: string;
  try {
    ticket = await declared.trigger(context, { key, input, facts });
  } catch (thrown) {
    return refused(desk, crawl, asTidemillError(thrown));
  }
  const begun = await ticketed(desk, crawl, ticket);
  if (isEnded(begun)) await stop(desk, begun);
  else if (begun.ticket !== ticket)
    desk.telling.notice(`the source has begun ${ticket} as well as ${begun.ticket}: nobody fetches it`);
  return 'done';
}

/** It was given up while the source was asked. */
async function stop({ declared, context, signal, telling }: Desk, begun: Crawl): Promise<void> {
  try {
    await declared.cancel?.(context, triggered(begun));
  } catch (thrown) {
    signal.throwIfAborted();
    telling.notice(`${begun.id} was given up, and the source goes on with it: ${asTidemillError(thrown).message}`);
  }
}

/** The source has begun it. */
export const ticketed = (desk: Desk, crawl: Crawl, ticket: string): Promise<Crawl> => {
  const { order, world } = desk;
  // By the clock of the intent: where the answer was lost, the crawl is as old as that.
  const at = crawl.intent_at;
  const deadline = new Date(Date.parse(at) + order.job.crawl.deadline_minutes * 60_000).toISOString();
  const triggered_at = at > world.clock.now().toISOString() ? world.clock.now().toISOString() : at;
  return step(desk, { ...crawl, status: 'triggered', ticket, triggered_at, deadline });
};

async function refused(desk: Desk, crawl: Crawl, error: TidemillError): Promise<Asked> {
  const { book, signal, telling } = desk;
  const { status } = error.request ?? {};
  // Nobody asks for now; or the service cannot be found, or what proves who asks cannot be had.
  const isUnsent = status === undefined && ['config', 'auth', 'quota'].includes(error.kind);
  const isRefused = isUnsent || (status !== undefined && status >= 400 && status < 500 && status !== 408);
  if (!isRefused) {
    // Aborted in the middle of a request: the next run looks for it.
    signal.throwIfAborted();
    if (status === undefined && error.request === undefined && error.kind === 'bug') throw error;
    telling.notice(`whether the source has begun ${crawl.target} is not known (${error.message}): it is looked for`);
    return 'done';
  }
  if (error.kind === 'source-changed' || error.kind === 'bug') {
    await step(desk, { ...crawl, status: 'failed', reason: error.message, ended_at: now(desk) });
    return 'done';
  }
  await book.dropCrawl(crawl.id);
  return error.kind === 'quota' || error.kind === 'transient' ? { later: error } : { failed: error };
}

/** Of a crawl without a ticket: the one that the source has, or else another one. */
export async function lookFor(desk: Desk, crawl: Crawl): Promise<Asked> {
  const { world, book, signal, telling, declared, context } = desk;
  const { id, target: key, input, facts, intent_at } = crawl;
  if (world.clock.now().getTime() - Date.parse(intent_at) < SETTLED_MS) return 'done';
  const known = new Set((book.state.crawls ?? []).flatMap(({ ticket }) => ticket ?? []));
  try {
    const found = await declared.find(context, { key, input, facts }, { since: new Date(intent_at), known });
    if ('unclear' in found) return { failed: unclear(desk, crawl, found.unclear) };
    if ('none' in found) return await trigger(desk, crawl);
    await ticketed(desk, crawl, found.ticket);
    telling.notice(`the source had begun ${id} already: ${found.ticket}`);
    return 'done';
  } catch (thrown) {
    signal.throwIfAborted();
    return { failed: asTidemillError(thrown) };
  }
}

function unclear({ world }: Desk, { id, target, intent_at }: Crawl, why: string): TidemillError {
  const where = inEnvironment(world.environment);
  return new TidemillError(
    'config',
    'crawl-unclear',
    `Whether the source has begun ${target} on ${instant(intent_at)} cannot be told: ${why}`,
    {
      hint: `Nothing was asked for again. Look at the list of the source: \`npx tidemill crawl trigger --adopt ${id}=TICKET${where}\` takes the one that it has; \`npx tidemill crawl cancel ${id}${where}\` gives it up.`,
    },
  );
}

const now = ({ world }: Desk): string => world.clock.now().toISOString();
