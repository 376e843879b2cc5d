/** Changes the states of jobs by hand: one operation, done to each of the named jobs by compare-and-swap. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { pick } from '../plan/manual.ts';
import type { Claim, JobState } from '../state/job-state.ts';
import type { Audit } from '../state/operate.ts';
import { adoptState } from '../state/rename.ts';
import { updateState } from '../state/store.ts';
import { lineText } from '../text/table.ts';
import { isAbandoned } from './host.ts';
import { type Change, type OperationName, operations } from './operations.ts';
import { hasNoKey, newCursor } from './rewind.ts';
import type { Session } from './session.ts';
import { checkWarehouse, warehousesOf } from './warehouses.ts';

export interface OperateRequest {
  readonly operation: OperationName;
  /** Ids and globs. */
  readonly jobs: readonly string[];
  /** For the jobs' histories. */
  readonly reason?: string | undefined;
  /** Of `rewind`: an instant, or the cursor itself as JSON. */
  readonly to?: string | undefined;
  /** Of `abandon_replay`: the name of one; without it, every one of the job. */
  readonly warehouse?: string | undefined;
  /** A person has answered `questionBefore` with a yes. */
  readonly confirmed?: true | undefined;
}

/** What became of one job. */
export interface Operated {
  readonly job: string;
  readonly changed: boolean;
  /** One sentence. */
  readonly says: string;
  /** Why it was refused. */
  readonly refusal?: TidemillError;
}

/** What they read again may be there twice. */
const MOVE_CURSORS: ReadonlySet<OperationName> = new Set(['reset', 'rewind']);

/** Reasons are shown in tables, and kept in every state. */
const LONGEST_REASON = 300;

/**
 * Does it to each job, one after the other; a job that refuses does not keep the others from it. Throws
 * `unknown-job`, `unknown-warehouse`, `one-job` for an operation that takes no more, and `confirmation-needed`.
 */
export async function operate(session: Session, request: OperateRequest): Promise<Operated[]> {
  const { operation, to, warehouse, confirmed } = request;
  checkWarehouse(session, warehouse);
  const question = confirmed ? undefined : await questionBefore(session, request);
  if (question !== undefined) {
    throw new TidemillError('config', 'confirmation-needed', `${question} Nobody is here to answer`, {
      hint: 'Say it with --yes.',
    });
  }
  const circumstances = {
    now: session.host.clock.now(),
    audit: auditOf(session, request.reason),
    isLive: isLiveIn(session),
  };
  return eachOf(jobsFor(session, request), async (job) => {
    const cursor = to === undefined ? undefined : await newCursor(session, job, to);
    const isKeyless = MOVE_CURSORS.has(operation) && (await hasNoKey(session, job));
    const about = { ...circumstances, job, cursor, isKeyless, warehouses: warehousesOf(session, job, warehouse) };
    return changeState(session, job, (state) => operations[operation].decide(state, about));
  });
}

/** What to ask a person before it is done; undefined where it can be done without. */
export async function questionBefore(session: Session, request: OperateRequest): Promise<string | undefined> {
  const { question } = operations[request.operation];
  return question?.(session, jobsFor(session, request), isLiveIn(session));
}

const jobsFor = (session: Session, { operation, jobs }: OperateRequest): Job[] =>
  operations[operation].takes === 'one' ? jobs.map((word) => jobOf(session, word)) : jobsOf(session, jobs);

/** Does something to each job; what a job throws is its refusal. */
export async function eachOf(jobs: readonly Job[], act: (job: Job) => Promise<Operated>): Promise<Operated[]> {
  const operated: Operated[] = [];
  for (const job of jobs) {
    const refused = (thrown: unknown): Operated => {
      const refusal = asTidemillError(thrown);
      return { job: job.id, changed: false, says: refusal.message, refusal };
    };
    operated.push(await act(job).catch(refused));
  }
  return operated;
}

/** The jobs of ids and globs, in the order of the configuration. Throws `unknown-job` with the nearest name there is. */
export function jobsOf({ config }: Session, words: readonly string[]): Job[] {
  const picked = pick(config, { jobs: words, groups: [], force: false, runId: '' });
  return config.jobs.filter(({ id }) => picked.has(id));
}

/** The one job of an id. Throws `unknown-job`, or `one-job` for a glob of several. */
export function jobOf(session: Session, word: string): Job {
  const [job, ...others] = jobsOf(session, [word]);
  if (job !== undefined && others.length === 0) return job;
  throw new TidemillError('config', 'one-job', `"${word}" are several jobs, and this is done to one at a time`);
}

/** Who does it, now, and why. */
export function auditOf({ host }: Session, reason = ''): Audit {
  const why = lineText(reason).trim().slice(0, LONGEST_REASON);
  return { at: host.clock.now().toISOString(), who: host.user, why: why === '' ? 'no reason given' : why };
}

/** Whether a run may still be at work under the claim. */
export const isLiveIn =
  ({ host }: Session) =>
  (claim: Claim): boolean =>
    Date.parse(claim.lease_until) > host.clock.now().getTime() && !isAbandoned(claim, host);

/** Decides on the job's state and swaps it in; when another one was faster it is decided again. */
export async function changeState(session: Session, job: Job, decide: (state: JobState) => Change): Promise<Operated> {
  const { bucket, host } = session;
  const waiting = await adoptState(bucket, job, host.clock.now(), (claim) => isAbandoned(claim, host));
  if (waiting !== undefined) throw new TidemillError('transient', 'claim-live', `${job.id}: ${waiting.busy}`);
  let change: Change | undefined;
  await updateState(bucket, job.id, (state) => {
    change = decide(state);
    return change.next;
  });
  return { job: job.id, changed: change?.next !== undefined, says: change?.says ?? '' };
}
