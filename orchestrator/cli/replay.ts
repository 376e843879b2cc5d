import { asTidemillError, TidemillError } from '@tidemill/kit';
import { suggestion } from '../config/faults.ts';
import type { Job } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import { intervalOf } from '../plan/owed.ts';
import { targetsOf } from '../run/order.ts';
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
  readonly warehouse?: string;
  readonly abandon?: true;
}

const EXAMPLE = `
Examples:
  tidemill replay shop_orders --reason "a new column"
  tidemill replay 'shop_*' --from 2026-11-01T00:00:00Z      only packages since then
  tidemill replay '*' --warehouse archive                   into one that is new
  tidemill replay shop_orders --abandon                     give up one that cannot be finished`;

export const replayCommand: DefineCommand = (command, host, exit) => {
  reasonOption(command('replay').argument('<jobs...>', 'ids or globs, comma-separated'))
    .description(
      'Load packages of bronze into silver once more, oldest first. The source is not asked. If it is cut short, the next run finishes it.',
    )
    .option('--from <instant>', 'only packages that were finished then or later')
    .option('--warehouse <name>', 'only into the warehouse of this name; without it, into every one of the job')
    .option('--abandon', 'give a replay up that was not finished, so that the job goes on without it')
    .addHelpText('after', EXAMPLE)
    .action(async (words: string[], options: ReplayOptions) => {
      const session = await openSession(host, options);
      const jobs = jobsOf(session, words);
      if (options.warehouse !== undefined) checkWarehouse(session, options.warehouse);
      if (options.abandon) return exit(await operate(session, jobs, options, (job) => abandon(session, job, options)));
      const from = options.from === undefined ? undefined : parseInstant('--from', options.from);
      const { accepted, refusal } = await ask(session, jobs, options);
      const runId = runIdOf(session.host, {});
      const targets = accepted.map((job) => ({ ...targetOf(session, job, runId, from), ...intoOf(options) }));
      const { runAll } = await import('./run-all.ts');
      exit((await runAll(session, targets, { ...options, runId, mode: 'replay' })) || refusal);
    });
};

const intoOf = ({ warehouse }: ReplayOptions) => (warehouse === undefined ? {} : { replayInto: [warehouse] });

function checkWarehouse({ environment }: Session, name: string): void {
  const names = [...environment.warehouses.keys()];
  if (names.includes(name)) return;
  throw new TidemillError('config', 'unknown-warehouse', `${environment.name} has no warehouse "${name}"`, {
    hint: suggestion(nearest(name, names), names) ?? '',
  });
}

/** The warehouses of the job that are asked for. Throws `not-into-warehouse` when it does not load into the named one. */
function warehousesOf({ environment }: Session, job: Job, { warehouse }: ReplayOptions): string[] {
  const names = targetsOf(job, environment.warehouses);
  if (warehouse === undefined) return names;
  if (names.includes(warehouse)) return [warehouse];
  throw new TidemillError('config', 'not-into-warehouse', `${job.id} does not load into ${warehouse}`, {
    hint: `It loads into: ${names.join(', ')}.`,
  });
}

async function abandon(session: Session, job: Job, options: ReplayOptions): Promise<Operated> {
  const deed = deedOf(session, options);
  const names = warehousesOf(session, job, options);
  return changeState(session, job, (state) => {
    const says = names.flatMap((name) => {
      const { replay } = targetIn(state, name);
      const into = Object.keys(state.targets).length > 1 ? ` into ${name}` : '';
      if (replay === undefined) return [];
      return [`replay${into} given up after ${replay.done} of ${replay.total} packages; what it has loaded stays`];
    });
    if (says.length === 0) return { next: undefined, says: 'no replay is open' };
    return { next: abandonReplays(state, names, isLiveIn(session), deed), says: says.join('; ') };
  });
}

/** Notes the replays in the jobs' histories; a job that cannot be replayed now is left out. */
async function ask(session: Session, jobs: readonly Job[], options: ReplayOptions) {
  const deed = deedOf(session, options);
  const accepted: Job[] = [];
  let refusal = 0;
  for (const job of jobs) {
    try {
      warehousesOf(session, job, options);
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
