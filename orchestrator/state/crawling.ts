/** The steps of crawls: pure, from one state to the next. Those of a run throw `lease-lost` when it has no claim. */
import { isDeepStrictEqual } from 'node:util';
import { type Crawl, isEnded, type Parked } from './crawl.ts';
import type { JobState } from './job-state.ts';
import { held } from './transitions.ts';

/** Crawls that have ended and are kept for people. */
const MOST_ENDED = 100;

/** The crawl as it is now: a new one, or another step of one. Throws `lease-lost` when `run` has no claim. */
export function putCrawl(state: JobState, run: string, crawl: Crawl): JobState {
  held(state, run);
  return withCrawl(state, crawl);
}

/** The same state where it has the crawl already. */
export function withCrawl(state: JobState, crawl: Crawl): JobState {
  const { crawls = [] } = state;
  const known = crawls.findIndex(({ id }) => id === crawl.id);
  if (known >= 0 && isDeepStrictEqual(crawls[known], crawl)) return state;
  const next = known < 0 ? [...crawls, crawl] : crawls.with(known, crawl);
  return { ...state, crawls: pruned(next, Object.keys(state.targets)) };
}

/** The source has refused it before it began: as if nobody had asked. */
export function dropCrawl(state: JobState, run: string, id: string): JobState {
  held(state, run);
  return withoutCrawl(state, id);
}

export function withoutCrawl(state: JobState, id: string): JobState {
  const { crawls = [] } = state;
  const others = crawls.filter((crawl) => crawl.id !== id);
  return others.length === crawls.length ? state : { ...state, crawls: others };
}

/** Ends the claim with the slot owed, and nobody at it before `next_poll_at`. */
export function parkClaim(state: JobState, run: string, parked: Omit<Parked, 'slot' | 'since'>, now: Date): JobState {
  const { slot } = held(state, run);
  const { claim: _, ...rest } = state;
  const since = state.parked?.slot === slot ? state.parked.since : now.toISOString();
  return { ...rest, parked: { slot, since, ...parked } };
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
  return { ...state, crawls: pruned(next, Object.keys(state.targets)) };
}

/**
 * The newest of those that have ended; what is open is never dropped, nor what the slot of an open or newest one has, nor what some
 * warehouse has not been told.
 */
function pruned(crawls: readonly Crawl[], targets: readonly string[]): Crawl[] {
  const needed = new Set([crawls.at(-1)?.slot, ...crawls.filter((crawl) => !isEnded(crawl)).map(({ slot }) => slot)]);
  const isTold = ({ status, told = {} }: Crawl): boolean => targets.every((target) => told[target] === status);
  const spare = crawls.filter((crawl) => !needed.has(crawl.slot) && isTold(crawl));
  const dropped = new Set(spare.slice(0, Math.max(0, spare.length - MOST_ENDED)));
  return crawls.filter((crawl) => !dropped.has(crawl));
}
