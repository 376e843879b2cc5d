/** Writes what a plan says and no leg will write: registrations, and slots that end without a run. */
import { plan } from '../plan/plan.ts';
import type { Plan, PlanInput } from '../plan/types.ts';
import type { JobState } from '../state/job-state.ts';
import { updateState } from '../state/store.ts';
import { register, settle } from '../state/transitions.ts';
import type { Bucket } from '../storage/contract.ts';

/**
 * Each job's records are decided again from the state they are written to: another planner, or a leg, may have been
 * there since this plan read it.
 */
export async function recordPlan(bucket: Bucket, input: PlanInput, { records }: Plan): Promise<void> {
  for (const job of new Set(records.map(({ job }) => job))) {
    const config = { ...input.config, jobs: input.config.jobs.filter(({ id }) => id === job) };
    await updateState(bucket, job, (state) => {
      const again = plan({ ...input, config, states: state.revision === 0 ? new Map() : new Map([[job, state]]) });
      return again.records.length === 0 ? undefined : again.records.reduce(apply, state);
    });
  }
}

function apply(state: JobState, record: Plan['records'][number]): JobState {
  switch (record.kind) {
    case 'register':
      return register(state, record.schedule);
    case 'settle':
      return settle(state, record.settlements);
    default:
      return record satisfies never;
  }
}
