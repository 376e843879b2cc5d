import { plan } from '../plan/plan.ts';
import type { Plan } from '../plan/types.ts';
import { instant, plural } from '../report/format.ts';
import { planSummary } from '../report/summary.ts';
import { textTable } from '../report/table.ts';
import { keys } from '../storage/keys.ts';
import { writeJson } from '../storage/text.ts';
import { printUnreadable } from './errors.ts';
import { addSummary, setOutputs } from './github.ts';
import { machineLegs } from './machine-legs.ts';
import { withCredentials } from './missing-credentials.ts';
import type { DefineCommand } from './program.ts';
import { recordPlan } from './record.ts';
import { runIdOf, type SelectionOptions, selectionOf, selectionOptions } from './selection.ts';
import { type CommonOptions, openSession, planInput } from './session.ts';

interface PlanOptions extends CommonOptions, SelectionOptions {
  readonly record?: true;
}

const EXAMPLE = `
Examples:
  tidemill plan                                   what is owed now, and why the others are not
  tidemill plan --now 2026-12-24T06:30:00Z        the same question, at another time
  tidemill plan --job 'web_*' --json              what a run by hand would start
  tidemill plan --record                          what the workflow calls: also registers new jobs`;

export const planCommand: DefineCommand = (command, host) => {
  selectionOptions(command('plan'))
    .description('Say which jobs are owed a run, and why the others are not. Only looks, unless --record.')
    .option('--record', 'also write what no leg will: registrations, missed and skipped slots')
    .addHelpText('after', EXAMPLE)
    .action(async (options: PlanOptions) => {
      const session = await openSession(host, options);
      const runId = runIdOf(session.host, options);
      const { input, unreadable } = await planInput(session, selectionOf(options, [], runId));
      // Said, but no reason to keep the other jobs from running.
      printUnreadable(host, unreadable);
      const planned = plan(await withCredentials(input, session));
      if (options.record) {
        await recordPlan(session.bucket, input, planned);
        await writeJson(session.bucket, keys.runRecord(runId, 'plan'), planned);
      }
      const { records: _, ...decided } = planned;
      const include = machineLegs(planned.matrix.include, session.environment);
      const shown = { ...decided, matrix: { include } };
      publish(planned, shown.matrix, runId);
      host.stdout.write(options.json ? `${JSON.stringify(shown, undefined, 2)}\n` : planText(planned));
    });

  function publish(planned: Plan, matrix: object, runId: string): void {
    addSummary(host, planSummary(planned));
    setOutputs(host, {
      matrix: JSON.stringify(matrix),
      max_parallel: String(planned.max_parallel),
      has_work: String(planned.has_work),
      run_id: runId,
    });
  }
};

function planText({ environment, now, runs, decisions, has_work }: Plan): string {
  const rows = decisions.map(({ job, decision, reason, next }) => {
    return [job, decision, next === undefined ? '' : instant(next), reason];
  });
  const owed = has_work ? `${plural(runs.length, 'run')} owed` : 'nothing is owed';
  return `${environment}, ${instant(now)}: ${owed}\n\n${textTable(['job', 'decision', 'next slot', 'why'], rows)}\n`;
}
