/** Whether a warehouse is emptier than its bucket: it was lost, or moved, and nobody has loaded the data again. */
import type { Job } from '../config/job.ts';
import { targetsOf } from '../run/order.ts';
import type { JobState } from '../state/job-state.ts';
import { readRenamed } from '../state/rename.ts';
import { viewStates } from '../state/state-index.ts';
import { readStates } from '../state/store.ts';
import { targetIn } from '../state/targets.ts';
import { jobsHere } from './missing-credentials.ts';
import type { Session } from './session.ts';

/**
 * By name of the warehouse, jobs of the environment whose data is in the bucket and was never loaded into that: nothing
 * of it, or not what was committed before the warehouse was configured.
 */
export async function notInSilver({ config, environment, bucket, warehouses }: Session): Promise<Map<string, Job[]>> {
  const jobs = jobsHere(config, environment.name);
  const { read } = await viewStates(bucket, jobs.length);
  const { states } = await readStates(jobs, (job) => readRenamed(bucket, job, read));
  const missing = new Map<string, Job[]>();
  for (const [name, open] of warehouses) {
    const lacks = (job: Job): 'a part' | 'everything' | undefined => lackOf(states.get(job.id), name);
    const candidates = jobs.filter((job) => targetsOf(job, warehouses).includes(name) && lacks(job) !== undefined);
    if (candidates.length === 0) continue;
    const loaded = await (await open()).loadedJobs();
    const has = ({ id, previous_ids }: Job): boolean => [id, ...previous_ids].some((known) => loaded.has(known));
    missing.set(
      name,
      candidates.filter((job) => lacks(job) === 'a part' || !has(job)),
    );
  }
  return missing;
}

/** What the warehouse may lack by the state; what is still to be loaded for the first time is nobody's loss. */
function lackOf(state: JobState | undefined, name: string): 'a part' | 'everything' | undefined {
  if (state?.head === undefined) return undefined;
  const { pending, begins_after: isLate, replay } = targetIn(state, name);
  if (isLate !== undefined) return 'a part';
  return pending.length === 0 && replay === undefined ? 'everything' : undefined;
}
