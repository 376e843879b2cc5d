import { Command } from 'commander';
import { version } from '../app/version.ts';
import type { DefineCommand } from './command.ts';
import type { Terminal } from './host.ts';

/** By name, in the order of the help. Each is loaded when it is asked for, or all for the help: a plan starts without the code of the others. */
const commands: Readonly<Record<string, () => Promise<DefineCommand>>> = {
  demo: async () => (await import('./demo.ts')).demoCommand,
  init: async () => (await import('./init.ts')).initCommand,
  plan: async () => (await import('./plan.ts')).planCommand,
  run: async () => (await import('./run.ts')).runCommand,
  tick: async () => (await import('./tick.ts')).tickCommand,
  serve: async () => (await import('./serve.ts')).serveCommand,
  legs: async () => (await import('./legs.ts')).legsCommand,
  catalog: async () => (await import('./catalog.ts')).catalogCommand,
  crawl: async () => (await import('./crawl.ts')).crawlCommand,
  transform: async () => (await import('./transform.ts')).transformCommand,
  status: async () => (await import('./status.ts')).statusCommand,
  tables: async () => (await import('./tables.ts')).tablesCommand,
  query: async () => (await import('./query.ts')).queryCommand,
  validate: async () => (await import('./validate.ts')).validateCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  setup: async () => (await import('./setup.ts')).setupCommand,
  'new-connector': async () => (await import('./new-connector.ts')).newConnectorCommand,
  generate: async () => (await import('./generate.ts')).generateCommand,
  auth: async () => (await import('./auth.ts')).authCommand,
  report: async () => (await import('./report.ts')).reportCommand,
  'report-issues': async () => (await import('./report-issues.ts')).reportIssuesCommand,
  watchdog: async () => (await import('./watchdog.ts')).watchdogCommand,
  pause: async () => (await import('./operate.ts')).operateCommand('pause'),
  resume: async () => (await import('./operate.ts')).operateCommand('resume'),
  reset: async () => (await import('./operate.ts')).operateCommand('reset'),
  rewind: async () => (await import('./operate.ts')).operateCommand('rewind'),
  backfill: async () => (await import('./backfill.ts')).backfillCommand,
  quarantine: async () => (await import('./quarantine.ts')).quarantineCommand,
  replay: async () => (await import('./replay.ts')).replayCommand,
  verify: async () => (await import('./verify.ts')).verifyCommand,
  diff: async () => (await import('./diff.ts')).diffCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  events: async () => (await import('./events.ts')).eventsCommand,
  unlock: async () => (await import('./operate.ts')).operateCommand('unlock'),
  gc: async () => (await import('./gc.ts')).gcCommand,
};

const ABOUT = `Scheduled data ingestion without a server.

First result, without an account:   npx tidemill demo
A repository of one's own:          npx tidemill init
What would run now, and why:        npx tidemill plan
Run one job by hand:                npx tidemill run JOB`;

const EXIT_CODES = `
Exit codes: 0 done, 1 bug, 2 configuration, 3 credentials, 4 try again later, 5 the source changed, 6 a gate not met,
130 stopped by hand.`;

/** The program with the command of that name, and with all where there is none of it. */
export async function buildProgram(host: Terminal, exit: (code: number) => void, name?: string): Promise<Command> {
  const program = new Command('tidemill').description(ABOUT);
  const settle = (command: Command): Command =>
    command
      .exitOverride()
      .configureOutput({ writeOut: host.stdout.write, writeErr: host.stderr.write })
      .showSuggestionAfterError()
      .showHelpAfterError('(add --help for the options and an example)');
  settle(program).version(version).addHelpText('after', EXIT_CODES);
  const json = (command: Command): Command => command.option('--json', 'print one JSON document and nothing else');
  const named = (name: string, takes?: 'json'): Command => {
    const command = settle(program.command(name));
    if (takes === 'json') return json(command);
    const common = command
      .option(
        '--config <path>',
        'the configuration; paths inside it are relative to it (default: ingestion-config.yaml, or $TIDEMILL_CONFIG)',
      )
      .option('--environment <name>', 'which bucket and warehouse (default: local, or $TIDEMILL_ENVIRONMENT)')
      .option('--now <instant>', 'act as if it were then, e.g. 2026-11-21T06:00:00Z (default: $TIDEMILL_NOW)');
    return json(common);
  };
  const wanted = Object.entries(commands).filter(([known]) => known === name);
  const loaded = (wanted.length > 0 ? wanted : Object.entries(commands)).map(([, load]) => load());
  for (const define of await Promise.all(loaded)) define(named, host, exit);
  return program;
}
