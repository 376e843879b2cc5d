/** What the planner finds about one job, and the questions that scheduled and manual plans both ask. */
import type { Job } from '../config/job.ts';
import type { Claim, JobState } from '../state/job-state.ts';
import { inEnvironment } from '../text/format.ts';
import type { Decision, DecisionWord, PlanInput, PlannedRun, Span, StateChange } from './types.ts';
import { instantText } from './words.ts';

export interface Verdict {
  readonly decision: Decision;
  readonly runs: readonly PlannedRun[];
  readonly records: readonly StateChange[];
}

interface Idle {
  readonly slot?: string | undefined;
  readonly next?: string | undefined;
  readonly records?: readonly StateChange[];
  readonly unread?: readonly Span[];
}

/** The verdict on a job that does not run. */
export function idle(
  job: Job,
  decision: DecisionWord,
  reason: string,
  { slot, next, records = [], unread = [] }: Idle,
): Verdict {
  const slots = { ...(slot === undefined ? {} : { slot }), ...(next === undefined ? {} : { next }) };
  return { decision: { job: job.id, decision, reason, ...slots, ...gaps(unread) }, runs: [], records };
}

/** Nothing where there are none. */
export const gaps = (unread: readonly Span[]): Pick<Decision, 'unread'> => (unread.length === 0 ? {} : { unread });

export const isElsewhere = ({ environments }: Job, environment: string): boolean =>
  environments.length > 0 && !environments.includes(environment);

export const elsewhereReason = ({ environments }: Job): string => `runs only in ${environments.join(', ')}`;

/** The claim under which the job is running now. */
export function liveClaim(state: JobState | undefined, { now, isAbandoned }: PlanInput): Claim | undefined {
  const claim = state?.claim;
  if (claim === undefined || Date.parse(claim.lease_until) <= now.getTime()) return undefined;
  return isAbandoned?.(claim) === true ? undefined : claim;
}

export const claimReason = (claim: Claim): string =>
  `run ${claim.run} is at it, until ${claim.lease_until} at the latest`;

/** Why the job cannot run for want of credentials, naming them; undefined when it can. */
export function missingReason(job: Job, { missingCredentials, credentialsHelp }: PlanInput): string | undefined {
  const missing = missingCredentials?.(job.id) ?? [];
  if (missing.length === 0) return undefined;
  const help = credentialsHelp?.(job.id);
  return `missing credentials: ${missing.join(', ')}${help === undefined ? '' : `; how to get them: ${help}`}`;
}

/** Why the job has nothing to read, by what was collected of its service; undefined when it has. */
export function goneReason({ id, service, data_type }: Job, { gone, environment }: PlanInput): string | undefined {
  const since = gone?.get(id);
  if (since === undefined) return undefined;
  const look = `\`npx tidemill catalog collect ${service}${inEnvironment(environment)}\``;
  return `${service} has no ${data_type} any more, since ${instantText(new Date(since))}; ${look} looks again`;
}

/** What will keep a job from running later, as an appendix to what is said of it now. */
export const laterNote = (job: Job, input: PlanInput): string =>
  [goneReason(job, input), missingReason(job, input)].map((why) => (why === undefined ? '' : `; ${why}`)).join('');
