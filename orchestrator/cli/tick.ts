import { plan } from '../plan/plan.ts';
import { ordersOf } from './orders.ts';
import type { DefineCommand } from './program.ts';
import { recordPlan } from './record.ts';
import { runIdOf } from './selection.ts';
import { type CommonOptions, openSession, planInput } from './session.ts';

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
      const input = await planInput(session);
      const planned = plan(input);
      await recordPlan(session.bucket, input, planned);
      const { runAll } = await import('./run-all.ts');
      exit(
        await runAll(session, ordersOf(session.config, planned.runs), { ...options, runId, refresh: 'incremental' }),
      );
    });
};
