/**
 * Packages of everything that are left open: what a run that is broken off has kept of its listing, and whether the next one may
 * go on in it. Whatever has changed since begins the listing anew.
 */
import { hash } from 'node:crypto';
import { stringifyExact } from '@tidemill/kit';
import { type LeftPackage, type OpenPackage, readLeftPackage, writeLeftPackage } from './bronze/open-package.ts';
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

/** The package to go on in; undefined where the listing begins anew, which is told where there was one. */
export async function openPackageFor(work: Work, source: Source): Promise<OpenPackage | undefined> {
  const { order, ledger, telling } = work;
  const { listing } = ledger.state;
  // A slice of the past is no listing, and says nothing of one.
  if (listing === undefined || order.mode === 'backfill') return undefined;
  const found = await lookInto(work, source, listing);
  if (typeof found === 'string') {
    await leaveOpen(work, source, { made: 0, left: 0 }, undefined);
    telling.notice(`begins its listing anew, of which ${listing.records} records were kept: ${found}`);
    return undefined;
  }
  telling.notice(`goes on with its listing, of which ${listing.records} records are kept already`);
  return found;
}

type Listing = NonNullable<Work['ledger']['state']['listing']>;

/** Why nobody may go on in it, or what it is. */
async function lookInto(work: Work, source: Source, { object, until }: Listing): Promise<LeftPackage | string> {
  const { order, world } = work;
  if (source.stream.pageTokens === undefined) return 'its page tokens are not known to stay good';
  if (new Date(until) <= world.clock.now()) return 'its page token is too old';
  const left = await readLeftPackage(world.bucket, object);
  if (left === undefined) return 'what was kept of it is gone';
  if (left.fingerprint !== fingerprintOf(work, source)) return 'the connector, the options or the cursor have changed';
  const isOwn = left.run === world.runId;
  if (order.mode === 'full' && !isOwn) return 'everything is to be read again';
  if (order.acceptsDeletes === true && !isOwn) return 'what is deleted must be seen by one run';
  return left;
}

/** What a page token is good for: the same list, asked for by the same code. */
function fingerprintOf({ order, world, ledger }: Work, { stream, connector, options, baseUrl }: Source): string {
  const { id: job } = order.job;
  const { cursor = null } = ledger.state;
  const asked = { job, stream: stream.name, connector, commit: world.commit, options, baseUrl, cursor };
  return hash('sha256', stringifyExact(asked));
}

const hoursOf = ({ stream }: Source): number => stream.pageTokens?.goodForHours ?? 0;
