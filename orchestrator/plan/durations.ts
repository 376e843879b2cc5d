/** How long a run is expected to take. Pure. */
import type { Job } from '../config/job.ts';
import type { JobState } from '../state/job-state.ts';

/** Of a job that never ran: at the default limit of half an hour, a minute. */
const SHARE_OF_LIMIT = 1 / 30;

/** The average of its recent runs that went well; before there is one, a small share of its time limit. */
export function expectedSeconds(job: Job | undefined, state: JobState | undefined): number {
  const known = (state?.recent ?? []).flatMap(({ outcome, seconds }) => (outcome === 'done' ? (seconds ?? []) : []));
  if (known.length === 0) return (job?.timeout_minutes ?? 0) * 60 * SHARE_OF_LIMIT;
  return known.reduce((sum, seconds) => sum + seconds, 0) / known.length;
}
