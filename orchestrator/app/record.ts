/** Writes what a plan says and no leg will write: registrations, and slots that end without a run. */
import { scheduledVerdict } from '../plan/scheduled.ts';
import type { Plan, PlanInput } from '../plan/types.ts';
import type { JobState } from '../state/job-state.ts';
import { adoptState } from '../state/rename.ts';
import { updateState } from '../state/store.ts';
import { emptyState, register, settle } from '../state/transitions.ts';
import type { Bucket } from '../storage/contract.ts';
import { sideBySide } from '../storage/side-by-side.ts';

/**
 * Each job's records are decided again from the state they are written to: another planner, or a leg, may have been
 * there since this plan read it.
 */
export async function recordPlan(bucket: Bucket, input: PlanInput, { records }: Plan): Promise<void> {
  const ids = new Set(records.map(({ job }) => job));
  const jobs = input.config.jobs.filter(({ id }) => ids.has(id));
  await sideBySide(jobs, async (job) => {
    if (await adoptState(bucket, job, input.now, input.isAbandoned)) return;
    await updateState(bucket, job.id, (state) => {
      const again = scheduledVerdict(job, { ...input, states: new Map([[job.id, state]]) }).records;
      const free = state.moved_to === undefined ? state : { ...emptyState(job.id), revision: state.revision };
      return again.length === 0 ? undefined : again.reduce(apply, free);
    });
  });
}

function apply(state: JobState, record: Plan['records'][number]): JobState {
  switch (record.kind) {
    case 'register':
      return register(state, record.schedule, record.reads_from);
    case 'settle':
      return settle(state, record.settlements);
    default:
      return record satisfies never;
  }
}
