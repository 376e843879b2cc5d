import { errorKinds } from '@tidemill/kit';
import { sendWaiting } from '../app/events.ts';
import { recordedRun } from '../app/recorded-run.ts';
import { lastRun, readRun, report } from '../app/report.ts';
import { checkRunId } from '../app/run-id.ts';
import { openSession, type Session } from '../app/session.ts';
import { folderOfEach } from '../app/vanishing.ts';
import { missingCredentialsError } from '../report/missing-credentials.ts';
import { exitCode } from '../report/outcome.ts';
import { runSummary } from '../report/summary.ts';
import { resultText } from '../report/terminal.ts';
import { unstartedError } from '../report/unstarted.ts';
import { markdownText } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';
import { addSummary } from './github.ts';
import { writeSite } from './site.ts';
import { tellUnsent } from './unsent.ts';

interface ReportOptions extends CommonOptions {
  readonly runId?: string;
  readonly legs?: string;
  readonly site?: string;
  readonly days?: string;
}

const EXAMPLE = `
Examples:
  tidemill report --environment prd                  what became of the last run
  tidemill report --run-id 20261121T061700Z-123456-1 --environment dev
  tidemill report --site page --environment prd      the history of all jobs as page/index.html`;

export const reportCommand: DefineCommand = (command, terminal, exit) => {
  command('report')
    .description('Say what became of a run, from the records its legs left in the bucket. Red if any of them was.')
    .option(
      '--run-id <id>',
      'the run, as `plan` named it (default: the last one that ran something; empty: of this workflow)',
    )
    .option('--legs <result>', 'how GitHub says that its legs ended; red if it skipped all of them')
    .option('--site <folder>', 'instead, draw the history of all jobs as one page, for browsers')
    .option('--days <number>', 'how much of the history, today included (default: 14)')
    .addHelpText('after', EXAMPLE)
    .action(async (options: ReportOptions) => {
      const session = await openSession(terminal, options);
      if (options.site !== undefined) return exit(await writeSite(terminal, session, options.site, options));
      const { runId } = options;
      const run = runId === undefined ? await lastRun(session) : runId || (await recordedRun(session));
      const apart = await heldApart(session, run, options);
      if (apart !== undefined) {
        await addSummary(terminal, `${markdownText(apart)}.\n`);
        print(terminal, options, { run, results: [], missing: [] }, () => `run ${run}\n\n${apart}.\n`);
        return exit(options.legs === 'success' ? 0 : errorKinds.config.exit);
      }
      const { plan, results, missing } = await report(session, run);
      const unstarted = unstartedError(plan, results, options.legs);
      const { untold } = await sendWaiting(session);
      await addSummary(terminal, runSummary(results, plan, unstarted));
      await tellUnsent(terminal, untold);
      const document = { run, results, missing: missing.map(({ job, slot }) => ({ job, slot })) };
      const lost = missing.map(({ job, slot }) => `${job}@${slot}: its leg ended without a report\n`).join('');
      print(terminal, options, document, () => `run ${run}\n\n${resultText(results)}${lost}`);
      const without = await printErrors(terminal, [unstarted, missingCredentialsError(plan ?? {})]);
      exit(exitCode(results) || without || (missing.length > 0 ? errorKinds.transient.exit : 0));
    });
};

/** Where each leg had a bucket of its own, this machine's holds nothing of them: how they ended is all that is known. */
async function heldApart(session: Session, run: string, { legs }: ReportOptions): Promise<string | undefined> {
  const apart = folderOfEach(session.config, session.environment);
  if (legs === undefined || apart === undefined) return undefined;
  const { plan, results } = await readRun(session, checkRunId(run));
  return plan === undefined && results.length === 0 ? apart : undefined;
}
