/**
 * The breaker holds back a job whose runs keep failing, so that a dead source does not eat a machine's minutes every
 * hour. Open, it lets one probe through per interval; a run that ends well closes it. Pure: it is read off the failures
 * that the state counts, so a changed limit counts at once.
 */
import type { Job } from '../config/job.ts';
import type { JobState } from '../state/job-state.ts';
import { isManual } from './owed.ts';
import { MINUTE_MS } from './zone.ts';

export interface OpenBreaker {
  readonly failures: number;
  /** When the failures began. */
  readonly since: Date;
  /** From then on one run may probe. */
  readonly probeAt: Date;
}

/** Undefined while the breaker is closed. */
export function openBreaker(
  job: Pick<Job, 'breaker_failures' | 'breaker_minutes'>,
  { breaker }: Pick<JobState, 'breaker'>,
): OpenBreaker | undefined {
  if (breaker === undefined || breaker.failures < job.breaker_failures) return undefined;
  const probeAt = new Date(Date.parse(breaker.last_failure_at) + job.breaker_minutes * MINUTE_MS);
  return { failures: breaker.failures, since: new Date(breaker.since), probeAt };
}

/** Why a leg must not run the slot now: another leg's probe has failed since it was planned. A person's run always may. */
export function breakerRefusal(job: Job, state: JobState, slot: string, now: Date): string | undefined {
  const open = openBreaker(job, state);
  if (open === undefined || isManual(slot) || open.probeAt <= now) return undefined;
  return `the breaker is open until ${open.probeAt.toISOString()}`;
}
