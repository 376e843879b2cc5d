import { machineLegs } from '../app/machine-legs.ts';
import { withCredentials } from '../app/missing-credentials.ts';
import { recordPlan } from '../app/record.ts';
import { type CommonOptions, openSession, planInput } from '../app/session.ts';
import { driversUsed, packagesFor } from '../drivers/use.ts';
import { heldText } from '../plan/held.ts';
import { monthOfMinutes } from '../plan/minutes.ts';
import { plan } from '../plan/plan.ts';
import type { Plan, PlanInput } from '../plan/types.ts';
import { lackingError, lackingText } from '../report/lacking.ts';
import { planSummary } from '../report/summary.ts';
import { keys } from '../storage/keys.ts';
import { writeJson } from '../storage/text.ts';
import { count, instant, plural } from '../text/format.ts';
import { lineText, markdownTable, textTable } from '../text/table.ts';
import { printError, printUnreadable } from './errors.ts';
import { saidInSummary } from './failed-step.ts';
import { addSummary, hasSummary, setOutputs } from './github.ts';
import type { DefineCommand } from './program.ts';
import { runIdOf, type SelectionOptions, selectionOf, selectionOptions } from './selection.ts';

interface PlanOptions extends CommonOptions, SelectionOptions {
  readonly record?: true;
  readonly dryRun?: true;
}

const EXAMPLE = `
Examples:
  tidemill plan                                   what is owed now, and why the others are not
  tidemill plan --now 2026-12-24T06:30:00Z        the same question, at another time
  tidemill plan --job 'web_*' --json              what a run by hand would start
  tidemill plan --record                          what the workflow calls: also registers new jobs
  tidemill plan --record --dry-run                the same when somebody only wants to know`;

/** What a summary of something that did not happen ends with. */
const DRY_RUN = '\n**This was a dry run: nothing of it was started or written.**\n';

export const planCommand: DefineCommand = (command, host, exit) => {
  selectionOptions(command('plan'))
    .description('Say which jobs are owed a run, and why the others are not. Only looks, unless --record.')
    .option('--record', 'also write what no leg will: registrations, missed and skipped slots')
    .option('--dry-run', 'write nothing even so, and tell the workflow to start nothing')
    .addHelpText('after', EXAMPLE)
    .action((options: PlanOptions) => saidInSummary(host, 'The plan failed', () => decide(options)));

  async function decide(options: PlanOptions): Promise<void> {
    const session = await openSession(host, options);
    const runId = runIdOf(session.host, options);
    const { input, unreadable } = await planInput(session, selectionOf(options, [], runId));
    // Said, but no reason to keep the other jobs from running.
    printUnreadable(host, unreadable);
    const known = await withCredentials(input, session);
    const planned = plan(known);
    const isDry = options.dryRun === true;
    const isRecorded = options.record === true && !isDry;
    if (isRecorded) {
      await recordPlan(session.bucket, input, planned);
      await writeJson(session.bucket, keys.runRecord(runId, 'plan'), planned);
    }
    const { records: _, ...decided } = planned;
    const include = machineLegs(
      planned.matrix.include,
      packagesFor(driversUsed(session.config.drivers, session.environment)),
    );
    const shown = { ...decided, matrix: { include } };
    publish(planned, shown.matrix, { runId, isDry });
    // Not where nobody would read it: it takes longer than the plan.
    if (hasSummary(host)) addSummary(host, `${planSummary(planned)}${minutesText(known)}${isDry ? DRY_RUN : ''}`);
    const text = (): string => planText(planned, heldText(known, planned), isRecorded ? runId : undefined);
    host.stdout.write(options.json ? `${JSON.stringify(shown, undefined, 2)}\n` : text());
    if (options.record === true) alarm(planned);
  }

  /** Red at once when there is nothing else to run; otherwise the report is, after the others have run. */
  function alarm(planned: Plan): void {
    const lacking = lackingError(planned);
    if (lacking === undefined) return;
    printError(host, lacking, []);
    if (!planned.has_work) exit(lacking.exitCode);
  }

  function publish(planned: Plan, matrix: object, { runId, isDry }: { runId: string; isDry: boolean }): void {
    setOutputs(host, {
      matrix: JSON.stringify(matrix),
      max_parallel: String(planned.max_parallel),
      has_work: String(planned.has_work && !isDry),
      run_id: runId,
    });
  }
};

/** What the schedule costs a month, for either way to make legs. */
function minutesText(input: PlanInput): string {
  const month = monthOfMinutes(input);
  if (month === undefined) return '';
  const { days, plans, reports, legs } = month;
  const rows = (['per_job', 'packed'] as const).map((way) => {
    const isChosen = way === input.config.legs ? ' (as configured)' : '';
    return [`${way}${isChosen}`, ...[legs[way], plans + reports + legs[way]].map(count)];
  });
  const table = markdownTable(['legs', 'minutes of legs', 'with plans and reports'], rows);
  return `\n<details><summary>Minutes of the next ${days} days, estimated</summary>\n\n${table}\n\n</details>\n`;
}

function planText(
  { environment, now, runs, decisions, lacking = [] }: Plan,
  held: string | undefined,
  runId?: string,
): string {
  const rows = decisions.map(({ job, decision, reason, next }) => {
    return [job, decision, next === undefined ? '' : instant(next), reason];
  });
  const idle = held === undefined ? 'nothing is owed' : lineText(`nothing runs now: ${held}`);
  const owed = runs.length > 0 ? `${plural(runs.length, 'run')} owed` : idle;
  const recorded = runId === undefined ? '' : `run ${runId}\n\n`;
  const lack = lackingText({ lacking });
  const wanting = lack === undefined ? '' : `${lineText(lack)}\n\n`;
  return `${environment}, ${instant(now)}: ${owed}\n\n${recorded}${wanting}${textTable(['job', 'decision', 'next slot', 'why'], rows)}\n`;
}
