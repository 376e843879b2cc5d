import { errorKinds, TidemillError } from '@tidemill/kit';
import { setting } from '../app/host.ts';
import { ordersOf, slotOf, type Target, targetOf } from '../app/orders.ts';
import { runIdOf } from '../app/run-id.ts';
import { openSession, parseMinutes, planInput } from '../app/session.ts';
import { pick } from '../plan/manual.ts';
import { intervalOf } from '../plan/owed.ts';
import { plan } from '../plan/plan.ts';
import type { Decision, Selection } from '../plan/types.ts';
import { lineText } from '../text/table.ts';
import type { CommonOptions, DefineCommand } from './command.ts';
import { printErrors } from './errors.ts';
import type { TerminalSession as Session } from './host.ts';
import { type SelectionOptions, selectionOf, selectionOptions } from './selection.ts';

interface RunOptions extends CommonOptions, SelectionOptions {
  readonly slot?: string;
  readonly fullRefresh?: true;
  readonly explore?: true;
  readonly errorDir?: string;
  readonly timeLimit?: string;
}

const EXAMPLE = `
Examples:
  tidemill run web_features_features              one job
  tidemill run 'web_features_*,mdn_bcd_*'         globs, comma-separated
  tidemill run --group starter --full-refresh     a group, reading everything again
  tidemill run strava_activities --slot 2026-11-21T06:00:00Z    the six hours up to then, again`;

export const runCommand: DefineCommand = (command, host, exit) => {
  selectionOptions(command('run').argument('[jobs...]', 'ids, globs, or job@slot as a plan’s matrix says it'))
    .description('Run jobs now, whatever their schedule says: source → bucket → warehouse.')
    .option('--slot <instant>', 'hand the job the data interval of this cron slot, also of one that ran before')
    .option('--full-refresh', 'forget the cursor and read everything again; nothing is doubled')
    .option('--error-dir <path>', 'leave a redacted file for every red job there (default: $TIDEMILL_ERROR_DIR)')
    .option(
      '--time-limit <minutes>',
      'stop in order after so long; what is committed is kept (default: $TIDEMILL_TIME_LIMIT)',
    )
    .option('--explore', 'afterwards show where the data lies, and queries to try')
    .addHelpText('after', EXAMPLE)
    .action(async (jobs: string[], options: RunOptions) => {
      const session = await openSession(host, options);
      const runId = runIdOf(session.host, options);
      const { targets, refused, refusal } = await askedFor(session, jobs, options, runId);
      const mode = options.fullRefresh ? 'full' : 'incremental';
      // Not before it is needed: a plan starts without the code that runs jobs.
      const { runAll } = await import('./run-all.ts');
      const { timeLimit = setting(session.host, 'TIDEMILL_TIME_LIMIT'), ...rest } = options;
      const limit = timeLimit === undefined ? {} : { timeLimit: parseMinutes('--time-limit', timeLimit) };
      const idle = 'Nothing ran: none of the jobs may run now.';
      const code = await runAll(session, targets, { ...rest, runId, mode, idle, refused, ...limit });
      exit(code || refusal);
    });
};

interface Asked {
  readonly targets: readonly Target[];
  /** Jobs that were asked for by their own id and do not run. */
  readonly refused: readonly Decision[];
  /** For them. */
  readonly refusal: number;
}

async function askedFor(session: Session, jobs: readonly string[], options: RunOptions, runId: string): Promise<Asked> {
  const { config, host } = session;
  // A leg of the workflow names its slots; the variable holds them separated by blanks.
  const words = jobs.flatMap((word) => word.split(/\s+/)).filter((word) => word !== '');
  const withSlot = words.filter((word) => word.includes('@'));
  const selection = selectionOf(
    options,
    words.filter((word) => !word.includes('@')),
    runId,
  );
  if (selection === undefined && withSlot.length === 0) {
    throw new TidemillError('config', 'nothing-selected', 'Which jobs? Name them, or a --group, or --force for all', {
      hint: '`tidemill tick` runs what is owed; `tidemill plan` lists the jobs.',
    });
  }
  const direct = withSlot.map((word) => targetOf(config, word, host.clock.now()));
  if (selection === undefined) return { targets: direct, refused: [], refusal: 0 };
  const { targets, ...rest } = await selected(session, selection, options);
  return { targets: [...direct, ...targets], ...rest };
}

async function selected(session: Session, selection: Selection, { slot }: RunOptions): Promise<Asked> {
  const { config, host } = session;
  const now = host.clock.now();
  const { input, unreadable } = await planInput(session, selection);
  printErrors(host, unreadable);
  const isReadable = ({ job }: { readonly job: string }): boolean => input.config.jobs.some(({ id }) => id === job);
  // Of the whole configuration: a job that cannot run is no job that is not there.
  const { runs, decisions } = plan({ ...input, config });
  const idle = decisions.filter(isReadable).filter(({ decision }) => decision !== 'run' && decision !== 'not_selected');
  for (const { job, reason } of idle) host.stderr.write(`${job}: ${lineText(reason)}\n`);
  const byId = [...pick(config, selection)].filter(([, how]) => how === 'by_id').map(([job]) => ({ job }));
  const refused = idle.filter(({ job }) => byId.some((named) => named.job === job));
  const damage = byId.every(isReadable) ? 0 : (unreadable[0]?.exitCode ?? 0);
  // By hand, so that what the schedule owes stays owed; only the span of time is the slot's.
  const again = ({ job, ...order }: Target): Target =>
    slot === undefined ? { job, ...order } : { job, ...order, interval: intervalOf(job, slotOf(job, slot, now), now) };
  const targets = ordersOf(config, runs.filter(isReadable)).map(again);
  return { targets, refused, refusal: refusalCode(refused) || damage };
}

/** Who names a job by its id relies on it to run; of globs and groups those run that may. */
function refusalCode([first]: readonly Decision[]): number {
  if (first === undefined) return 0;
  return first.decision === 'in_progress' ? errorKinds.transient.exit : errorKinds.config.exit;
}
