import { errorKinds } from '@tidemill/kit';
import { runIdOf } from '../app/run-id.ts';
import { openSession } from '../app/session.ts';
import { tick } from '../app/tick.ts';
import { lineText } from '../text/table.ts';
import type { CommonOptions, DefineCommand } from './command.ts';
import { printErrors } from './errors.ts';

const EXAMPLE = `
Example: a crontab line that keeps a laptop's data fresh, however often it wakes up
  */15 * * * *  cd ~/my-data && npx tidemill tick`;

export const tickCommand: DefineCommand = (command, terminal, exit) => {
  command('tick')
    .description('Plan, record, and run what is owed, in this process: what the workflow does, on one machine.')
    .option(
      '--run-id <id>',
      'what the run is called; only one that begins with its time, as 20261121T061700Z-1, is in the history (default: one that does)',
    )
    .addHelpText('after', EXAMPLE)
    .action(async (options: CommonOptions & { runId?: string }) => {
      const session = await openSession(terminal, options);
      const runId = runIdOf(session.host, options);
      const { assignments, waiting, givenUp, held, unreadable } = await tick(session, runId);
      const damage = await printErrors(terminal, unreadable);
      const { runAll } = await import('./run-all.ts');
      const idle = held === undefined ? 'Nothing is owed.' : `Nothing runs now: ${held}`;
      const request = { assignments, runId, mode: 'incremental', waiting } as const;
      const code = await runAll(terminal, session, request, { ...options, idle });
      // A slot that ends without a run of its own has no other voice.
      for (const { job, reason } of givenUp) terminal.stderr.write(`${job}: ${lineText(reason)}\n`);
      exit(code || damage || (givenUp.length > 0 ? errorKinds.transient.exit : 0));
    });
};
