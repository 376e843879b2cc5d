import { findingsOf } from '../alerts/issue-text.ts';
import { type CommonOptions, openSession } from '../app/session.ts';
import { redactorOf, runUrl, tell } from '../app/tell.ts';
import { plural } from '../text/format.ts';
import { warn } from './github.ts';
import type { DefineCommand } from './program.ts';
import { readRun } from './report.ts';
import { checkRunId } from './selection.ts';

const EXAMPLE = `
It needs GITHUB_TOKEN, with the permission to write issues, and GITHUB_REPOSITORY; both are there on GitHub Actions. With
TIDEMILL_WEBHOOK_URL it also posts {"text": …}, as Slack takes it, when a job begins to fail and when it is well again.

Example:
  tidemill report-issues --run-id 20261121T061700Z-123456-1 --environment dev`;

export const reportIssuesCommand: DefineCommand = (command, host) => {
  command('report-issues')
    .description('Keep one GitHub issue for each job that fails: opened, updated, closed. Never fails for GitHub.')
    .requiredOption('--run-id <id>', 'the run, as `plan` named it')
    .addHelpText('after', EXAMPLE)
    .action(async (options: CommonOptions & { readonly runId: string }) => {
      const session = await openSession(host, options);
      const { plan, results } = await readRun(session, checkRunId(options.runId));
      const lost = plan?.runs.filter(({ job }) => results.every((result) => result.job !== job)) ?? [];
      const findings = findingsOf({
        environment: session.environment.name,
        results,
        lost,
        plannedAt: plan?.now ?? session.host.clock.now().toISOString(),
        url: runUrl(host),
        redact: redactorOf(host, session.config.drivers),
      });
      const { opened, closed, faults, warnings } = await tell(session.host, findings);
      warn(host, warnings);
      const document = { opened, closed, faults: faults.map(({ code, message }) => ({ code, message })) };
      const text = `${plural(opened.length, 'issue')} opened, ${closed.length} closed\n`;
      host.stdout.write(options.json ? `${JSON.stringify(document, undefined, 2)}\n` : text);
    });
};
