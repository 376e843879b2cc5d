import { asTidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { intervalOf } from '../plan/owed.ts';
import { abandonReplays, askForReplay } from '../state/operate.ts';
import { targetIn } from '../state/targets.ts';
import { printError } from './errors.ts';
import {
  changeState,
  deedOf,
  isLiveIn,
  jobsOf,
  type Operated,
  type OperateOptions,
  operate,
  reasonOption,
} from './operate.ts';
import { serviceOf, type Target } from './orders.ts';
import type { DefineCommand } from './program.ts';
import { runIdOf } from './selection.ts';
import { openSession, parseInstant, type Session } from './session.ts';

interface ReplayOptions extends OperateOptions {
  readonly from?: string;
  readonly abandon?: true;
}

const EXAMPLE = `
Examples:
  tidemill replay shop_orders --reason "a new column"
  tidemill replay 'shop_*' --from 2026-11-01T00:00:00Z      only packages since then
  tidemill replay shop_orders --abandon                     give up one that cannot be finished`;

export const replayCommand: DefineCommand = (command, host, exit) => {
  reasonOption(command('replay').argument('<jobs...>', 'ids or globs, comma-separated'))
    .description(
      'Load packages of bronze into silver once more, oldest first. The source is not asked. If it is cut short, the next run finishes it.',
    )
    .option('--from <instant>', 'only packages that were finished then or later')
    .option('--abandon', 'give a replay up that was not finished, so that the job goes on without it')
    .addHelpText('after', EXAMPLE)
    .action(async (words: string[], options: ReplayOptions) => {
      const session = await openSession(host, options);
      const jobs = jobsOf(session, words);
      if (options.abandon) return exit(await operate(session, jobs, options, (job) => abandon(session, job, options)));
      const from = options.from === undefined ? undefined : parseInstant('--from', options.from);
      const { accepted, refusal } = await ask(session, jobs, options);
      const runId = runIdOf(session.host, {});
      const targets = accepted.map((job) => targetOf(session, job, runId, from));
      const { runAll } = await import('./run-all.ts');
      exit((await runAll(session, targets, { ...options, runId, mode: 'replay' })) || refusal);
    });
};

const TARGET = 'main';

function abandon(session: Session, job: Job, options: ReplayOptions): Promise<Operated> {
  const deed = deedOf(session, options);
  return changeState(session, job, (state) => {
    const { replay } = targetIn(state, TARGET);
    if (replay === undefined) return { next: undefined, says: 'no replay is open' };
    const says = `replay given up after ${replay.done} of ${replay.total} packages; what it has loaded stays`;
    return { next: abandonReplays(state, [TARGET], isLiveIn(session), deed), says };
  });
}

/** Notes the replays in the jobs' histories; a job that cannot be replayed now is left out. */
async function ask(session: Session, jobs: readonly Job[], options: ReplayOptions) {
  const deed = deedOf(session, options);
  const accepted: Job[] = [];
  let refusal = 0;
  for (const job of jobs) {
    try {
      await changeState(session, job, (state) => ({ next: askForReplay(state, isLiveIn(session), deed), says: '' }));
      accepted.push(job);
    } catch (thrown) {
      const error = asTidemillError(thrown);
      if (jobs.length === 1) throw error;
      printError(session.host, error, []);
      refusal ||= error.exitCode;
    }
  }
  return { accepted, refusal };
}

function targetOf({ config, host }: Session, job: Job, runId: string, from: Date | undefined): Target {
  const slot = `manual-${runId}`;
  const interval = intervalOf(job, slot, host.clock.now());
  const since = from === undefined ? {} : { replayFrom: from };
  return { job, service: serviceOf(config, job), slot, interval, ...since };
}
