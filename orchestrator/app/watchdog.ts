/** Sees from outside whether the workflow runs, by GitHub's API alone. */
import type { Workflows } from '@tidemill/github';
import { asTidemillError, TidemillError } from '@tidemill/kit';
import type { Finding } from '../alerts/issue.ts';
import {
  isDead,
  isFine,
  legsFinding,
  plannerFinding,
  runsFinding,
  scheduleFinding,
  type Watched,
  type WatchedRun,
} from '../alerts/watch.ts';
import { plural } from '../text/format.ts';
import { githubAccess, loadGithub } from './github-access.ts';
import { type Host, setting } from './host.ts';
import { hostNow, type SessionOptions } from './session.ts';
import { type Notified, tell } from './tell.ts';

export interface WatchdogRequest extends Pick<SessionOptions, 'now'> {
  /** The file of the workflow whose runs are looked at, and of the one that asks, which is kept awake too. */
  readonly workflow: string;
  readonly self: string;
  /** So long may nothing have been planned; `HOURS` where nobody says. */
  readonly hours?: string;
}

export interface Watch extends Notified {
  readonly findings: readonly Finding[];
  /** For people. */
  readonly lines: readonly string[];
}

/** GitHub has been seen to start schedules twelve hours late. */
export const HOURS = '13';

/** Runs further back have been looked at before. */
const LOOK_BACK_HOURS = 48;

/** Each is a request of its own. */
const MOST_LOOKS = 20;

/** Looks, keeps schedules awake, and tells. Throws what keeps it from looking at all. */
export async function watchdog(host: Host, request: WatchdogRequest): Promise<Watch> {
  const here = hostNow(host, request);
  const { clock, random, interrupted: signal } = here;
  const hours = parseHours(request.hours ?? setting(here, 'TIDEMILL_WATCHDOG_HOURS') ?? HOURS);
  const { openWorkflows } = await loadGithub();
  const workflows = openWorkflows(githubAccess(here, 'to look at workflows with'), { clock, random, signal });
  const schedule = await keepAwake(workflows, clock.now(), request);
  const { workflow } = request;
  const watched = await look(workflows, here, { workflow, createdAt: schedule.createdAt, hours });
  const [planner, runs, legs] = [plannerFinding(watched), runsFinding(watched), legsFinding(watched)];
  const dead = watched.runs.filter(isDead).length;
  const seen = `${plural(watched.runs.length, 'run')} looked at, ${dead} of them ended without a report.`;
  const unstarted = legs === undefined ? [] : [legs];
  const findings = [schedule.finding, planner, runs, ...unstarted];
  const told = await tell(here, findings);
  const warnings = [...schedule.warnings, ...told.warnings];
  return {
    ...told,
    findings,
    lines: [schedule.line, seen, planner.line, runs.line, ...unstarted.map(({ line }) => line)],
    warnings,
  };
}

interface Schedule {
  readonly finding: Finding;
  readonly createdAt: string;
  readonly line: string;
  readonly warnings: readonly string[];
}

/**
 * Switches the schedule on again where GitHub has switched it off, and begins the 60 days anew after which it would:
 * for the watchdog as well, which would not be there to do it afterwards.
 */
async function keepAwake(workflows: Workflows, now: Date, { workflow, self }: WatchdogRequest): Promise<Schedule> {
  const { state, createdAt } = await workflows.state(workflow);
  const isOurs = state === 'active' || state === 'disabled_inactivity';
  const refusals = new Map<string, TidemillError>();
  for (const file of isOurs ? [workflow, self] : []) {
    await workflows.enable(file).catch((thrown: unknown) => refusals.set(file, asTidemillError(thrown)));
  }
  const finding = scheduleFinding(now, state, refusals.get(workflow)?.message);
  const warnings = [...refusals].map(([file, { message, code }]) => {
    return `${file} could not be kept awake: ${message} (${code}).`;
  });
  return { finding, createdAt, line: scheduleLine(state, finding), warnings };
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
async function look(workflows: Workflows, host: Host, { workflow, createdAt, hours }: Look): Promise<Watched> {
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
