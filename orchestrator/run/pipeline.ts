/**
 * One job's way: claim, extract, keep, load, settle. Every stage is a folder with one exported function; only this
 * file knows the order. What happens is told as events, and the result is their fold.
 */
import { asTidemillError, errorKinds, TidemillError } from '@tidemill/kit';
import { breakerRefusal } from '../plan/breaker.ts';
import type { Reading } from '../plan/interval.ts';
import { holdsBackNext, isManual, olderSlotOwed, supersededBy } from '../plan/owed.ts';
import { waitingRefusal } from '../plan/waiting.ts';
import { type AskedGate, unmetOf } from '../result/gates.ts';
import type { JobResult } from '../result/result.ts';
import { countedAttempts } from '../state/attempts.ts';
import { claimSlot } from '../state/claiming.ts';
import type { Claim, JobState, Outcome, Settlement } from '../state/job-state.ts';
import type { Ledger } from '../state/ledger.ts';
import { sliceRefusal } from '../state/operate.ts';
import { adoptState } from '../state/rename.ts';
import type { OnBreaker } from '../state/transitions.ts';
import { inEnvironment } from '../text/format.ts';
import { claimSaid } from './announce.ts';
import { endSaid, failureSaid } from './announce-end.ts';
import { beginChanges, tellChanges } from './changes/tell.ts';
import { crawl } from './crawl/crawl.ts';
import { refuseOthers } from './crawl/others.ts';
import { park } from './crawl/park.ts';
import { tellTables } from './crawl/tables.ts';
import { type Source, sourceOf } from './extract/source.ts';
import { lookAtGates } from './gates.ts';
import { lackingNow, settleLeftOut } from './left-out.ts';
import { load, loadWhatWaits, refuseToDouble, replay } from './load.ts';
import { type Order, targetsOf, timeLimit, type World } from './order.ts';
import { endSlice, read, type Waits } from './read.ts';
import { readingUnder, refuseToReadAgain, settledBy } from './reading.ts';
import { checkTimeColumn } from './silver/newest.ts';
import { Telling } from './telling.ts';
import type { Unloaded } from './unloaded.ts';
import { loadsInto, type Work } from './work.ts';

/** Runs one job for one slot. Never throws for what the job did: the result says it. */
export async function runJob(order: Order, world: World): Promise<JobResult> {
  const waited = await slotIsOver(order, world);
  const telling = new Telling(order, world);
  try {
    if (waited > 0) telling.notice(`waited ${Math.ceil(waited / 1000)} s for the end of the slot: clocks differ`);
    await runTold(order, world, telling);
  } catch (thrown) {
    telling.failed(asTidemillError(thrown), 'owed');
  }
  return telling.result();
}

/** The planner's clock may be ahead: what is still to come before the slot would never be read. Answers milliseconds. */
async function slotIsOver({ slot, mode }: Order, { clock, signal }: World): Promise<number> {
  if (isManual(slot) || mode === 'replay') return 0;
  const early = Date.parse(slot) - clock.now().getTime();
  // A stop ends the wait; the run then finds it.
  if (early > 0) await clock.sleep(early, signal).catch(() => undefined);
  return Math.max(0, early);
}

async function runTold(asked: Order, world: World, telling: Telling): Promise<void> {
  if (world.signal.aborted) return cutShort(world, telling);
  const ledger = await claim(asked, world, telling);
  if ('covered' in ledger) return telling.tell({ type: 'covered', reason: ledger.covered });
  const { interval, what } = readingUnder(asked, ledger.state, telling.startedAt);
  const order = { ...asked, interval };
  // A copy: whoever hears of it must not be able to change what the next swap writes.
  const state = structuredClone(ledger.state);
  const span = { start: interval.start.toISOString(), end: interval.end.toISOString() };
  const targets = loadsInto({ order, ledger });
  telling.tell({ type: 'claimed', attempt: ledger.claim.attempt, interval: span, targets, state });
  for (const notice of ledger.notices) telling.notice(notice);
  await runClaimed(order, what, world, ledger, telling);
}

/** Claims the slot unless an older one must run first, or it needs no run. */
async function claim(order: Order, world: World, telling: Telling): Promise<Ledger | { readonly covered: string }> {
  const { job, slot, mode, interval, upTo } = order;
  const { environment, bucket, clock, runId: run, holder, isAlive } = world;
  await bucket.checkPreconditions?.();
  const waiting = await adoptState(bucket, job, clock.now(), (claim) => isGone(claim, world));
  if (waiting !== undefined) return { covered: waiting.busy };
  const refuse = (state: JobState): string | undefined => {
    if (mode === 'backfill') return sliceRefusal(state, interval);
    // What only loads again asks nobody.
    const waiting = mode === 'replay' ? undefined : waitingRefusal(state, slot);
    if (waiting !== undefined) return waiting;
    const older = olderSlotOwed(job, state, upTo?.toISOString() ?? slot);
    if (older !== undefined) return `the older slot ${older} must run first`;
    return breakerRefusal(job, state, slot, clock.now());
  };
  const targets = targetsOf(job, world.warehouses);
  const isWhole = mode === 'replay' && order.replayFrom === undefined;
  return claimSlot({
    bucket,
    job: job.id,
    slot,
    targets,
    about: { inEnvironment: inEnvironment(environment), replayed: isWhole ? (order.replayInto ?? targets) : [] },
    run,
    clock,
    holder,
    isAlive,
    refuse,
    sinks: world.audienceOf?.(job).sinks,
    claimed: (before, after) => claimSaid({ order, world, telling }, before, after),
  });
}

/** Only on the machine that the process ran on can anybody see that it is gone. */
const isGone = ({ holder }: Claim, { holder: here, isAlive }: World): boolean =>
  holder !== undefined && holder.host === here?.host && isAlive?.(holder) === false;

async function runClaimed(order: Order, reads: Reading['what'], world: World, ledger: Ledger, telling: Telling) {
  const ended = new AbortController();
  const limit = timeLimit(order.job.id, order.job.timeout_minutes, world.clock, ended.signal);
  const signal = AbortSignal.any([world.signal, ledger.signal, limit]);
  const run: Work = { order, reads, world, ledger, signal, telling };
  let source: Source;
  let waits: Waits | undefined;
  let asked: readonly AskedGate[];
  try {
    const worked = await work(run);
    if (worked.unloaded !== undefined) return await conclude(worked.unloaded, run);
    waits = worked.waits;
    source = worked.source;
    asked = waits === undefined ? await lookAtGates(run, source) : [];
  } catch (thrown) {
    const error = asTidemillError(signal.aborted ? signal.reason : thrown);
    return await conclude({ error, loaded: 'nowhere' }, run);
  } finally {
    ended.abort();
  }
  const unmet = unmetOf(asked);
  // That this cannot be written is no failure of what was done, and is not counted as one.
  if (waits !== undefined) return park(run, waits);
  const { superseded, own } = settledBy(run, {
    ...settlement(order, world, telling, 'done'),
    ...gatesIn(telling, unmet),
  });
  const count = superseded.reduce((sum, { count = 1 }) => sum + count, 0);
  await ledger.settle([...superseded, ...own], undefined, await endSaid(run, source, asked, count));
  for (const gate of unmet) telling.tell({ type: 'gate_unmet', gate });
  telling.tell({ type: 'done', superseded: count });
}

/**
 * Extracts to bronze and loads to silver, first what an earlier run left between the two. A package that cannot be
 * loaded does not keep the source from being read; and what was read and committed is loaded though the rest was not.
 * Answers what some warehouses did not get though others did.
 */
async function work(work: Work): Promise<Worked> {
  const { job, service, slot, mode } = work.order;
  const { environment, env, keepCatalog } = work.world;
  const source = await sourceOf({ job, service, slot, environment, env, keepCatalog });
  if (mode === 'full') refuseToDouble(work, source);
  await refuseToReadAgain(work, source);
  checkTimeColumn(source.stream, job.id, job.expect.fresh_by);
  if (mode === 'replay') {
    const unloaded = await replay(work, source);
    await tellTables(work, source);
    return { source, unloaded, waits: undefined };
  }
  refuseOthers(work, source);
  await loadWhatWaits(work, source);
  const lacking = lackingNow(work);
  await beginChanges(work);
  const { failure, isWhole, waits } = await (source.stream.crawl === undefined ? read : crawl)(work, source);
  if (failure === undefined) await endSlice(work);
  const unloaded = await load(work, source);
  if (isWhole) await settleLeftOut(work, source, lacking);
  await tellTables(work, source);
  await tellChanges(work, source).catch((thrown: unknown) => {
    // Why the source could not be read comes first: it says whether another try is worth it.
    if (failure === undefined) throw thrown;
    work.telling.notice(asTidemillError(thrown).message);
  });
  if (failure !== undefined && unloaded !== undefined) work.telling.notice(unloaded.error.message);
  if (failure !== undefined) throw failure;
  return { source, unloaded, waits };
}

interface Worked {
  readonly source: Source;
  readonly unloaded: Unloaded | undefined;
  /** What the run does not wait for any longer. */
  readonly waits: Waits | undefined;
}

/**
 * After a failure: the slot is owed again, or settled as failed when no attempt is left; a stop gives it back. What may
 * pass by itself leaves it owed, until a newer slot takes its interval. A failure of some warehouses only says nothing
 * against the source, and must not keep its next slots from the others.
 */
async function conclude({ error: failure, loaded }: Unloaded, run: Work): Promise<void> {
  const { order, world, ledger, telling } = run;
  const { job, slot } = order;
  if (world.signal.aborted) {
    const wasStopped = !(world.signal.reason instanceof TidemillError);
    const outcome = wasStopped ? 'stopped' : 'failed';
    await ledger.release(await failureSaid(run, { outcome, is_settled: false }, wasStopped ? undefined : failure));
    return cutShort(world, telling);
  }
  if (ledger.signal.aborted) return telling.failed(failure, 'taken');
  const passes = errorKinds[failure.kind].retry;
  const isLast =
    isManual(slot) ||
    (!passes && countedAttempts(ledger.state, slot) >= job.max_attempts) ||
    (loaded === 'elsewhere' && holdsBackNext(job, slot, world.clock.now()));
  const breaker = onBreaker(failure, loaded, slot);
  const reason = telling.clean(`${failure.code}: ${failure.message}`);
  const superseded = supersededBy(job, ledger.state, slot);
  const failed = { ...settlement(order, world, telling, 'failed'), reason };
  const events = await failureSaid(run, { outcome: 'failed', is_settled: isLast }, failure);
  if (isLast) await ledger.settle([...superseded, failed], breaker, events);
  else await ledger.fail({ reason, passes }, breaker, events);
  telling.failed(failure, isLast ? 'settled' : 'owed', ledger.state);
}

/** What the run is red for though its slot is done. */
function gatesIn(telling: Telling, unmet: readonly string[]): Pick<Settlement, 'reason'> {
  const all = [...telling.soFar.gates, ...unmet];
  return all.length === 0 ? {} : { reason: telling.clean(`gate-not-met: ${all.join('; ')}`) };
}

/** What somebody asks for by hand and is refused says nothing about the source. */
function onBreaker({ kind }: TidemillError, loaded: Unloaded['loaded'], slot: string): OnBreaker {
  if (loaded === 'elsewhere') return 'closes';
  return isManual(slot) && kind === 'config' ? 'stays' : 'counts';
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
