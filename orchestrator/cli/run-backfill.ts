/** Reads the slices of a backfill one after the other, each as a run of its own, until the end or the first failure. */

import { errorKinds, type Interval } from '@tidemill/kit';
import { serviceOf } from '../app/orders.ts';
import { runIdOf } from '../app/run-id.ts';
import type { Job } from '../config/job.ts';
import { slicesOf } from '../plan/slices.ts';
import { exitCode } from '../report/outcome.ts';
import { resultText } from '../report/terminal.ts';
import type { JobResult } from '../result/result.ts';
import type { World } from '../run/order.ts';
import { runJob } from '../run/pipeline.ts';
import type { Backfill, JobState } from '../state/job-state.ts';
import { sliceSlot } from '../state/operate.ts';
import { readState } from '../state/store.ts';
import { count, duration, instant, plural } from '../text/format.ts';
import type { CommonOptions } from './command.ts';
import type { TerminalSession as Session } from './host.ts';
import { orderOf, record, worldOf } from './run-all.ts';

/** How long a backfill waits for another run of the job, and how often it looks. */
const PATIENCE_MS = 15 * 60_000;
const LOOK_MS = 15_000;

export interface BackfillOrder {
  readonly job: Job;
  readonly backfill: Backfill;
  /** All of them, also those that are done: only for the telling. */
  readonly slices: readonly Interval[];
}

/** Answers the exit code: that of the slice that failed, or 0. */
export async function runBackfill(session: Session, order: BackfillOrder, options: CommonOptions): Promise<number> {
  const runId = runIdOf(session.host, {});
  const ended = new AbortController();
  const world = worldOf(session, { runId }, () => undefined, ended.signal);
  const results: JobResult[] = [];
  try {
    for await (const result of readSlices(session, order, world)) {
      results.push(result);
      (options.json ? session.host.stderr : session.host.stdout).write(sliceLine(result, order.slices));
    }
    await record(session, runId, results);
    return await tell(session, order, { run: runId, results }, options);
  } finally {
    ended.abort();
    await session.close();
  }
}

/** Ends after a result that is not `done`, and when nothing of the backfill is left. */
async function* readSlices(session: Session, { job, backfill }: BackfillOrder, world: World): AsyncIterable<JobResult> {
  const { bucket, config, host } = session;
  const service = serviceOf(config, job);
  let waited = 0;
  for (;;) {
    const { state } = await readState(bucket, job.id);
    const interval = nextSlice(job, backfill, state);
    if (interval === undefined) return;
    const slot = sliceSlot(backfill, interval.end);
    const order = await orderOf({ job, service, slot, interval }, 'backfill', host);
    const result = await runJob(order, world);
    if (result.result === 'covered' && waited < PATIENCE_MS && !host.interrupted.aborted) {
      await host.clock.sleep(LOOK_MS, host.interrupted).catch(() => undefined);
      waited += LOOK_MS;
      continue;
    }
    yield result;
    if (result.result !== 'done') return;
    waited = 0;
  }
}

/** From where the backfill stands, whoever brought it there; undefined when it is over. */
function nextSlice(job: Job, { id }: Backfill, { backfill }: JobState): Interval | undefined {
  if (backfill?.id !== id) return undefined;
  return slicesOf(job, new Date(backfill.through), new Date(backfill.to)).next().value ?? undefined;
}

/** `[3/24] 2026-11-01 00:00 UTC → 2026-11-02 00:00 UTC  done: 120 records, 118 inserted, 2 updated, 0.8 s`. */
function sliceLine({ interval, result, totals, seconds }: JobResult, slices: readonly Interval[]): string {
  const place = slices.filter(({ end }) => end.toISOString() <= interval.end).length;
  const changes = `${count(totals.inserted)} inserted, ${count(totals.updated)} updated`;
  const what = `${plural(totals.records, 'record')}, ${changes}, ${duration(seconds)}`;
  return `[${place}/${slices.length}] ${instant(interval.start)} → ${instant(interval.end)}  ${result}: ${what}\n`;
}

async function tell(
  { bucket, host }: Session,
  { job, backfill, slices }: BackfillOrder,
  { run, results }: { readonly run: string; readonly results: readonly JobResult[] },
  { json }: CommonOptions,
): Promise<number> {
  const open = (await readState(bucket, job.id)).state.backfill;
  const isFinished = open?.id !== backfill.id;
  const last = results.at(-1);
  const isBusy = last?.result === 'covered';
  const goOn = `tidemill backfill ${job.id}`;
  if (json) {
    const { id, from, to } = backfill;
    const through = isFinished ? to : open.through;
    const document = { id, from, to, through, slices: slices.length, finished: isFinished };
    host.stdout.write(`${JSON.stringify({ run, job: job.id, backfill: document, results }, undefined, 2)}\n`);
  } else {
    const ending = isFinished
      ? `${job.id}: the backfill is done\n`
      : `${job.id}: stopped at ${instant(open.through)}; \`${goOn}\` goes on from there\n`;
    host.stdout.write(`${last === undefined || last.result === 'done' ? '' : `\n${resultText([last])}`}\n${ending}`);
  }
  return exitCode(results) || (isBusy ? errorKinds.transient.exit : 0);
}
