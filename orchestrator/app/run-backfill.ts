/** Reads the slices of a backfill one after the other, each as a run of its own, until the end or the first failure. */
import type { Interval, TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { slicesOf } from '../plan/slices.ts';
import type { JobResult } from '../result/result.ts';
import type { World } from '../run/order.ts';
import { runJob } from '../run/pipeline.ts';
import type { Backfill, JobState } from '../state/job-state.ts';
import { sliceSlot } from '../state/operate.ts';
import { readState } from '../state/store.ts';
import { serviceOf } from './assignments.ts';
import { openDelivery } from './deliver.ts';
import { orderOf, recordResults, worldOf } from './run-world.ts';
import type { Session } from './session.ts';
import { type Stream, streamOf } from './stream.ts';

/** How long a backfill waits for another run of the job, and how often it looks. */
const PATIENCE_MS = 15 * 60_000;
const LOOK_MS = 15_000;

export interface BackfillOrder {
  readonly job: Job;
  readonly backfill: Backfill;
  /** For the report. */
  readonly runId: string;
}

export interface Backfilled {
  /** Of the slices that were read, the last of which may not have ended well. */
  readonly results: readonly JobResult[];
  /** What is left of the backfill. */
  readonly open: Backfill | undefined;
  /** Why events have not left, by who is told of them. */
  readonly untold: readonly TidemillError[];
}

/** The events of all slices; one that another run of the job covers is tried again for a while. */
export const runBackfill = (session: Session, order: BackfillOrder): Stream<Backfilled> =>
  streamOf(async (tell, over) => {
    const { runId, job } = order;
    const delivery = openDelivery(session);
    const world = worldOf(session, { runId }, over, { onEvent: tell });
    const results: JobResult[] = [];
    for await (const result of readSlices(session, order, world)) results.push(result);
    delivery.of(job.id);
    const { untold } = await delivery.close('soon');
    await recordResults(session, runId, results);
    const { backfill } = (await readState(session.bucket, job.id)).state;
    return { results, open: backfill?.id === order.backfill.id ? backfill : undefined, untold };
  });

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
    const order = await orderOf({ job, service, slot, interval }, { mode: 'backfill' }, session);
    const result = await runJob(order, world);
    if (result.result === 'covered' && waited < PATIENCE_MS && !world.signal.aborted) {
      await host.clock.sleep(LOOK_MS, world.signal).catch(() => undefined);
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
