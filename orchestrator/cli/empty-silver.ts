/** Whether a warehouse is emptier than its bucket: it was lost, or moved, and nobody has loaded the data again. */
import type { Job } from '../config/job.ts';
import { readRenamed } from '../state/rename.ts';
import { readStates } from '../state/store.ts';
import { targetIn } from '../state/targets.ts';
import { jobsHere } from './missing-credentials.ts';
import type { Session } from './session.ts';

const TARGET = 'main';

/** Jobs of the environment whose data is in the bucket, and of which the warehouse has never loaded anything. */
export async function notInSilver({ config, environment, bucket, warehouse }: Session): Promise<Job[]> {
  const jobs = jobsHere(config, environment.name);
  const { states } = await readStates(jobs, (job) => readRenamed(bucket, job));
  // What is still to be loaded for the first time is nobody's loss.
  const kept = jobs.filter(({ id }) => {
    const state = states.get(id);
    return state?.head !== undefined && targetIn(state, TARGET).pending.length === 0;
  });
  if (kept.length === 0) return [];
  const loaded = await (await warehouse()).loadedJobs();
  return kept.filter(({ id, previous_ids: before }) => ![id, ...before].some((name) => loaded.has(name)));
}
