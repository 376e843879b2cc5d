/** What the commands that change a job's state by hand have in common: which jobs, who and why, and the telling. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import type { Command } from 'commander';
import { isAbandoned } from '../app/host.ts';
import type { CommonOptions } from '../app/session.ts';
import type { Job } from '../config/job.ts';
import { pick } from '../plan/manual.ts';
import type { Claim, JobState } from '../state/job-state.ts';
import type { Deed } from '../state/operate.ts';
import { adoptState } from '../state/rename.ts';
import { updateState } from '../state/store.ts';
import { lineText } from '../text/table.ts';
import { printError } from './errors.ts';
import type { TerminalSession as Session } from './host.ts';

export interface OperateOptions extends CommonOptions {
  readonly reason?: string;
  readonly yes?: true;
}

/** What is to become of a state, and what to tell about it; without `next` there is nothing to do. */
export interface Decision {
  readonly next: JobState | undefined;
  readonly says: string;
}

/** What became of one job. */
export interface Operated {
  readonly job: string;
  readonly changed: boolean;
  readonly says: string;
  /** Why it was refused. */
  readonly code?: string;
}

/** Reasons are shown in tables, and kept in every state. */
const LONGEST_REASON = 300;

/** No exit code says that a person changed their mind better than that of Ctrl-C. */
const DECLINED = 130;

export const reasonOption = (command: Command): Command =>
  command.option('--reason <text>', 'why, for the job’s history');
export const yesOption = (command: Command): Command => command.option('--yes', 'do not ask');

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
export function deedOf({ host }: Session, { reason = '' }: OperateOptions): Deed {
  const why = lineText(reason).trim().slice(0, LONGEST_REASON);
  return { at: host.clock.now().toISOString(), who: host.user, why: why === '' ? 'no reason given' : why };
}

/** Whether a run may still be at work under the claim. */
export const isLiveIn =
  ({ host }: Session) =>
  (claim: Claim): boolean =>
    Date.parse(claim.lease_until) > host.clock.now().getTime() && !isAbandoned(claim, host);

/** Decides on the job's state and swaps it in; when another one was faster it is decided again. */
export async function changeState(
  session: Session,
  job: Job,
  decide: (state: JobState) => Decision,
): Promise<Operated> {
  const { bucket, host } = session;
  const waiting = await adoptState(bucket, job, host.clock.now(), (claim) => isAbandoned(claim, host));
  if (waiting !== undefined) throw new TidemillError('transient', 'claim-live', `${job.id}: ${waiting.busy}`);
  let decision: Decision | undefined;
  await updateState(bucket, job.id, (state) => {
    decision = decide(state);
    return decision.next;
  });
  return { job: job.id, changed: decision?.next !== undefined, says: decision?.says ?? '' };
}

/**
 * Does something to each job, one after the other, and tells what came of it. A job that refuses does not keep the
 * others from it. Answers the exit code.
 */
export async function operate(
  session: Session,
  jobs: readonly Job[],
  options: CommonOptions,
  act: (job: Job) => Promise<Operated>,
): Promise<number> {
  const { host } = session;
  const operated: Operated[] = [];
  let exit = 0;
  for (const job of jobs) {
    const done = await act(job).catch((thrown: unknown) => {
      const error = asTidemillError(thrown);
      // The only one: then the error is the whole answer.
      if (jobs.length === 1) throw error;
      printError(host, error, []);
      exit ||= error.exitCode;
      return { job: job.id, changed: false, says: error.message, code: error.code };
    });
    operated.push(done);
  }
  const lines = operated.filter(({ code }) => code === undefined).map(({ job, says }) => `${job}: ${says}\n`);
  host.stdout.write(options.json ? `${JSON.stringify({ jobs: operated }, undefined, 2)}\n` : lines.join(''));
  return exit;
}

/**
 * Asks before something that cannot be undone. Answers undefined after a yes, else the exit code. Throws
 * `confirmation-needed` where nobody can be asked.
 */
export async function confirm(
  { host }: Session,
  { yes }: OperateOptions,
  question: string,
): Promise<number | undefined> {
  if (yes) return undefined;
  if (host.ask === undefined) {
    throw new TidemillError('config', 'confirmation-needed', `${question} Nobody is here to answer`, {
      hint: 'Say it with --yes.',
    });
  }
  if (await host.ask(question)) return undefined;
  host.stderr.write('Nothing was changed.\n');
  return DECLINED;
}
