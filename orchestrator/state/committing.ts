/** What a running leg commits: pure, from one state to the next. Throws `lease-lost` when `run` has no claim. */
import { TidemillError } from '@tidemill/kit';
import { type Crawl, isEnded } from './crawl.ts';
import { withCrawl } from './crawling.ts';
import type { JobState, Listing, PendingPackage, Span } from './job-state.ts';
import { addToAll } from './targets.ts';
import { held, readUpTo } from './transitions.ts';
import { withoutUnread } from './unread.ts';

/** Open slots of which a state remembers that they were read: more are not open at once. */
const MOST_EXTRACTED = 100;

export interface Commit {
  /** `previous` is what its manifest names as the one before it. */
  readonly package?: PendingPackage & { readonly previous?: string | undefined };
  readonly cursor?: NonNullable<JobState['cursor']>;
  /** The source was read to its end. */
  readonly isLast?: boolean;
  /** Instant up to which it was read: the next interval begins there. */
  readonly readThrough?: string | undefined;
  /** A span before the line that somebody asked for: it was read to its end now. */
  readonly readAgain?: Span | undefined;
  /** A package that is left open, or that none is any more; a package that is committed takes the place of an open one. */
  readonly listing?: Listing | 'none';
  /** The crawl that it is of, with which it ends. */
  readonly crawl?: Crawl;
  /** Instant up to which a slice of a backfill reads: then the backfill moves, and the live cursor does not. */
  readonly slice?: string | undefined;
}

/**
 * The package is bronze's from here on, the head of its chain, and every warehouse's to get; the cursor stands behind it.
 * The same state for a commit that it has already. Throws `commit-out-of-chain` for a package that follows another one
 * than the head: what was read behind the one is no news behind the other; and `crawl-ended`.
 */
export function commitPackage(state: JobState, run: string, commit: Commit): JobState {
  const { slot } = held(state, run);
  const { package: added } = commit;
  if (added !== undefined && added.manifest === state.head) return state;
  if (commit.crawl !== undefined && isOver(state, commit.crawl)) return state;
  if (added !== undefined && added.previous !== state.head) throw outOfChain(state, added.manifest);
  const listed = withListing(state, commit);
  const known = commit.readAgain === undefined ? listed : withoutUnread(listed, commit.readAgain);
  const crawled = commit.crawl === undefined ? known : withCrawl(known, commit.crawl);
  const kept = added === undefined ? crawled : { ...crawled, ...appendPackage(crawled, added) };
  if (commit.slice !== undefined) return moveBackfill(kept, commit.slice, commit);
  return {
    ...kept,
    ...readUpTo(state.read_through, [commit.readThrough]),
    ...(commit.isLast === true ? { extracted: withSlot(state.extracted, slot) } : {}),
    ...(commit.cursor === undefined ? {} : { cursor: commit.cursor }),
  };
}

/** Whether the crawl was committed before. Throws `crawl-ended` for one that somebody has given up meanwhile. */
function isOver({ crawls = [] }: JobState, { id }: Crawl): boolean {
  const known = crawls.find((crawl) => crawl.id === id);
  if (known === undefined || !isEnded(known)) return false;
  if (known.status === 'done') return true;
  throw new TidemillError('config', 'crawl-ended', `The crawl ${id} was given up while it was fetched`, {
    hint: 'Nothing of it was committed, and nothing has to be done.',
  });
}

/** A slice of the past says nothing of a listing. */
function withListing(state: JobState, { listing, package: added, slice }: Commit): JobState {
  if (slice !== undefined || (listing === undefined && added === undefined)) return state;
  const { listing: before, ...rest } = state;
  if (listing !== undefined && listing !== 'none') return { ...rest, listing };
  return before === undefined ? state : rest;
}

const withSlot = (extracted: readonly string[] = [], slot: string): string[] =>
  [...extracted.filter((other) => other !== slot), slot].slice(-MOST_EXTRACTED);

const outOfChain = ({ job, head = 'nothing' }: JobState, manifest: string): TidemillError =>
  new TidemillError(
    'transient',
    'commit-out-of-chain',
    `${job}: ${manifest} does not follow ${head}, the newest package`,
    {
      hint: 'Somebody changed the state while the source was read. Nothing was committed; the next try reads on from where the state is now.',
    },
  );

/** A slice that was read to its end is done; one that was not goes on from its own cursor. */
function moveBackfill({ backfill, ...rest }: JobState, slice: string, { isLast, cursor }: Commit): JobState {
  if (backfill === undefined) return rest;
  if (isLast !== true) return { ...rest, backfill: cursor === undefined ? backfill : { ...backfill, cursor } };
  const { cursor: _, ...next } = backfill;
  const read = withoutUnread(rest, { from: backfill.through, to: slice });
  return slice >= backfill.to ? read : { ...read, backfill: { ...next, through: slice } };
}

const appendPackage = (state: JobState, { id, manifest }: PendingPackage): Pick<JobState, 'targets' | 'head'> => ({
  targets: addToAll(state, { id, manifest }),
  head: manifest,
});
