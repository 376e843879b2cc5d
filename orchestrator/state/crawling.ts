/** The steps of crawls: pure, from one state to the next. Those of a run throw `lease-lost` when it has no claim. */
import { isDeepStrictEqual } from 'node:util';
import { type Crawl, CrawlStatus, isEnded, type Parked } from './crawl.ts';
import type { JobState } from './job-state.ts';
import { held } from './transitions.ts';

/** Crawls that have ended and are kept for people. */
const MOST_ENDED = 100;

/** The crawl as it is now: a new one, or another step of one. Throws `lease-lost` when `run` has no claim. */
export function putCrawl(state: JobState, run: string, crawl: Crawl): JobState {
  held(state, run);
  return withCrawl(state, crawl);
}

/** The same state where it has the crawl already, or somebody has brought it further meanwhile. */
export function withCrawl(state: JobState, crawl: Crawl): JobState {
  const { crawls = [] } = state;
  const place = crawls.findIndex(({ id }) => id === crawl.id);
  const known = crawls[place];
  const next = known === undefined ? crawl : stepped(known, crawl);
  if (known !== undefined && isDeepStrictEqual(known, next)) return state;
  return { ...state, crawls: pruned(state, known === undefined ? [...crawls, next] : crawls.with(place, next)) };
}

/**
 * A run and somebody by hand may be at the same crawl. It never goes back: what has ended stays so, and its ticket is the first one that
 * was told. Of a crawl that was given up while it was triggered the ticket is kept all the same.
 */
function stepped(known: Crawl, next: Crawl): Crawl {
  const { ticket, triggered_at } = next;
  if (isEnded(known)) {
    if (known.ticket !== undefined || ticket === undefined) return known;
    const { told: _, ...ended } = known;
    return { ...ended, ticket, ...(triggered_at === undefined ? {} : { triggered_at }) };
  }
  if (known.ticket !== undefined && ticket !== known.ticket) return known;
  if (ORDER.indexOf(next.status) < ORDER.indexOf(known.status)) return known;
  return known.told === undefined ? next : { ...next, told: known.told };
}

const ORDER = CrawlStatus.options;

/** The source has refused it before it began: as if nobody had asked. */
export function dropCrawl(state: JobState, run: string, id: string): JobState {
  held(state, run);
  return withoutCrawl(state, id);
}

/** The same state where somebody has ended the crawl meanwhile, or knows its ticket. */
export function withoutCrawl(state: JobState, id: string): JobState {
  const { crawls = [] } = state;
  const others = crawls.filter((crawl) => crawl.id !== id || crawl.status !== 'triggering');
  return others.length === crawls.length ? state : { ...state, crawls: others };
}

/** What is known of a run that does not wait any longer. */
export type Parking = Omit<Parked, 'slot' | 'since' | 'begun_by'>;

/** Ends the claim with the slot owed, and nobody at it before `next_poll_at`. */
export function parkClaim(state: JobState, run: string, parked: Parking, now: Date): JobState {
  const { slot, continues = run } = held(state, run);
  const { claim: _, ...rest } = state;
  const since = state.parked?.slot === slot ? state.parked.since : now.toISOString();
  return { ...rest, parked: { slot, since, begun_by: continues, ...parked } };
}

/** The tables of crawls in the warehouse have these, each with its status. */
export function tellCrawls(
  state: JobState,
  run: string,
  target: string,
  told: ReadonlyMap<string, Crawl['status']>,
): JobState {
  held(state, run);
  const { crawls = [] } = state;
  const isNews = ({ id, told: before = {} }: Crawl): boolean => told.has(id) && before[target] !== told.get(id);
  if (!crawls.some(isNews)) return state;
  const next = crawls.map((crawl) => {
    const status = told.get(crawl.id);
    return status === undefined ? crawl : { ...crawl, told: { ...crawl.told, [target]: status } };
  });
  return { ...state, crawls: pruned(state, next) };
}

/**
 * The newest of those that have ended; what is open is never dropped, nor what the slot of an open or newest one has, or one that is still
 * to be run: what it has asked for would be paid once more. Nor what some warehouse has not been told.
 */
function pruned(state: JobState, crawls: readonly Crawl[]): Crawl[] {
  const targets = Object.keys(state.targets);
  const needed = new Set([crawls.at(-1)?.slot, ...crawls.filter((crawl) => !isEnded(crawl)).map(({ slot }) => slot)]);
  const isTold = ({ status, told = {} }: Crawl): boolean => targets.every((target) => told[target] === status);
  const isSpare = (crawl: Crawl): boolean => !needed.has(crawl.slot) && !isToRun(state, crawl.slot) && isTold(crawl);
  const spare = crawls.filter(isSpare);
  const dropped = new Set(spare.slice(0, Math.max(0, spare.length - MOST_ENDED)));
  return crawls.filter((crawl) => !dropped.has(crawl));
}

function isToRun({ parked, claim, settled_through: through }: JobState, slot: string): boolean {
  if (slot === parked?.slot || slot === claim?.slot) return true;
  return !slot.startsWith('manual-') && (through === undefined || slot > through);
}
