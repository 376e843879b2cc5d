/** From the source to bronze: the interval of a run, piece by piece, each tried again after a fault that may pass. */
import { asTidemillError, type Interval, type TidemillError } from '@tidemill/kit';
import { withRetry } from '@tidemill/kit/retry';
import { lineOf, readingOf } from '../plan/interval.ts';
import { notEverything } from '../result/gates.ts';
import type { JobState } from '../state/job-state.ts';
import { guardOf } from '../state/refusals.ts';
import { packageSaid } from './announce.ts';
import { keep } from './bronze/keep.ts';
import type { Commit, KeepOptions } from './bronze/kept.ts';
import { abortable } from './extract/abortable.ts';
import { extract, type Source } from './extract/source.ts';
import { forget, leaveOpen, leftBefore } from './listing.ts';
import { cursorOf, deadlineOf, factsOf, openReadable, packagePrefix } from './order.ts';
import { hasKey, isByInterval, lineAfter, movesLine, piecesFor, restOf } from './reading.ts';
import type { Work } from './work.ts';

/** Waits between the tries of one run; what asks for more waits for the next plan. */
const BACKOFF = { baseMs: 2_000, capMs: 60_000, maxWaitMs: 60_000 };

/** A run that does not wait any longer for a source that answers later. */
export interface Waits {
  readonly nextPollAt: Date;
  /** Crawls that have not ended, and that are still to be triggered; out of so many of the slot. */
  readonly open: number;
  readonly of: number;
  /** None is still to be triggered. */
  readonly hasAsked: boolean;
}

export interface Extracted {
  /** The last one. */
  readonly failure?: TidemillError;
  readonly waits?: Waits;
  /** Nothing that the source has is known to be missing. */
  readonly isWhole: boolean;
}

const WHOLE: Extracted = { isWhole: true };

/** What all tries of a run have in common. */
interface Tries {
  /** Of all pieces: each has package names of its own. */
  made: number;
  /** After a fault. */
  again: number;
  /** How often a listing was left open. */
  left: number;
  /** The state before the first one. */
  readonly before: Pick<JobState, 'head' | 'read_through'>;
  /** The cursor that the first one began with. */
  began?: { readonly cursor: unknown };
}

/** The whole interval, piece by piece, unless that was done. */
export async function read(work: Work, source: Source): Promise<Extracted> {
  const { order, reads, ledger, telling } = work;
  if (ledger.state.extracted?.includes(order.slot) === true) return WHOLE;
  if (reads === 'nothing' && isByInterval(source.stream)) {
    telling.notice(`read already, up to ${ledger.state.read_through}: the slot has nothing left to read`);
    return WHOLE;
  }
  await holdLine(work, source);
  const tries: Tries = { made: 0, again: 0, left: 0, before: ledger.state };
  try {
    return await readPieces(work, source, tries);
  } finally {
    if (tries.again > 0) telling.notice(`read again from the last commit after a fault, ${tries.again}×`);
  }
}

async function readPieces(work: Work, source: Source, tries: Tries): Promise<Extracted> {
  const { order, ledger } = work;
  let isWhole = true;
  for (const piece of piecesFor(work, source)) {
    const extracted = await extractWithRetries(work, source, piece, tries);
    if (extracted.failure !== undefined) return extracted;
    isWhole &&= extracted.isWhole;
    // One without news has not moved the line; after the last one the settlement does.
    const line = piece.end < order.interval.end ? lineAfter(work, piece) : {};
    if (line.readThrough !== ledger.state.read_through && line.readThrough !== undefined) await ledger.commit(line);
  }
  if (isWhole) await fillGap(work, source);
  return { isWhole };
}

/**
 * Of a job that nobody has planned or run yet a span of the past is read: it was looked that its first interval begins after that,
 * and so it must, whatever cron it has by then.
 */
async function holdLine({ order, reads, ledger, telling }: Work, { stream }: Source): Promise<void> {
  if (reads !== 'again' || !isByInterval(stream) || lineOf(ledger.state) !== undefined) return;
  const first = readingOf(order.job, ledger.state, { slot: order.slot, now: telling.startedAt });
  await ledger.commit({ readThrough: first.interval.start.toISOString() });
}

/** What somebody asked for by hand may be what was given up before: nobody need be told any more to read it. */
async function fillGap({ order, reads, ledger }: Work, { stream }: Source): Promise<void> {
  if (reads !== 'again' || order.mode === 'backfill' || !isByInterval(stream) || ledger.state.unread === undefined)
    return;
  const { start, end } = order.interval;
  await ledger.commit({ readAgain: { from: start.toISOString(), to: end.toISOString() } });
}

/** Extracts, again after a fault that may pass; each try goes on from the last commit. */
async function extractWithRetries(work: Work, source: Source, piece: Interval, tries: Tries): Promise<Extracted> {
  const { world, order, signal, telling } = work;
  const { clock, random } = world;
  const { acceptsDeletes, job } = order;
  const policy = { ...BACKOFF, retries: job.retry_attempts };
  try {
    const isWhole = await withRetry(
      (attempt) => {
        if (attempt > 1) tries.again += 1;
        const last = attempt > policy.retries ? 'as-changes' : 'refuse';
        tries.made += 1;
        return extractToBronze(work, source, piece, {
          tries,
          incomplete: acceptsDeletes === true ? 'believe' : last,
        });
      },
      policy,
      { clock, random, signal, deadline: deadlineOf(order, telling.startedAt) },
    );
    return { isWhole };
  } catch (thrown) {
    signal.throwIfAborted();
    return { failure: asTidemillError(thrown), isWhole: false };
  }
}

interface Try {
  readonly tries: Tries;
  /** What becomes of a list that is shorter than the source says. */
  readonly incomplete: KeepOptions['incomplete'];
}

/** Answers whether it is whole: that it is not was told. */
async function extractToBronze(
  work: Work,
  source: Source,
  piece: Interval,
  { tries, incomplete }: Try,
): Promise<boolean> {
  const { world, ledger, signal, telling } = work;
  const { made, before } = tries;
  // What the try before has committed counts, also where it was not told so.
  await ledger.refresh();
  if (isRead(work, piece, before)) return true;
  const { stream, connector } = source;
  const interval = restOf(work, piece);
  const left = await leftBefore(work, source);
  if (left !== undefined && 'finished' in left) {
    await commit(work, left.finished, piece);
    return true;
  }
  const { open } = left ?? {};
  const order = { ...work.order, interval };
  const { mode } = order;
  const { env, cwd, bucket, clock, random, keepTokens } = world;
  // What is read anew is begun once: a try after a commit goes on behind that.
  const isBegun = mode === 'full' && ledger.state.head !== before.head;
  const cursor = cursorOf(isBegun ? { ...order, mode: 'incremental' } : order, stream, ledger.state);
  tries.began ??= { cursor };
  const until = mode === 'backfill' ? interval.end : undefined;
  const guard = guardOf({ ...source, bucket, clock });
  const emissions = extract(source, {
    ...{ cursor, resume: open?.resume, interval, now: telling.startedAt, until, signal, system: { env, cwd } },
    ...{ clock, random, keepTokens },
    mode: mode === 'replay' || isBegun ? 'incremental' : mode,
    notice: (message) => telling.notice(message),
    said: (line) => telling.tell({ type: 'said', line }),
    openBucket: (location) => openReadable(world, location),
    ...(guard === undefined ? {} : { admit: () => guard.admit() }),
    onRequest: (request) => {
      guard?.heard(request);
      telling.tell({ type: 'requested', ...request });
    },
  });
  const steps = keep(abortable(emissions, signal), {
    bucket,
    clock,
    facts: { ...factsOf(order, world, ledger.claim), method: stream.method, connector },
    packagePrefix: packagePrefix(order, world, made),
    scope: stream.scope ?? 'changes',
    cursor: stream.cursor,
    cursorBefore: cursor,
    cursorAtStart: tries.began.cursor,
    again: hasKey(stream) ? 'swallowed' : 'doubles',
    checkpoints: stream.checkpoints,
    line: movesLine(work, source) ? 'moves' : 'stays',
    listing: stream.pageTokens === undefined ? undefined : { open },
    previous: ledger.state.head,
    incomplete,
  });
  let isWhole = true;
  for await (const step of steps) {
    if ('read' in step) telling.tell({ type: 'page_read', records: step.read });
    else if ('unchanged' in step) telling.tell({ type: 'unchanged', what: step.unchanged });
    else if ('notice' in step) telling.notice(step.notice);
    else if ('listing' in step) await leaveOpen(work, source, tries, step.listing);
    else if ('incomplete' in step) {
      isWhole = false;
      telling.tell({ type: 'gate_unmet', gate: notEverything(order.job.id, step.incomplete, world.environment) });
    } else await commit(work, step, piece);
  }
  // Without news nothing was committed that takes its place.
  if (ledger.state.listing !== undefined && mode !== 'backfill') await leaveOpen(work, source, tries, undefined);
  return isWhole;
}

/** Whether a last commit of this run has said that the source was read to the end of the piece. */
function isRead({ order, ledger }: Work, { end }: Interval, before: Tries['before']): boolean {
  const { mode, slot } = order;
  const { extracted = [], backfill, read_through: line }: JobState = ledger.state;
  const until = end.toISOString();
  if (mode === 'backfill') return (backfill?.through ?? until) >= until;
  if (extracted.includes(slot)) return true;
  return line !== before.read_through && line !== undefined && line >= until;
}

async function commit(work: Work, kept: Commit, piece: Interval): Promise<void> {
  const { order, ledger, telling } = work;
  const { package: pack, cursor, through, isLast = false } = kept;
  const isBackfill = order.mode === 'backfill';
  const { listing } = ledger.state;
  const change = {
    // What was read through of a slice is a slice that is done.
    isLast: isBackfill ? isLast || through !== undefined : isLast && piece.end >= order.interval.end,
    ...(isLast ? lineAfter(work, piece) : {}),
    ...(through === undefined || isBackfill ? {} : { readThrough: through }),
    slice: isBackfill ? (through ?? piece.end.toISOString()) : undefined,
    ...(pack === undefined ? {} : { package: pack }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  await ledger.commit(change, pack === undefined ? [] : packageSaid(work, pack));
  if (pack === undefined) return;
  if (listing !== undefined && ledger.state.listing === undefined) await forget(work, listing.object);
  const { id, previous: _, ...facts } = pack;
  telling.tell({ type: 'committed', package: id, ...facts });
}

/** A slice of a backfill without news is done, too: there was no last commit to say so. */
export async function endSlice(work: Work): Promise<void> {
  const { order, ledger } = work;
  if (order.mode !== 'backfill' || isRead(work, order.interval, ledger.state)) return;
  await ledger.commit({ isLast: true, slice: order.interval.end.toISOString() });
}
