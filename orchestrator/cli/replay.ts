import { askForReplays } from '../app/replay.ts';
import { runIdOf } from '../app/run-id.ts';
import { openSession } from '../app/session.ts';
import type { DefineCommand } from './command.ts';
import { printErrors } from './errors.ts';
import { type OperateOptions, operateJobs, reasonOption } from './operate.ts';
import { type ValueOptions, valuesOption } from './values.ts';

interface ReplayOptions extends OperateOptions, ValueOptions {
  readonly from?: string;
  readonly quarantined?: true;
  readonly warehouse?: string;
  readonly abandon?: true;
  readonly dryRun?: true;
}

const EXAMPLE = `
Examples:
  tidemill replay shop_orders --reason "a new column"
  tidemill replay 'shop_*' --from 2026-11-01T00:00:00Z      only packages since then
  tidemill replay shop_orders --quarantined                 records that were rejected, after a fix
  tidemill replay '*' --warehouse archive                   into one that is new
  tidemill replay shop_orders --dry-run                     what today's code would make otherwise
  tidemill replay shop_orders --abandon                     give up one that cannot be finished`;

const whatToAbandon = (jobs: readonly string[], { warehouse }: ReplayOptions) =>
  ({ operation: 'abandon_replay', jobs, warehouse }) as const;

export const replayCommand: DefineCommand = (command, terminal, exit) => {
  valuesOption(reasonOption(command('replay').argument('<jobs...>', 'ids or globs, comma-separated')))
    .description(
      'Load packages of bronze into silver once more, oldest first. The source is not asked. If it is cut short, the next run finishes it.',
    )
    .option('--from <instant>', 'only packages that were finished then or later')
    .option('--quarantined', 'only what lies in quarantine and fits its table by now, and what came after it')
    .option('--warehouse <name>', 'only into the warehouse of this name; without it, into every one of the job')
    .option(
      '--abandon',
      'give up a replay that was not finished, and packages that cannot be loaded: the job goes on without',
    )
    .option(
      '--dry-run',
      'only say which rows a replay of all packages would add, change and remove; nothing is written',
    )
    .addHelpText('after', EXAMPLE)
    .action(async (jobs: string[], options: ReplayOptions) => {
      if (options.abandon) return exit(await operateJobs(terminal, whatToAbandon(jobs, options), options));
      if (options.dryRun) return (await import('./dry-run.ts')).dryRunReplay(terminal, jobs, options);
      const session = await openSession(terminal, options);
      const runId = runIdOf(session.host, {});
      const { assignments, refusals } = await askForReplays(session, { jobs, ...options }, runId);
      const refusal = await printErrors(terminal, refusals);
      const { runAll } = await import('./run-all.ts');
      exit((await runAll(terminal, session, { assignments, runId, mode: 'replay' }, options)) || refusal);
    });
};
