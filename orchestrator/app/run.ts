/** Runs jobs side by side: source → bucket → warehouse. */
import { type Attachment, asTidemillError, type TidemillError } from '@tidemill/kit';
import type { JobResult } from '../result/result.ts';
import { runJob } from '../run/pipeline.ts';
import type { JobState } from '../state/job-state.ts';
import type { Assignment } from './assignments.ts';
import { openDelivery } from './deliver.ts';
import { inLanes } from './lanes.ts';
import { type Ordered, orderOf, recordResults, worldOf } from './run-world.ts';
import type { Session } from './session.ts';
import { type Stream, streamOf } from './stream.ts';

export interface RunRequest extends Ordered {
  readonly assignments: readonly Assignment[];
  /** Their common identity, for the report. */
  readonly runId: string;
  /** Minutes that this process may take, if not as many as its jobs. */
  readonly timeLimit?: number | undefined;
  /** Jobs whose events wait since an earlier run: they are sent once the assignments have run. */
  readonly waiting?: readonly string[] | undefined;
  /** The most jobs at a time, if not as many as the configuration says. */
  readonly parallel?: number | undefined;
}

/** Of one run. */
interface Attached extends Pick<JobResult, 'job' | 'slot'> {
  readonly attachments: readonly Attachment[];
}

export interface Ran {
  /** In the order of the assignments, not of the race. */
  readonly results: readonly JobResult[];
  /** Why they could not be kept in the bucket, where the report looks for them. */
  readonly unrecorded: TidemillError | undefined;
  /** By job: the states as they were claimed. */
  readonly claimed: ReadonlyMap<string, JobState>;
  /** Of the runs that failed: what their errors have brought along. */
  readonly attachments: readonly Attached[];
  /** Why events have not left, by who is told of them. */
  readonly untold: readonly TidemillError[];
}

/** Each run's events, as they happen; then what became of all. A job that fails keeps no other from running. */
export const run = (session: Session, request: RunRequest): Stream<Ran> =>
  streamOf(async (tell, over) => {
    const { assignments, runId, parallel = session.config.max_parallel_jobs } = request;
    const claimed = new Map<string, JobState>();
    const delivery = openDelivery(session);
    const attached: Attached[] = [];
    const world = worldOf(session, request, over, {
      onEvent: (event) => {
        if (event.type === 'claimed') claimed.set(event.job, event.state);
        tell(event);
      },
      onAttachments: ({ job, slot }, attachments) => attached.push({ job, slot, attachments }),
    });
    const results: JobResult[] = [];
    const place = ({ job, slot }: JobResult): number =>
      assignments.findIndex((assignment) => assignment.job.id === job && assignment.slot === slot);
    await inLanes(assignments, parallel, async (assignment) => {
      const result = await runJob(await orderOf(assignment, request, session), world);
      results.push(result);
      if (result.result !== 'covered') delivery.of(result.job);
      return result.result === 'done' || result.result === 'covered';
    });
    for (const job of request.waiting ?? []) if (results.every((result) => result.job !== job)) delivery.of(job);
    results.sort((a, b) => place(a) - place(b));
    // What became of the jobs is told also where it cannot be kept.
    const unrecorded = await recordResults(session, runId, results).then(() => undefined, asTidemillError);
    return { results, unrecorded, claimed, attachments: attached, untold: (await delivery.close('soon')).untold };
  });
