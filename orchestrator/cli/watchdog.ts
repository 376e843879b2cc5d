import { HOURS, type WatchdogRequest, watchdog } from '../app/watchdog.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { addSummary, warn } from './github.ts';

const EXAMPLE = `
It needs no bucket, only GITHUB_TOKEN, with the permissions to write issues and actions, and GITHUB_REPOSITORY. It has no
eye on GitHub itself: when no schedule of the repository is started any more, neither is the watchdog.

Example:
  tidemill watchdog --hours 26`;

export const watchdogCommand: DefineCommand = (command, terminal, exit) => {
  command('watchdog')
    .description('See from outside whether the workflow runs: runs that died, a silent planner, a disabled schedule.')
    .option('--workflow <file>', 'whose runs to look at', 'data-ingestion-orchestrator.yaml')
    .option('--self <file>', 'the workflow that runs this, which is kept awake too', 'watchdog.yaml')
    .option(
      '--hours <number>',
      `so long may nothing have been planned (default: ${HOURS}, or $TIDEMILL_WATCHDOG_HOURS)`,
    )
    .addHelpText('after', EXAMPLE)
    .action(async (options: CommonOptions & WatchdogRequest) => {
      const { findings, lines, warnings, opened, closed, faults } = await watchdog(terminal, options);
      await addSummary(terminal, `### Watchdog\n\n${lines.map((line) => `- ${line}\n`).join('')}\n`);
      await warn(terminal, warnings);
      const found = findings.map(({ subject, word, line }) => ({ ...subject, word, line }));
      print(terminal, options, { findings: found, opened, closed }, () => `${lines.join('\n')}\n`);
      // Trouble that no issue tells of must at least be red.
      const isUntold = faults.length > 0 && findings.some(({ word }) => word === 'failing');
      exit(isUntold ? (faults[0]?.exitCode ?? 1) : 0);
    });
};
