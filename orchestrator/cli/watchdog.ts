import type { Workflows } from '@tidemill/github';
import { asTidemillError, TidemillError } from '@tidemill/kit';
import type { Finding } from '../alerts/issue.ts';
import {
  isDead,
  isFine,
  plannerFinding,
  runsFinding,
  scheduleFinding,
  type Watched,
  type WatchedRun,
} from '../alerts/watch.ts';
import { githubAccess, loadGithub } from '../app/github-access.ts';
import { hostAt, setting } from '../app/host.ts';
import { parseInstant } from '../app/session.ts';
import { tell } from '../app/tell.ts';
import { plural } from '../text/format.ts';
import type { CommonOptions, DefineCommand } from './command.ts';
import { addSummary, warn } from './github.ts';
import type { Terminal } from './host.ts';

interface WatchdogOptions extends CommonOptions {
  readonly workflow: string;
  readonly self: string;
  readonly hours?: string;
}

/** GitHub has been seen to start schedules twelve hours late. */
const HOURS = '13';

/** Runs further back have been looked at before. */
const LOOK_BACK_HOURS = 48;

/** Each is a request of its own. */
const MOST_LOOKS = 20;

const EXAMPLE = `
It needs no bucket, only GITHUB_TOKEN, with the permissions to write issues and actions, and GITHUB_REPOSITORY. It has no
eye on GitHub itself: when no schedule of the repository is started any more, neither is the watchdog.

Example:
  tidemill watchdog --hours 26`;

export const watchdogCommand: DefineCommand = (command, host, exit) => {
  command('watchdog')
    .description('See from outside whether the workflow runs: runs that died, a silent planner, a disabled schedule.')
    .option('--workflow <file>', 'whose runs to look at', 'data-ingestion-orchestrator.yaml')
    .option('--self <file>', 'the workflow that runs this, which is kept awake too', 'watchdog.yaml')
    .option(
      '--hours <number>',
      `so long may nothing have been planned (default: ${HOURS}, or $TIDEMILL_WATCHDOG_HOURS)`,
    )
    .addHelpText('after', EXAMPLE)
    .action(async (options: WatchdogOptions) => {
      const now = options.now ?? setting(host, 'TIDEMILL_NOW');
      const here = now === undefined ? host : hostAt(host, parseInstant('--now', now));
      const { findings, lines } = await lookAround(here, options);
      addSummary(here, `### Watchdog\n\n${lines.map((line) => `- ${line}\n`).join('')}\n`);
      const { faults, opened, closed, warnings } = await tell(here, findings);
      warn(here, warnings);
      const found = findings.map(({ subject, word, line }) => ({ ...subject, word, line }));
      const document = { findings: found, opened, closed };
      host.stdout.write(options.json ? `${JSON.stringify(document, undefined, 2)}\n` : `${lines.join('\n')}\n`);
      // Trouble that no issue tells of must at least be red.
      const isUntold = faults.length > 0 && findings.some(({ word }) => word === 'failing');
      exit(isUntold ? (faults[0]?.exitCode ?? 1) : 0);
    });
};

interface View {
  readonly findings: readonly Finding[];
  /** For people. */
  readonly lines: readonly string[];
}

async function lookAround(host: Terminal, options: WatchdogOptions): Promise<View> {
  const hours = parseHours(options.hours ?? setting(host, 'TIDEMILL_WATCHDOG_HOURS') ?? HOURS);
  const { openWorkflows } = await loadGithub();
  const patience = { clock: host.clock, random: host.random, signal: host.interrupted };
  const workflows = openWorkflows(githubAccess(host, 'to look at workflows with'), patience);
  const schedule = await keepAwake(workflows, host, options);
  const watched = await look(workflows, host, { ...options, createdAt: schedule.createdAt, hours });
  const [planner, runs] = [plannerFinding(watched), runsFinding(watched)];
  const dead = watched.runs.filter(isDead).length;
  const seen = `${plural(watched.runs.length, 'run')} looked at, ${dead} of them ended without a report.`;
  return { findings: [schedule.finding, planner, runs], lines: [schedule.line, seen, planner.line, runs.line] };
}

interface Schedule {
  readonly finding: Finding;
  readonly createdAt: string;
  readonly line: string;
}

/**
 * Switches the schedule on again where GitHub has switched it off, and begins the 60 days anew after which it would:
 * for the watchdog as well, which would not be there to do it afterwards.
 */
async function keepAwake(workflows: Workflows, host: Terminal, { workflow, self }: WatchdogOptions): Promise<Schedule> {
  const { state, createdAt } = await workflows.state(workflow);
  const isOurs = state === 'active' || state === 'disabled_inactivity';
  const refusal = isOurs ? await enable(workflows, host, workflow) : undefined;
  if (isOurs) await enable(workflows, host, self);
  const finding = scheduleFinding(host.clock.now(), state, refusal?.message);
  return { finding, createdAt, line: scheduleLine(state, finding) };
}

async function enable(workflows: Workflows, host: Terminal, file: string): Promise<TidemillError | undefined> {
  try {
    await workflows.enable(file);
    return undefined;
  } catch (thrown) {
    const error = asTidemillError(thrown);
    warn(host, [`${file} could not be kept awake: ${error.message} (${error.code}).`]);
    return error;
  }
}

function scheduleLine(state: string, { word, line }: Finding): string {
  if (word === 'failing') return line;
  if (state === 'active') return 'The schedule is on.';
  if (state === 'disabled_inactivity') return 'GitHub had switched the schedule off for inactivity; it is on again.';
  return `The schedule is off: ${state.replaceAll('_', ' ')}. That is left as it is.`;
}

interface Look {
  readonly workflow: string;
  readonly createdAt: string;
  readonly hours: number;
}

/** The runs, with the jobs of those that did not end well. */
async function look(workflows: Workflows, host: Terminal, { workflow, createdAt, hours }: Look): Promise<Watched> {
  const now = host.clock.now();
  const since = new Date(now.getTime() - Math.max(hours, LOOK_BACK_HOURS) * 3_600_000);
  const runs: WatchedRun[] = [];
  let looks = 0;
  for (const run of await workflows.runs(workflow, since)) {
    const isOfInterest = run.conclusion !== undefined && !isFine(run) && looks < MOST_LOOKS;
    if (isOfInterest) looks += 1;
    runs.push(isOfInterest ? { ...run, jobs: await workflows.jobs(run.id) } : run);
  }
  return { now, hours, createdAt, runs };
}

function parseHours(text: string): number {
  const hours = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && hours > 0) return hours;
  throw new TidemillError('config', 'hours-invalid', `--hours ${text} is not a number of hours`, {
    hint: 'Write it as 13 or 0.5.',
  });
}
