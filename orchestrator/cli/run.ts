import { TidemillError } from '@tidemill/kit';
import { choose } from '../app/choose.ts';
import { setting } from '../app/host.ts';
import { runIdOf } from '../app/run-id.ts';
import { openSession, parseMinutes } from '../app/session.ts';
import { lineText } from '../text/table.ts';
import type { CommonOptions, DefineCommand } from './command.ts';
import { printErrors } from './errors.ts';
import { refusalCode } from './refusal-code.ts';
import { type SelectionOptions, selectionOf, selectionOptions } from './selection.ts';
import { wholeNumber } from './whole-number.ts';

interface RunOptions extends CommonOptions, SelectionOptions {
  readonly slot?: string;
  readonly fullRefresh?: true;
  readonly acceptDeletes?: true;
  readonly explore?: true;
  readonly errorDir?: string;
  readonly timeLimit?: string;
  readonly parallel?: string;
}

const EXAMPLE = `
Examples:
  tidemill run web_features_features              one job
  tidemill run 'web_features_*,mdn_bcd_*'         globs, comma-separated
  tidemill run --group starter --full-refresh     a group, reading everything again
  tidemill run strava_activities --slot 2026-11-21T06:00:00Z    the six hours up to then, again`;

export const runCommand: DefineCommand = (command, terminal, exit) => {
  selectionOptions(command('run').argument('[jobs...]', 'ids, globs, or job@slot as a plan’s matrix says it'))
    .description('Run jobs now, whatever their schedule says: source → bucket → warehouse.')
    .option(
      '--slot <instant>',
      'read up to this cron slot, and settle it if it is owed; one that was read is read again',
    )
    .option('--full-refresh', 'forget the cursor and read everything again; nothing is doubled')
    .option(
      '--accept-deletes',
      'read everything again, and delete what the source does not name, however much it is: you have looked, and it is gone there',
    )
    .option('--error-dir <path>', 'leave a redacted file for every red job there (default: $TIDEMILL_ERROR_DIR)')
    .option(
      '--time-limit <minutes>',
      'stop in order after so long; what is committed is kept (default: $TIDEMILL_TIME_LIMIT)',
    )
    .option('--parallel <number>', 'the most jobs at a time (default: `max_parallel_jobs` of the configuration)')
    .option('--explore', 'afterwards show where the data lies, and queries to try')
    .addHelpText('after', EXAMPLE)
    .action(async (jobs: string[], options: RunOptions) => {
      const session = await openSession(terminal, options);
      const runId = runIdOf(session.host, options);
      const { slot, timeLimit: minutes = setting(terminal, 'TIDEMILL_TIME_LIMIT') } = options;
      const chosen = await choose(session, { ...askedFor(jobs, options, runId), slot });
      await printErrors(terminal, chosen.unreadable);
      for (const { job, reason } of chosen.idle) terminal.stderr.write(`${job}: ${lineText(reason)}\n`);
      const { assignments, refused } = chosen;
      const acceptsDeletes = options.acceptDeletes === true;
      const mode = options.fullRefresh || acceptsDeletes ? 'full' : 'incremental';
      const timeLimit = minutes === undefined ? undefined : parseMinutes('--time-limit', minutes);
      const parallel = options.parallel === undefined ? undefined : wholeNumber('--parallel', options.parallel);
      const idle = 'Nothing ran: none of the jobs may run now.';
      // Not before it is needed: a plan starts without the code that runs jobs.
      const { runAll } = await import('./run-all.ts');
      const code = await runAll(
        terminal,
        session,
        { assignments, runId, mode, acceptsDeletes, timeLimit, parallel },
        { ...options, idle, refused },
      );
      const damage = chosen.unread.length > 0 ? (chosen.unreadable[0]?.exitCode ?? 0) : 0;
      exit(code || refusalCode(refused) || damage);
    });
};

/** A leg of the workflow names its slots; the variable holds them separated by blanks. */
function askedFor(jobs: readonly string[], options: RunOptions, runId: string) {
  const words = jobs.flatMap((word) => word.split(/\s+/)).filter((word) => word !== '');
  const runs = words.filter((word) => word.includes('@'));
  const names = words.filter((word) => !word.includes('@'));
  const selection = selectionOf(options, names, runId);
  if (selection !== undefined || runs.length > 0) return { runs, selection };
  throw new TidemillError('config', 'nothing-selected', 'Which jobs? Name them, or a --group, or --force for all', {
    hint: '`npx tidemill tick` runs what is owed; `npx tidemill plan` lists the jobs.',
  });
}
