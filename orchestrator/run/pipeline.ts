/**
 * One job's way: claim, extract, keep, load, settle. Every stage is a folder with one exported function; only this
 * file knows the order. What happens is told as events, and the result is their fold.
 */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { withRetry } from '@tidemill/kit/retry';
import { breakerRefusal } from '../plan/breaker.ts';
import { holdsBackNext, olderSlotOwed, supersededBy } from '../plan/owed.ts';
import { latenessOf, rejectsOf } from '../result/fold.ts';
import { type Freshness, notEverything, unmetGates, unmetRemains } from '../result/gates.ts';
import type { JobResult } from '../result/result.ts';
import type { Claim, JobState, Outcome, Settlement } from '../state/job-state.ts';
import { claimSlot, type Ledger } from '../state/ledger.ts';
import { sliceRefusal } from '../state/operate.ts';
import { adoptState } from '../state/rename.ts';
import { type Commit, type KeepOptions, keep } from './bronze/keep.ts';
import { abortable } from './extract/abortable.ts';
import { extract, type Source, sourceOf } from './extract/source.ts';
import { lackingNow, leftOutOf, settleLeftOut } from './left-out.ts';
import { load, loadWhatWaits, refuseToDouble, replay } from './load.ts';
import {
  cursorOf,
  deadlineOf,
  factsOf,
  type Order,
  openTarget,
  packagePrefix,
  targetsOf,
  timeLimit,
  type World,
} from './order.ts';
import { checkTimeColumn, newestOf } from './silver/newest.ts';
import { Telling } from './telling.ts';
import type { Unloaded } from './unloaded.ts';
import { loadsInto, type Work } from './work.ts';

/** Waits between the tries of one run; what asks for more waits for the next plan. */
const BACKOFF = { baseMs: 2_000, capMs: 60_000, maxWaitMs: 60_000 };

/** Runs one job for one slot. Never throws for what the job did: the result says it. */
export async function runJob(order: Order, world: World): Promise<JobResult> {
  const telling = new Telling(order, world);
  try {
    await runTold(order, world, telling);
  } catch (thrown) {
    telling.failed(asTidemillError(thrown), 'owed');
  }
  return telling.result();
}

async function runTold(order: Order, world: World, telling: Telling): Promise<void> {
  if (world.signal.aborted) return cutShort(world, telling);
  const ledger = await claim(order, world);
  if ('covered' in ledger) return telling.tell({ type: 'covered', reason: ledger.covered });
  // A copy: whoever hears of it must not be able to change what the next swap writes.
  const state = structuredClone(ledger.state);
  telling.tell({ type: 'claimed', attempt: ledger.claim.attempt, targets: loadsInto({ order, ledger }), state });
  for (const notice of ledger.notices) telling.notice(notice);
  await runClaimed(order, world, ledger, telling);
}

/** Claims the slot unless an older one must run first, or it needs no run. */
async function claim(order: Order, world: World): Promise<Ledger | { readonly covered: string }> {
  const { job, slot, mode, interval } = order;
  const { bucket, clock, runId: run, holder, isAlive } = world;
  await bucket.checkPreconditions?.();
  const waiting = await adoptState(bucket, job, clock.now(), (claim) => isGone(claim, world));
  if (waiting !== undefined) return { covered: waiting.busy };
  const refuse = (state: JobState): string | undefined => {
    if (mode === 'backfill') return sliceRefusal(state, interval);
    const older = olderSlotOwed(job, state, slot);
    if (older !== undefined) return `the older slot ${older} must run first`;
    return breakerRefusal(job, state, slot, clock.now());
  };
  return claimSlot({
    bucket,
    job: job.id,
    slot,
    targets: targetsOf(job, world.warehouses),
    run,
    clock,
    holder,
    isAlive,
    refuse,
  });
}

/** Only on the machine that the process ran on can anybody see that it is gone. */
const isGone = ({ holder }: Claim, { holder: here, isAlive }: World): boolean =>
  holder !== undefined && holder.host === here?.host && isAlive?.(holder) === false;

async function runClaimed(order: Order, world: World, ledger: Ledger, telling: Telling): Promise<void> {
  const ended = new AbortController();
  const limit = timeLimit(order.job.id, order.job.timeout_minutes, world.clock, ended.signal);
  const signal = AbortSignal.any([world.signal, ledger.signal, limit]);
  let unmet: readonly string[];
  try {
    const claimed: Work = { order, world, ledger, signal, telling };
    const { source, unloaded } = await work(claimed);
    if (unloaded !== undefined) return await conclude(unloaded, order, world, ledger, telling);
    unmet = await lookAtGates(claimed, source);
  } catch (thrown) {
    const error = asTidemillError(signal.aborted ? signal.reason : thrown);
    return await conclude({ error, loaded: 'nowhere' }, order, world, ledger, telling);
  } finally {
    ended.abort();
  }
  // That this cannot be written is no failure of what was done, and is not counted as one.
  const superseded = await settleDone(order, world, ledger, telling);
  for (const gate of unmet) telling.tell({ type: 'gate_unmet', gate });
  telling.tell({ type: 'done', superseded });
}

/** Answers how many older slots went with this one. */
async function settleDone(order: Order, world: World, ledger: Ledger, telling: Telling): Promise<number> {
  if (order.mode === 'backfill') {
    await ledger.settle([]);
    return 0;
  }
  const superseded = supersededBy(order.job, ledger.state, order.slot);
  await ledger.settle([...superseded, settlement(order, world, telling, 'done')]);
  return superseded.reduce((sum, { count = 1 }) => sum + count, 0);
}

/**
 * Extracts to bronze and loads to silver, first what an earlier run left between the two. A package that cannot be
 * loaded does not keep the source from being read; and what was read and committed is loaded though the rest was not.
 * Answers what some warehouses did not get though others did.
 */
async function work(work: Work): Promise<{ readonly source: Source; readonly unloaded: Unloaded | undefined }> {
  const { job, service, slot } = work.order;
  const { environment, env } = work.world;
  const source = await sourceOf({ job, service, slot, environment, env });
  if (work.order.mode === 'full') await refuseToDouble(work, source);
  checkTimeColumn(source.stream, job.id, job.expect.fresh_by);
  if (work.order.mode === 'replay') return { source, unloaded: await replay(work, source) };
  await loadWhatWaits(work, source);
  const lacking = lackingNow(work);
  const { failure, isWhole } = await extractWithRetries(work, source);
  if (failure === undefined) await endSlice(work);
  const unloaded = await load(work, source);
  if (isWhole) await settleLeftOut(work, source, lacking);
  if (failure !== undefined && unloaded !== undefined) work.telling.notice(unloaded.error.message);
  if (failure !== undefined) throw failure;
  return { source, unloaded };
}

/** The gates that are not met. What somebody reads again of the past is not what those of `expect` are about. */
async function lookAtGates(work: Work, source: Source): Promise<string[]> {
  const { order, world, telling } = work;
  const { soFar } = telling;
  const { totals, isUnchanged, left } = soFar;
  const { environment } = world;
  const remains = unmetRemains(order.job, { totals, rejects: rejectsOf(soFar), environment, leftOut: leftOutOf(work) });
  if (order.mode === 'backfill' || order.mode === 'replay') return remains;
  const freshness = await freshnessOf(order, world, source);
  const facts = { totals, isUnchanged, left, latenessSeconds: latenessOf(soFar), freshness, now: world.clock.now() };
  return [...remains, ...unmetGates(order.job, facts)];
}

/** How new the table's rows are in each warehouse, where a gate asks. That it cannot be told is no reason to read the source again. */
async function freshnessOf(order: Order, world: World, { stream }: Source): Promise<Map<string, Freshness>> {
  const { expect, service } = order.job;
  const fresh = new Map<string, Freshness>();
  for (const name of expect.fresh_within_minutes === undefined ? [] : targetsOf(order.job, world.warehouses)) {
    const newest = openTarget(world, name).then((warehouse) => newestOf(warehouse, service, stream, expect.fresh_by));
    fresh.set(
      name,
      await newest.then(
        (found) => ({ newest: found }),
        (thrown: unknown) => ({ unknown: asTidemillError(thrown).message }),
      ),
    );
  }
  return fresh;
}

/** A slice of a backfill without news is done, too: there was no last commit to say so. */
async function endSlice({ order, ledger }: Work): Promise<void> {
  if (order.mode !== 'backfill' || isRead(order, ledger.state)) return;
  await ledger.commit({ isLast: true, slice: order.interval.end.toISOString() });
}

/** Whether the last commit has said that the source was read to its end. */
function isRead({ mode, slot, interval }: Order, { extracted = [], backfill }: JobState): boolean {
  const end = interval.end.toISOString();
  return mode === 'backfill' ? (backfill?.through ?? end) >= end : extracted.includes(slot);
}

interface Extracted {
  /** The last one. */
  readonly failure?: TidemillError;
  /** Nothing that the source has is known to be missing. */
  readonly isWhole: boolean;
}

/** Extracts, again after a fault that may pass; each try goes on from the last commit. */
async function extractWithRetries(work: Work, source: Source): Promise<Extracted> {
  const { world, order, signal, telling } = work;
  const before = work.ledger.state.head;
  const { clock, random } = world;
  const { acceptsDeletes, job } = order;
  const policy = { ...BACKOFF, retries: job.retry_attempts };
  try {
    const isWhole = await withRetry(
      (attempt) => {
        if (attempt > 1) telling.notice(`read again from the last commit after a fault, ${attempt - 1}×`);
        const last = attempt > policy.retries ? 'as-changes' : 'refuse';
        return extractToBronze(work, source, {
          attempt,
          before,
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
  /** Counts from 1. */
  readonly attempt: number;
  /** Head of the chain before the first one. */
  readonly before: string | undefined;
  /** What becomes of a list that is shorter than the source says. */
  readonly incomplete: KeepOptions['incomplete'];
}

/** Answers whether it is whole: that it is not was told. */
async function extractToBronze(work: Work, source: Source, { attempt, before, incomplete }: Try): Promise<boolean> {
  const { order, world, ledger, signal, telling } = work;
  // What the try before has committed counts, also where it was not told so.
  await ledger.refresh();
  if (isRead(order, ledger.state)) return true;
  const { stream, connector } = source;
  const { interval } = order;
  const { env, cwd, bucket, clock, random, keepTokens } = world;
  // What is read anew is begun once: a try after a commit goes on behind that.
  const isBegun = order.mode === 'full' && ledger.state.head !== before;
  const cursor = cursorOf(isBegun ? { ...order, mode: 'incremental' } : order, stream, ledger.state);
  const until = order.mode === 'backfill' ? interval.end : undefined;
  const emissions = extract(source, {
    ...{ cursor, interval, now: telling.startedAt, until, signal, system: { env, cwd } },
    ...{ clock, random, keepTokens },
    mode: order.mode === 'replay' ? 'incremental' : order.mode,
    notice: (message) => telling.notice(message),
    said: (line) => telling.tell({ type: 'said', line }),
    onRequest: (request) => telling.tell({ type: 'requested', ...request }),
  });
  const steps = keep(abortable(emissions, signal), {
    bucket,
    clock,
    facts: { ...factsOf(order, world, ledger.claim), method: stream.method, connector },
    packagePrefix: packagePrefix(order, world, attempt),
    scope: stream.scope ?? 'changes',
    cursor: stream.cursor,
    cursorBefore: cursor,
    previous: ledger.state.head,
    incomplete,
  });
  let isWhole = true;
  for await (const step of steps) {
    if ('read' in step) telling.tell({ type: 'page_read', records: step.read });
    else if ('unchanged' in step) telling.tell({ type: 'unchanged', what: step.unchanged });
    else if ('incomplete' in step) {
      isWhole = false;
      telling.tell({ type: 'gate_unmet', gate: notEverything(order.job.id, step.incomplete) });
    } else await commit(work, step, until?.toISOString());
  }
  return isWhole;
}

async function commit({ ledger, telling }: Work, kept: Commit, slice: string | undefined): Promise<void> {
  const { package: pack, cursor, isLast = false } = kept;
  await ledger.commit({
    isLast,
    slice,
    ...(pack === undefined ? {} : { package: pack }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  if (pack === undefined) return;
  const { id, previous: _, ...facts } = pack;
  telling.tell({ type: 'committed', package: id, ...facts });
}

/**
 * After a failure: the slot is owed again, or settled as failed when no attempt is left; a stop gives it back. One of
 * some warehouses only says nothing against the source, and must not keep its next slots from the others.
 */
async function conclude(
  { error: failure, loaded }: Unloaded,
  order: Order,
  world: World,
  ledger: Ledger,
  telling: Telling,
) {
  if (world.signal.aborted) {
    await ledger.release();
    return cutShort(world, telling);
  }
  if (ledger.signal.aborted) return telling.failed(failure, 'owed');
  const isLast =
    order.slot.startsWith('manual-') ||
    ledger.claim.attempt >= order.job.max_attempts ||
    (loaded === 'elsewhere' && holdsBackNext(order.job, order.slot, world.clock.now()));
  const breaker = loaded === 'elsewhere' ? 'closes' : 'counts';
  const reason = telling.clean(`${failure.code}: ${failure.message}`);
  const superseded = supersededBy(order.job, ledger.state, order.slot);
  const failed = { ...settlement(order, world, telling, 'failed'), reason };
  if (isLast) await ledger.settle([...superseded, failed], breaker);
  else await ledger.fail(reason, breaker);
  telling.failed(failure, isLast ? 'settled' : 'owed');
}

/** A person stopped the run, or the machine's time is over. */
function cutShort({ signal }: World, telling: Telling): void {
  if (signal.reason instanceof TidemillError) telling.failed(signal.reason, 'owed');
  else telling.tell({ type: 'stopped', reason: 'stopped by hand; what was committed is kept' });
}

function settlement(
  { slot }: Order,
  { clock, runId: run }: World,
  { startedAt }: Telling,
  outcome: Outcome,
): Settlement {
  const at = clock.now();
  return { slot, outcome, at: at.toISOString(), run, seconds: Math.max(0, at.getTime() - startedAt.getTime()) / 1000 };
}
