/** Which span of time a run reads, and what becomes of the line up to which its source was read. */
import { type Interval, type Stream, TidemillError } from '@tidemill/kit';
import { lineOf, piecesOf, type Reading, readingOf } from '../plan/interval.ts';
import { isManual, isOwed, supersededBy } from '../plan/owed.ts';
import { intervalOfWaiting } from '../plan/waiting.ts';
import { isCrawlSlot } from '../state/crawl.ts';
import type { Backfill, JobState, Settlement } from '../state/job-state.ts';
import type { Bucket } from '../storage/contract.ts';
import { readBefore } from './bronze/spans.ts';
import type { Source } from './extract/source.ts';
import type { Order } from './order.ts';
import type { Work } from './work.ts';

/** What the run reads by the state that it has claimed: whatever was read since it was planned is not read again. */
export function readingUnder({ job, mode, slot, interval, upTo }: Order, state: JobState, now: Date): Reading {
  if (mode === 'backfill' || mode === 'replay') return { interval, what: 'again' };
  const waiting = intervalOfWaiting(state, slot);
  if (isCrawlSlot(slot)) return { interval: waiting ?? { start: now, end: now }, what: 'again' };
  if (waiting !== undefined && isManual(slot)) {
    const line = lineOf(state);
    return { interval: waiting, what: line === undefined || line < waiting.end ? 'on' : 'again' };
  }
  return readingOf(job, state, { slot, now, upTo });
}

/** Whether a run of the stream reads its interval and nothing else. */
export const isByInterval = ({
  cursor,
  byInterval,
  scope = 'changes',
}: Pick<Stream, 'byInterval' | 'cursor' | 'scope'>): boolean =>
  scope === 'changes' && (byInterval === true || cursor === undefined);

/** What is read one after the other, each kept before the next is begun. */
export const piecesFor = ({ order, reads }: Work, { stream }: Source): Iterable<Interval> =>
  reads === 'on' && isByInterval(stream) ? piecesOf(order.job, order.interval) : [order.interval];

/** Where the line stands once the piece is kept; undefined where it stays. */
export const lineAfter = ({ reads }: Pick<Work, 'reads'>, { end }: Interval): { readonly readThrough?: string } =>
  reads === 'on' ? { readThrough: end.toISOString() } : {};

/** Whether the state remembers how far the interval was read: then a run may stop in the middle of it, and the next one goes on. */
export const movesLine = ({ order, reads }: Pick<Work, 'order' | 'reads'>, { stream }: Source): boolean =>
  (reads === 'on' || order.mode === 'backfill') && isByInterval(stream);

/** What is left to read of a piece, after what earlier tries have read of it. */
export function restOf({ order, reads, ledger }: Pick<Work, 'order' | 'reads' | 'ledger'>, piece: Interval): Interval {
  const { read_through: line, backfill }: JobState = ledger.state;
  const through = order.mode === 'backfill' ? backfill?.through : reads === 'on' ? line : undefined;
  const start = new Date(through ?? piece.start);
  return start > piece.start && start < piece.end ? { start, end: piece.end } : piece;
}

/**
 * Nothing tells a row that is read again from a new one where the table has no key. Throws `span-doubles` for a span that
 * bronze has something of, or that a backfill is still to read.
 */
export async function refuseToReadAgain({ order, reads, world, ledger }: Work, { stream }: Source): Promise<void> {
  const { job, mode, interval: span } = order;
  if (reads !== 'again' || mode !== 'incremental' || !isByInterval(stream)) return;
  const { head, backfill } = ledger.state;
  await refuseSpan(world.bucket, { job: job.id, head, stream, span });
  if (hasKey(stream) || backfill === undefined || !isAhead(backfill, span)) return;
  const { through, to } = backfill;
  const message = `${job.id} has no key, and its open backfill reads from ${through} to ${to}: that would double its rows`;
  throw new TidemillError('config', 'span-doubles', message, {
    hint: `\`npx tidemill backfill ${job.id}\` goes on with it, with --abandon it is given up.`,
  });
}

/** Whether the backfill is still to read a part of the span. */
const isAhead = ({ through, to }: Backfill, { start, end }: Interval): boolean =>
  Date.parse(through) < end.getTime() && start.getTime() < Date.parse(to);

export interface SpanToRead {
  readonly job: string;
  readonly head: string | undefined;
  readonly stream: Pick<Stream, 'key' | 'write'>;
  readonly span: Interval;
}

/** Throws `span-doubles` for a span that bronze has something of, of a stream whose table has no key. */
export async function refuseSpan(bucket: Bucket, { job, head, stream, span }: SpanToRead): Promise<void> {
  if (hasKey(stream)) return;
  const read = await readBefore(bucket, head, span);
  if (read === undefined) return;
  const { start, end } = read.interval;
  const message = `${job}: its table has no key, and it has read from ${start} to ${end} already: that would double its rows`;
  throw new TidemillError('config', 'span-doubles', message, {
    hint: `Ask for what lies before or after it, or give the job a primary_key. Package: ${read.package}.`,
  });
}

/** Whether the table tells a row that comes again from a new one. */
export const hasKey = ({ key, write }: Pick<Stream, 'key' | 'write'>): boolean => write !== 'append' || key.length > 0;

/** What became of the slot of a run that ended well, and of the older ones that it took the place of. */
export function settledBy(
  { order, reads, ledger }: Work,
  own: Settlement,
): { superseded: Settlement[]; own: Settlement[] } {
  const { job, slot, interval, upTo, mode } = order;
  if (mode === 'backfill') return { superseded: [], own: [] };
  const done = { ...own, ...(reads === 'on' ? { read_through: interval.end.toISOString() } : {}) };
  const asked = upTo?.toISOString();
  // Somebody asked for a slot that is owed: it has been read now.
  if (asked !== undefined && isOwed(ledger.state, asked)) {
    return { superseded: supersededBy(job, ledger.state, asked), own: [{ ...own, slot: asked }, done] };
  }
  return { superseded: supersededBy(job, ledger.state, slot), own: [done] };
}
