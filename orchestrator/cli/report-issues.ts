import { recordedRun } from '../app/recorded-run.ts';
import { reportIssues } from '../app/report-issues.ts';
import { openSession } from '../app/session.ts';
import { plural } from '../text/format.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { warn } from './github.ts';

const EXAMPLE = `
It needs GITHUB_TOKEN, with the permission to write issues, and GITHUB_REPOSITORY; both are there on GitHub Actions. With
TIDEMILL_WEBHOOK_URL it also posts {"text": …}, as Slack takes it, when a job begins to fail and when it is well again.

Example:
  tidemill report-issues --run-id 20261121T061700Z-123456-1 --environment dev`;

interface ReportIssuesOptions extends CommonOptions {
  readonly runId: string;
  readonly legs?: string;
}

export const reportIssuesCommand: DefineCommand = (command, terminal) => {
  command('report-issues')
    .description('Keep one GitHub issue for each job that fails: opened, updated, closed. Never fails for GitHub.')
    .requiredOption('--run-id <id>', 'the run, as `plan` named it; in a workflow, empty for the one that it planned')
    .option('--legs <result>', 'how GitHub says that its legs ended')
    .addHelpText('after', EXAMPLE)
    .action(async (options: ReportIssuesOptions) => {
      const session = await openSession(terminal, options);
      const runId = options.runId || (await recordedRun(session));
      const { opened, closed, faults, warnings } = await reportIssues(session, { runId, legs: options.legs });
      await warn(terminal, warnings);
      const document = { opened, closed, faults: faults.map(({ code, message }) => ({ code, message })) };
      print(terminal, options, document, () => `${plural(opened.length, 'issue')} opened, ${closed.length} closed\n`);
    });
};
