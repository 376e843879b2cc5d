import { errorKinds } from '@tidemill/kit';
import { withCredentials } from '../app/missing-credentials.ts';
import { ordersOf } from '../app/orders.ts';
import { recordPlan } from '../app/record.ts';
import { runIdOf } from '../app/run-id.ts';
import { openSession, planInput } from '../app/session.ts';
import { heldText } from '../plan/held.ts';
import { plan } from '../plan/plan.ts';
import { lineText } from '../text/table.ts';
import type { CommonOptions, DefineCommand } from './command.ts';
import { printErrors } from './errors.ts';

const EXAMPLE = `
Example: a crontab line that keeps a laptop's data fresh, however often it wakes up
  */15 * * * *  cd ~/my-data && npx tidemill tick`;

export const tickCommand: DefineCommand = (command, host, exit) => {
  command('tick')
    .description('Plan, record, and run what is owed, in this process: what the workflow does, on one machine.')
    .option('--run-id <id>', 'identity of the run, for the report')
    .addHelpText('after', EXAMPLE)
    .action(async (options: CommonOptions & { runId?: string }) => {
      const session = await openSession(host, options);
      const runId = runIdOf(session.host, options);
      const { input, unreadable } = await planInput(session);
      printErrors(host, unreadable);
      const known = await withCredentials(input, session);
      const planned = plan(known);
      await recordPlan(session.bucket, input, planned);
      const { runAll } = await import('./run-all.ts');
      const orders = ordersOf(session.config, planned.runs);
      const held = heldText(known, planned);
      const idle = held === undefined ? 'Nothing is owed.' : `Nothing runs now: ${held}`;
      const code = await runAll(session, orders, { ...options, runId, mode: 'incremental', idle });
      // A slot that ends without a run of its own has no other voice.
      const givenUp = planned.decisions.filter(({ decision }) => decision === 'failed');
      for (const { job, reason } of givenUp) host.stderr.write(`${job}: ${lineText(reason)}\n`);
      const silent = unreadable[0]?.exitCode ?? (givenUp.length > 0 ? errorKinds.transient.exit : 0);
      exit(code || silent);
    });
};
