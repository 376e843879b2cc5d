import { Command } from 'commander';
import { version } from '../app/version.ts';
import { authCommand } from './auth.ts';
import { backfillCommand } from './backfill.ts';
import type { DefineCommand } from './command.ts';
import { doctorCommand } from './doctor.ts';
import { explainCommand } from './explain.ts';
import { gcCommand } from './gc.ts';
import type { Terminal } from './host.ts';
import { operateCommand } from './operate.ts';
import { planCommand } from './plan.ts';
import { quarantineCommand } from './quarantine.ts';
import { queryCommand } from './query.ts';
import { replayCommand } from './replay.ts';
import { reportCommand } from './report.ts';
import { reportIssuesCommand } from './report-issues.ts';
import { runCommand } from './run.ts';
import { setupCommand } from './setup.ts';
import { statusCommand } from './status.ts';
import { tablesCommand } from './tables.ts';
import { tickCommand } from './tick.ts';
import { transformCommand } from './transform.ts';
import { validateCommand } from './validate.ts';
import { verifyCommand } from './verify.ts';
import { watchdogCommand } from './watchdog.ts';

const commands: readonly DefineCommand[] = [
  planCommand,
  runCommand,
  tickCommand,
  transformCommand,
  statusCommand,
  tablesCommand,
  queryCommand,
  validateCommand,
  doctorCommand,
  setupCommand,
  authCommand,
  reportCommand,
  reportIssuesCommand,
  watchdogCommand,
  operateCommand('pause'),
  operateCommand('resume'),
  operateCommand('reset'),
  operateCommand('rewind'),
  backfillCommand,
  quarantineCommand,
  replayCommand,
  verifyCommand,
  explainCommand,
  operateCommand('unlock'),
  gcCommand,
];

const ABOUT = `Scheduled data ingestion without a server.

First result, without an account:   npm start
What would run now, and why:        tidemill plan
Run one job by hand:                tidemill run web_features_features`;

const EXIT_CODES = `
Exit codes: 0 done, 1 bug, 2 configuration, 3 credentials, 4 try again later, 5 the source changed, 6 a gate not met,
130 stopped by hand.`;

export function buildProgram(host: Terminal, exit: (code: number) => void): Command {
  const program = new Command('tidemill').description(ABOUT);
  const settle = (command: Command): Command =>
    command
      .exitOverride()
      .configureOutput({ writeOut: host.stdout.write, writeErr: host.stderr.write })
      .showSuggestionAfterError()
      .showHelpAfterError('(add --help for the options and an example)');
  settle(program).version(version).addHelpText('after', EXIT_CODES);
  const named = (name: string): Command =>
    settle(program.command(name))
      .option(
        '--config <path>',
        'the configuration; paths inside it are relative to it (default: ingestion-config.yaml, or $TIDEMILL_CONFIG)',
      )
      .option('--environment <name>', 'which bucket and warehouse (default: local, or $TIDEMILL_ENVIRONMENT)')
      .option('--now <instant>', 'act as if it were then, e.g. 2026-11-21T06:00:00Z (default: $TIDEMILL_NOW)')
      .option('--json', 'print one JSON document and nothing else');
  for (const define of commands) define(named, host, exit);
  return program;
}
