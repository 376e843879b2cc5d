/**
 * One job's way: claim, extract, keep, load, settle. Every stage is a folder with one exported function; only this
 * file knows the order.
 */
import { asTidemillError, type Interval, type Stream, TidemillError } from '@tidemill/kit';
import { type Clock, withRetry } from '@tidemill/kit/retry';
import { keep } from './bronze/keep.ts';
import { readManifest } from './bronze/manifest.ts';
import { readRecords } from './bronze/records.ts';
import type { Job, Service } from './config/job.ts';
import { abortable } from './extract/abortable.ts';
import { extract, type Source, sourceOf } from './extract/source.ts';
import { olderSlotOwed, supersededBy } from './plan/owed.ts';
import type { JobResult } from './report/result.ts';
import { type Progress, RunReport } from './report/run-report.ts';
import { loadPackage } from './silver/load.ts';
import type { Claim, JobState, Outcome, Settlement } from './state/job-state.ts';
import { claimSlot, type Ledger } from './state/ledger.ts';
import type { Bucket } from './storage/contract.ts';
import type { Warehouse } from './warehouse/contract.ts';

/** Waits between the tries of one run; what asks for more waits for the next plan. */
const BACKOFF = { baseMs: 2_000, capMs: 60_000, maxWaitMs: 60_000 };

/** What a run is asked to do. */
export interface Order {
  readonly job: Job;
  readonly service: Service;
  readonly slot: string;
  readonly interval: Interval;
  /** `full` forgets the cursor and reads everything again. */
  readonly refresh: 'incremental' | 'full';
}

/** What a run is given to do it with. */
export interface World {
  readonly environment: string;
  readonly bucket: Bucket;
  /** Opened when the first package is loaded: a run without news never touches the warehouse. */
  readonly warehouse: () => Promise<Warehouse>;
  readonly clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Unique per process. */
  readonly runId: string;
  readonly holder?: Claim['holder'];
  readonly isAlive?: (holder: NonNullable<Claim['holder']>) => boolean | undefined;
  /** Commit of this code, for the manifests. */
  readonly commit?: string;
  /** Aborted when a person stops the run. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Runs one job for one slot. Never throws for what the job did: the result says it. */
export async function runJob(order: Order, world: World): Promise<JobResult> {
  const report = new RunReport(order, world);
  try {
    const ledger = await claim(order, world);
    if ('covered' in ledger) return report.covered(ledger.covered);
    report.claimed(ledger.claim.attempt);
    return await runClaimed(order, world, ledger, report);
  } catch (thrown) {
    return report.failed(asTidemillError(thrown), 'owed');
  }
}

/** Claims the slot unless an older one must run first, or it needs no run. */
function claim({ job, slot }: Order, world: World): Promise<Ledger | { readonly covered: string }> {
  const { bucket, clock, runId: run, holder, isAlive } = world;
  const refuse = (state: JobState): string | undefined => {
    const older = olderSlotOwed(job, state, slot);
    return older === undefined ? undefined : `the older slot ${older} must run first`;
  };
  return claimSlot({ bucket, job: job.id, slot, run, clock, holder, isAlive, refuse });
}

async function runClaimed(order: Order, world: World, ledger: Ledger, report: RunReport): Promise<JobResult> {
  const ended = new AbortController();
  const signal = AbortSignal.any([world.signal, ledger.signal, timeLimit(order.job, world.clock, ended.signal)]);
  try {
    await work({ order, world, ledger, signal, report });
    const superseded = supersededBy(order.job, ledger.state, order.slot);
    await ledger.settle([...superseded, settlement(order, world, 'done')]);
    return report.done(superseded.reduce((slots, { count = 1 }) => slots + count, 0));
  } catch (thrown) {
    return await conclude(asTidemillError(signal.aborted ? signal.reason : thrown), order, world, ledger, report);
  } finally {
    ended.abort();
  }
}

interface Work {
  readonly order: Order;
  readonly world: World;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
  readonly report: RunReport;
}

/**
 * Extracts to bronze and loads to silver, first what an earlier run left between the two. A package that cannot be
 * loaded does not keep the source from being read; and what was read and committed is loaded though the rest was not.
 */
async function work(work: Work): Promise<void> {
  const { job, service, slot } = work.order;
  const { environment, env } = work.world;
  const source = await sourceOf({ job, service, slot, environment, env });
  if (work.order.refresh === 'full') await setAside(work);
  await load(work, source).catch(() => work.signal.throwIfAborted());
  const isRead = work.ledger.state.extracted === slot;
  const failure = isRead ? undefined : await extractWithRetries(work, source);
  await load(work, source);
  if (failure !== undefined) throw failure;
}

/** What waits to be loaded is read anew by a full refresh. It stays in bronze, and the summary names it. */
async function setAside({ ledger, report }: Work): Promise<void> {
  for (const { id, manifest } of ledger.state.packages) {
    await ledger.loaded(id);
    report.notice(`set aside without loading it: ${manifest}`);
  }
}

/** Extracts, again after a fault that may pass; each try goes on from the last commit. Answers the last failure. */
async function extractWithRetries(work: Work, source: Source): Promise<TidemillError | undefined> {
  const { world, order, signal, report } = work;
  const policy = { ...BACKOFF, retries: order.job.retry_attempts };
  try {
    await withRetry(
      (attempt) => {
        if (attempt > 1) report.notice(`read again from the last commit after a fault, ${attempt - 1}×`);
        return extractToBronze(work, source);
      },
      policy,
      { clock: world.clock, random: world.random, signal },
    );
    return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    return asTidemillError(thrown);
  }
}

async function extractToBronze({ order, world, ledger, signal, report }: Work, source: Source): Promise<void> {
  const { stream } = source;
  const cursor = cursorOf(order, stream, ledger.state);
  const { env, cwd, bucket, clock, random } = world;
  const notice = (message: string): void => report.notice(message);
  const now = report.startedAt;
  const { interval } = order;
  const emissions = extract(source, { cursor, interval, now, signal, system: { env, cwd }, notice, clock, random });
  const commits = keep(abortable(emissions, signal), {
    bucket,
    facts: { ...factsOf(order, world, ledger), method: stream.method, connector: source.connector },
    packagePrefix: packagePrefix(order, world, report.packages),
    write: stream.write,
    cursor: stream.cursor,
    cursorBefore: cursor,
    now: () => clock.now(),
    onRecords: (records) => report.extracted(records),
    onUnchanged: (what) => report.unchanged(what),
  });
  for await (const commit of commits) {
    const { package: kept, cursor: moved, isLast = false } = commit;
    await ledger.commit({
      isLast,
      ...(kept === undefined ? {} : { package: { id: kept.id, manifest: kept.manifest } }),
      ...(moved === undefined ? {} : { cursor: moved }),
    });
    if (kept !== undefined) report.kept(kept);
  }
}

/** Merges every committed package that silver does not have yet, oldest first. */
async function load({ order, world, ledger, signal, report }: Work, { stream }: Source): Promise<void> {
  for (const pending of ledger.state.packages) {
    const manifest = await readManifest(world.bucket, pending.manifest);
    const loaded = await loadPackage({
      bucket: world.bucket,
      warehouse: await world.warehouse(),
      service: order.job.service,
      stream,
      job: order.job.id,
      package: { id: pending.id, records: manifest.records },
      records: abortable(readRecords(world.bucket, manifest), signal),
      maxRejectRatio: order.job.max_reject_ratio,
      now: world.clock.now(),
      onRows: (rows) => report.loading(rows),
    });
    await ledger.loaded(pending.id);
    report.loaded(loaded);
  }
}

/** After a failure: the slot is owed again, or settled as failed when no attempt is left; a stop gives it back. */
async function conclude(failure: TidemillError, order: Order, world: World, ledger: Ledger, report: RunReport) {
  if (world.signal.aborted) {
    await ledger.release();
    return report.stopped();
  }
  if (ledger.signal.aborted) return report.failed(failure, 'owed');
  const isLast = order.slot.startsWith('manual-') || ledger.claim.attempt >= order.job.max_attempts;
  const reason = `${failure.code}: ${failure.message}`;
  const superseded = supersededBy(order.job, ledger.state, order.slot);
  if (isLast) await ledger.settle([...superseded, { ...settlement(order, world, 'failed'), reason }]);
  else await ledger.fail(reason);
  return report.failed(failure, isLast ? 'settled' : 'owed');
}

function settlement({ slot }: Order, { clock, runId: run }: World, outcome: Outcome): Settlement {
  return { slot, outcome, at: clock.now().toISOString(), run };
}

/** Aborted when the job's time is over. */
function timeLimit(job: Job, clock: Clock, ended: AbortSignal): AbortSignal {
  const limit = new AbortController();
  const over = (): void => {
    const message = `${job.id} was still running after ${job.timeout_minutes} minutes`;
    const hint =
      'What was committed is kept, and the next run goes on from there. Raise timeout_minutes if it needs more.';
    limit.abort(new TidemillError('transient', 'time-limit', message, { hint }));
  };
  clock.sleep(job.timeout_minutes * 60_000, ended).then(over, () => undefined);
  return limit.signal;
}

/** The cursor to go on from. Throws `cursor-version` or `cursor-invalid` for one this connector cannot read. */
function cursorOf({ job, refresh }: Order, { cursor }: Stream, state: JobState): unknown {
  if (cursor === undefined) return undefined;
  if (refresh === 'full' || state.cursor === undefined) return cursor.start;
  if (state.cursor.version !== cursor.version) {
    const versions = `${state.cursor.version}, the connector reads ${cursor.version}`;
    throw new TidemillError('config', 'cursor-version', `${job.id}: the stored cursor has version ${versions}`, {
      hint: 'Run the job once with --full-refresh.',
    });
  }
  const parsed = cursor.schema.safeParse(state.cursor.value);
  if (parsed.success) return parsed.data;
  throw new TidemillError('config', 'cursor-invalid', `${job.id}: the stored cursor is not one of the connector`, {
    hint: 'Run the job once with --full-refresh.',
  });
}

/** `job.slot.run`, unique among all packages there will ever be; further tries of the same run count on. */
function packagePrefix({ job, slot }: Order, { runId }: World, packages: number): string {
  const compact = slot.replace(/[-:]|\.000/g, '');
  return [job.id, compact, runId, ...(packages > 0 ? [packages] : [])].join('.');
}

function factsOf({ job, slot, interval }: Order, world: World, ledger: Ledger) {
  return {
    environment: world.environment,
    job: job.id,
    service: job.service,
    data_type: job.data_type,
    slot,
    interval: { start: interval.start.toISOString(), end: interval.end.toISOString() },
    run: world.runId,
    attempt: ledger.claim.attempt,
    ...(world.commit === undefined ? {} : { commit: world.commit }),
  };
}
