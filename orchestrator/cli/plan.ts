import { asTidemillError } from '@tidemill/kit';
import { type PlanAnswer, plan } from '../app/plan.ts';
import { runIdOf } from '../app/run-id.ts';
import { openSession, type Session } from '../app/session.ts';
import { folderOfEach, isLent, vanishing } from '../app/vanishing.ts';
import { staleWorkflows } from '../app/version.ts';
import type { Decision } from '../plan/types.ts';
import { missingCredentialsError, missingCredentialsText } from '../report/missing-credentials.ts';
import { errorSummary, planSummary } from '../report/summary.ts';
import { backfillCommand, instant, plural } from '../text/format.ts';
import { handedOn } from '../text/handed-on.ts';
import { fittedTable, lineText, markdownText } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printError, printErrors } from './errors.ts';
import { addSummary } from './github.ts';
import type { Terminal } from './host.ts';
import { minutesText, staleText } from './minutes.ts';
import { type SelectionOptions, selectionOf, selectionOptions } from './selection.ts';

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

export const planCommand: DefineCommand = (command, terminal, exit) => {
  selectionOptions(command('plan'))
    .description('Say which jobs are owed a run, and why the others are not. Only looks, unless --record.')
    .option('--record', 'also write what no leg will: registrations, missed and skipped slots')
    .option('--dry-run', 'write nothing even so, and tell the workflow to start nothing')
    .addHelpText('after', EXAMPLE)
    .action((options: PlanOptions) => decide(options).catch(saidInSummary));

  /** That is where people look first. */
  async function saidInSummary(thrown: unknown): Promise<never> {
    await addSummary(terminal, errorSummary('The plan failed', asTidemillError(thrown)));
    throw thrown;
  }

  async function decide(options: PlanOptions): Promise<void> {
    const session = await openSession(terminal, options);
    const runId = runIdOf(session.host, options);
    const record = options.dryRun ? undefined : options.record;
    // Not where nobody would read it.
    const estimate = terminal.actions === undefined ? undefined : true;
    const answer = await plan(session, { runId, selection: selectionOf(options, [], runId), record, estimate });
    await printErrors(terminal, answer.unreadable);
    const { records: _, ...planned } = answer.planned;
    const shown = { ...planned, matrix: { include: answer.include } };
    for (const [name, value] of Object.entries(outputsOf(answer, runId, options)))
      await terminal.actions?.setOutput(name, value);
    if (estimate)
      await addSummary(
        terminal,
        [summaryOf(answer, session.config, options), ...remarksOn(terminal, session)].join(''),
      );
    print(terminal, options, shown, () => planText(answer, record && runId));
    const missing = options.record && missingCredentialsError(planned);
    if (missing === undefined) return;
    await printError(terminal, missing, []);
    // Red at once when there is nothing else to run; otherwise the report is, after the others have run.
    if (!planned.has_work) exit(missing.exitCode);
  }
};

/**
 * For the jobs after it. All that the legs need stands in one, so that GitHub hands it on whole or not at all; and a run has
 * nothing to do only if that is said: where GitHub leaves both out, the report looks what became of the plan. `machine` is for
 * steps of the same job, where nothing is left out.
 */
function outputsOf(
  { planned: { max_parallel, has_work }, include, machine }: PlanAnswer,
  run_id: string,
  { dryRun }: PlanOptions,
): Record<'work' | 'idle' | 'machine', string> {
  if (!has_work || dryRun) return { work: '', idle: 'yes', machine: '' };
  const matrix = { include: include.map((leg) => ({ ...leg })) };
  return {
    work: handedOn({ matrix, max_parallel, run_id }),
    idle: '',
    machine: JSON.stringify({ run_id, ...machine }),
  };
}

const summaryOf = ({ planned, month }: PlanAnswer, { legs }: Session['config'], { dryRun }: PlanOptions): string => {
  const dry = dryRun ? '\n**This was a dry run: nothing of it was started or written.**\n' : '';
  return `${planSummary(planned)}${month === undefined ? '' : minutesText(month, legs)}${dry}`;
};

const remarksOn = (terminal: Terminal, session: Session): string[] => [
  ...lossesOn(terminal, session).map(warned),
  warned(staleWorkflows(terminal)),
  staleText(terminal.env['GITHUB_JOB'], session.config.legs),
];

/** What legs on machines like this one leave behind, and is then gone. */
const lossesOn = (terminal: Terminal, { config, environment }: Session): (string | undefined)[] =>
  isLent(terminal) ? [folderOfEach(config, environment), vanishing(config, [environment])] : [];

const warned = (warning: string | undefined): string =>
  warning === undefined ? '' : `\n⚠️ ${markdownText(warning)}.\n`;

/** Jobs that nobody asked about are counted, not listed. */
const ASIDE = { not_selected: 'not selected', other_environment: 'of other environments' } as const;

const isAside = (decision: string): decision is keyof typeof ASIDE => Object.hasOwn(ASIDE, decision);

function asideText(decisions: readonly Decision[]): string {
  const counts = Object.entries(ASIDE).flatMap(([word, says]) => {
    const count = decisions.filter(({ decision }) => decision === word).length;
    return count === 0 ? [] : [`${plural(count, 'job')} ${says}`];
  });
  return counts.length === 0 ? '' : `Besides: ${counts.join(', ')}.\n`;
}

/** What a plan that records has written, and one that only looks would write. */
function registrationsText({ records }: PlanAnswer['planned'], runId: string | undefined): string {
  const registered = records.filter(({ kind }) => kind === 'register').length;
  if (registered === 0) return '';
  if (runId !== undefined) return `Registered: ${plural(registered, 'job')}.\n`;
  return `${plural(registered, 'job')} would be registered by \`npx tidemill plan --record\` or \`npx tidemill tick\`; this plan only looks.\n`;
}

/** Below the table and whole, however long: they are made to be copied. */
const unreadText = ({ decisions, environment }: PlanAnswer['planned']): string =>
  decisions
    .flatMap(({ job, unread = [] }) =>
      unread.map((span) => `${job}: not read: \`${backfillCommand(job, span, environment)}\`\n`),
    )
    .join('');

function planText({ planned, held }: PlanAnswer, runId: string | undefined): string {
  const { environment, now, runs, decisions, missing_credentials = [] } = planned;
  const rows = decisions
    .filter(({ decision }) => !isAside(decision))
    .map(({ job, decision, reason, next }) => {
      const then = next === undefined || reason.includes(instant(next)) ? '' : `; next ${instant(next)}`;
      return [job, decision.replaceAll('_', ' '), `${reason}${then}`];
    });
  const table = rows.length === 0 ? [] : [`${fittedTable(['job', 'decision', 'why'], rows)}\n`];
  const idle = held === undefined ? 'nothing is owed' : lineText(`nothing runs now: ${held}`);
  const owed = runs.length > 0 ? `${plural(runs.length, 'run')} owed` : idle;
  const recorded = runId === undefined ? '' : `run ${runId}\n\n`;
  const lack = missingCredentialsText({ missing_credentials });
  const wanting = lack === undefined ? '' : `${lineText(lack)}\n\n`;
  const besides = `${asideText(decisions)}${registrationsText(planned, runId)}`;
  const head = `${environment}, ${instant(now)}: ${owed}\n\n${recorded}${wanting}`;
  const below = [unreadText(planned), besides].filter((text) => text !== '');
  return `${head}${[...table, ...below].join('\n')}`;
}
