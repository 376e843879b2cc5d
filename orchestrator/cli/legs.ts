/** Runs the legs of a recorded plan on this machine, each in a process of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { setting } from '../app/host.ts';
import { type ProcessLeg, placesFor, recordedLegs } from '../app/recorded-legs.ts';
import { openSession, parseMinutes, type Session } from '../app/session.ts';
import { duration, plural } from '../text/format.ts';
import { fittedTable } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';
import { addSummaries } from './github.ts';
import type { Terminal } from './host.ts';
import { type LegEnd, runLeg } from './leg-process.ts';

interface LegsOptions extends CommonOptions {
  readonly runId: string;
  readonly fullRefresh?: true;
  readonly acceptDeletes?: true;
  readonly errorDir?: string;
  readonly timeLimit?: string;
}

const EXAMPLE = `
Example: what the workflow does on one machine with \`legs: single\`
  tidemill plan --record --run-id 20261121T061700Z-1
  tidemill legs --run-id 20261121T061700Z-1
  tidemill report --run-id 20261121T061700Z-1

Each leg is a process of \`run\`: it has every variable of this one but those of services that it has no jobs of, and what
it prints comes with its name in front.`;

/** A leg that had less would stop before it began. */
const LEAST_MINUTES = 1;
const STOPPED = 130;

export const legsCommand: DefineCommand = (command, terminal, exit) => {
  command('legs')
    .description(
      'Run what a plan has recorded, on this machine: each service in a process that has no secrets of others, max_parallel_jobs at a time.',
    )
    .requiredOption('--run-id <id>', 'the run, as `plan --record` named it')
    .option('--full-refresh', 'as of `run`')
    .option('--accept-deletes', 'as of `run`')
    .option('--error-dir <path>', 'leave a redacted file for every red job there (default: $TIDEMILL_ERROR_DIR)')
    .option('--time-limit <minutes>', 'stop all of them in order after so long (default: $TIDEMILL_TIME_LIMIT)')
    .addHelpText('after', EXAMPLE)
    .action(async (options: LegsOptions) => {
      const session = await openSession(terminal, options);
      const legs = await recordedLegs(session, options.runId);
      const folder = await mkdtemp(join(tmpdir(), 'tidemill-legs-'));
      const ends = await runLegs(terminal, session, legs, { ...options, folder }).finally(() =>
        rm(folder, { recursive: true, force: true }),
      );
      await session.close();
      exit(await tell(terminal, options, legs, ends));
    });
};

/** In the order of the plan; those that were not started are not among them. */
async function runLegs(
  terminal: Terminal,
  session: Session,
  legs: readonly ProcessLeg[],
  options: LegsOptions & { readonly folder: string },
): Promise<LegEnd[]> {
  const minutesLeft = timer(terminal, options);
  const errorDir = options.errorDir ?? setting(terminal, 'TIDEMILL_ERROR_DIR');
  const common = {
    args: argsFor(session, options),
    errorDir: errorDir === undefined ? undefined : resolve(terminal.cwd, errorDir),
    json: options.json,
  };
  const width = Math.max(...legs.map(({ name }) => name.length));
  const { write } = options.json ? terminal.stderr : terminal.stdout;
  const ends = new Map<string, LegEnd>();
  const waiting = [...legs];
  const worker = async (): Promise<void> => {
    for (let leg = waiting.shift(); leg !== undefined; leg = waiting.shift()) {
      const left = minutesLeft();
      if (terminal.interrupted.aborted || left < LEAST_MINUTES) return;
      const label = leg.name.padEnd(width);
      write(`${label} | starts: ${plural(leg.runs.length, 'run')}\n`);
      const order = { ...common, label, limit: Math.min(leg.minutes, left), folder: join(options.folder, leg.name) };
      const end = await runLeg(terminal, leg, order);
      ends.set(leg.name, end);
      write(`${label} | ${endText(end)} after ${duration(end.seconds)}\n`);
    }
  };
  await Promise.all(Array.from({ length: placesFor(session) }, worker));
  return legs.flatMap(({ name }) => ends.get(name) ?? []);
}

/** How many minutes this machine still has; without a limit, more than any leg wants. */
function timer(terminal: Terminal, { timeLimit = setting(terminal, 'TIDEMILL_TIME_LIMIT') }: LegsOptions) {
  const limit = timeLimit === undefined ? Number.POSITIVE_INFINITY : parseMinutes('--time-limit', timeLimit);
  const startedAt = terminal.clock.now().getTime();
  return (): number => limit - (terminal.clock.now().getTime() - startedAt) / 60_000;
}

function argsFor(session: Session, options: LegsOptions): string[] {
  const { runId, fullRefresh, acceptDeletes, now } = options;
  return [
    ...['--run-id', runId, '--parallel', '1'],
    ...['--config', session.config.file, '--environment', session.environment.name],
    ...(now === undefined ? [] : ['--now', now]),
    ...(fullRefresh ? ['--full-refresh'] : []),
    ...(acceptDeletes ? ['--accept-deletes'] : []),
  ];
}

const endText = ({ exit, error }: LegEnd): string =>
  exit === 0 ? 'done' : `${error === undefined ? '' : `${error.code}, `}exit code ${exit}`;

/** What became of the legs; answers the exit code. */
async function tell(
  terminal: Terminal,
  options: LegsOptions,
  legs: readonly ProcessLeg[],
  ends: readonly LegEnd[],
): Promise<number> {
  await addSummaries(
    terminal,
    ends.map(({ leg, summary }) => ({ name: leg, markdown: summary })),
  );
  const unstarted = legs.filter(({ name }) => ends.every(({ leg }) => leg !== name)).map(({ name }) => name);
  const isStopped = terminal.interrupted.aborted;
  const overtime = unstarted.length === 0 || isStopped ? undefined : outOfTime(unstarted);
  await printErrors(terminal, [...ends.map(({ error }) => error), overtime]);
  print(terminal, options, documentOf(options.runId, ends, unstarted), () => textOf(options.runId, ends, unstarted));
  const red = ends.find(({ exit }) => exit !== 0)?.exit;
  return red ?? overtime?.exitCode ?? (isStopped ? STOPPED : 0);
}

const outOfTime = (unstarted: readonly string[]): TidemillError =>
  new TidemillError(
    'transient',
    'legs-out-of-time',
    `The time of this machine is over, and ${plural(unstarted.length, 'leg')} did not start: ${unstarted.join(', ')}`,
    {
      hint: 'What they were to run is owed again, and the next plan runs it. Where it goes on like this, `legs: per_job` gives each a machine.',
    },
  );

function documentOf(run: string, ends: readonly LegEnd[], unstarted: readonly string[]): object {
  const told = ends.map(({ leg, runs, exit, seconds, error }) => {
    return { leg, runs, exit, seconds, ...(error === undefined ? {} : { error: error.code }) };
  });
  const results = ends.flatMap(({ document }) => (document as { results?: unknown[] } | undefined)?.results ?? []);
  return { run, legs: told, unstarted, results };
}

function textOf(run: string, ends: readonly LegEnd[], unstarted: readonly string[]): string {
  const rows = [
    ...ends.map((end) => [end.leg, endText(end), duration(end.seconds)]),
    ...unstarted.map((leg) => [leg, 'not started', '']),
  ];
  return rows.length === 0
    ? 'The plan has no runs.\n'
    : `\nrun ${run}\n\n${fittedTable(['leg', 'outcome', 'time'], rows)}\n`;
}
