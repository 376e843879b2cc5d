/**
 * Packages of everything that are left open: what a run that is broken off has kept of its listing, and whether the next one may
 * go on in it. Whatever has changed since begins the listing anew.
 */
import { hash } from 'node:crypto';
import { stringifyExact } from '@tidemill/kit';
import { isManual } from '../plan/owed.ts';
import type { ChainLink } from './bronze/chain.ts';
import type { Commit } from './bronze/kept.ts';
import { packageIn } from './bronze/kept-package.ts';
import { findLeftPackage, type OpenPackage, writeLeftPackage } from './bronze/open-package.ts';
import type { Source } from './extract/source.ts';
import { packagePrefix } from './order.ts';
import type { Work } from './work.ts';

/** Which try of a run it is, and how often it has left its package open. */
export interface Leaving {
  readonly made: number;
  left: number;
}

const HOUR_MS = 3_600_000;

/** From here on another run can go on in the package, or, without one, none can. */
export async function leaveOpen(
  work: Work,
  source: Source,
  leaving: Leaving,
  open: OpenPackage | undefined,
): Promise<void> {
  const { order, world, ledger } = work;
  const { bucket, clock, runId: run } = world;
  const before = ledger.state.listing?.object;
  if (open !== undefined) {
    leaving.left += 1;
    const name = `${packagePrefix(order, world, leaving.made)}-${leaving.left}`;
    const facts = { version: 1, job: order.job.id, run, fingerprint: fingerprintOf(work, source) } as const;
    const object = await writeLeftPackage(bucket, name, { ...open, ...facts });
    const until = new Date(clock.now().getTime() + hoursOf(source) * HOUR_MS).toISOString();
    await ledger.commit({ listing: { object, folder: open.folder, records: open.records, until } });
  } else if (before !== undefined) await ledger.commit({ listing: 'none' });
  if (before !== undefined) await forget(work, before);
}

/** The state names the object no more. What cannot be removed now, gc finds. */
export async function forget({ world }: Pick<Work, 'world'>, object: string): Promise<void> {
  await world.bucket.remove(object).catch(() => undefined);
}

/** A package to go on in, or one that only has to be committed. */
export type Left = { readonly open: OpenPackage } | { readonly finished: Commit };

/** What an earlier run has left; undefined where the listing begins anew, which is told where there was one. */
export async function leftBefore(work: Work, source: Source): Promise<Left | undefined> {
  const { order, ledger, telling } = work;
  const { listing } = ledger.state;
  // A slice of the past is no listing, and says nothing of one.
  if (listing === undefined || order.mode === 'backfill') return undefined;
  const left = await lookInto(work, source, listing);
  if (typeof left === 'string') {
    await leaveOpen(work, source, { made: 0, left: 0 }, undefined);
    telling.notice(`begins its listing anew, of which ${listing.records} records were kept: ${left}`);
    return undefined;
  }
  const { package: pack } = 'finished' in left ? left.finished : {};
  const what =
    pack === undefined
      ? `goes on with its listing, of which ${listing.records}`
      : `commits a listing whose ${pack.records}`;
  telling.notice(`${what} records are kept already`);
  return left;
}

type Listing = NonNullable<Work['ledger']['state']['listing']>;

/** What there is, or why nobody may go on in it. */
async function lookInto(work: Work, source: Source, { object, until }: Listing): Promise<Left | string> {
  const { order, world } = work;
  if (source.stream.pageTokens === undefined) return 'its page tokens are not known to stay good';
  if (new Date(until) <= world.clock.now()) return 'its page token is too old';
  const found = await findLeftPackage(world.bucket, object);
  if (found === undefined) return 'what was kept of it is gone';
  const { left, finished } = found;
  if (order.mode === 'full' && left.run !== world.runId) return 'everything is to be read again';
  if (left.fingerprint !== fingerprintOf(work, source)) return 'the connector, the options or the cursor have changed';
  // What a run for the slot reads, it reads after it.
  if (!isManual(order.slot) && left.started_at < order.slot) return 'it was begun before this slot';
  return finished === undefined ? { open: left } : finishedIn(work, source, finished);
}

/** Its run has read the source to its end, and died before that was committed. */
function finishedIn({ ledger }: Work, { stream: { cursor } }: Source, link: ChainLink): Left | string {
  const { previous, scope, cursor_after: value } = link.manifest;
  const isNext = previous === ledger.state.head && scope === 'everything';
  const hasCursor = cursor !== undefined && value !== undefined;
  const isKnown = !hasCursor || cursor.schema.safeParse(value).success;
  if (!isNext || !isKnown) return 'somebody has ended it otherwise';
  const moved = hasCursor ? { cursor: { version: cursor.version, value } } : {};
  return { finished: { package: packageIn(link), ...moved, isLast: true } };
}

/** What a page token is good for: the same list, asked for by the same code; and what a person said of what it may delete. */
function fingerprintOf({ order, world, ledger }: Work, { stream, connector, options, baseUrl }: Source): string {
  const { id: job } = order.job;
  const { cursor = null } = ledger.state;
  const { acceptsDeletes } = order;
  const asked = { job, stream: stream.name, connector, commit: world.commit, options, baseUrl, cursor, acceptsDeletes };
  return hash('sha256', stringifyExact(asked));
}

const hoursOf = ({ stream }: Source): number => stream.pageTokens?.goodForHours ?? 0;
