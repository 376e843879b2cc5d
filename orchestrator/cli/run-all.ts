/** Runs targets side by side, shows progress, and reports: to the person, the step summary and the bucket. */
import { asTidemillError } from '@tidemill/kit';
import { tokenKeeper } from '../credentials/keep-tokens.ts';
import { observers } from '../events/observers.ts';
import type { Mode, Observer, RunEvent } from '../events/run-event.ts';
import { nextSlotOf } from '../plan/owed.ts';
import type { Decision } from '../plan/types.ts';
import { exitCode } from '../report/outcome.ts';
import { legSummary } from '../report/summary.ts';
import { resultText } from '../report/terminal.ts';
import type { JobResult } from '../result/result.ts';
import { type Order, timeLimit, type World } from '../run/order.ts';
import { runJob } from '../run/pipeline.ts';
import type { JobState } from '../state/job-state.ts';
import { keys } from '../storage/keys.ts';
import { writeJson } from '../storage/text.ts';
import { lineText } from '../text/table.ts';
import { errorFolder, writeErrorFiles } from './error-files.ts';
import { printError } from './errors.ts';
import { explore } from './explore.ts';
import { addSummary, annotation, isOnActions } from './github.ts';
import { logUrl } from './log-url.ts';
import type { Target } from './orders.ts';
import { showProgress } from './progress.ts';
import { secretsOf } from './secrets-of.ts';
import { type CommonOptions, type Session, setting } from './session.ts';

export interface RunAllOptions extends CommonOptions {
  readonly runId: string;
  readonly mode: Mode;
  readonly explore?: true;
  readonly errorDir?: string;
  /** What is said when no job ran. */
  readonly idle?: string;
  /** Jobs that were asked for and do not run. */
  readonly refused?: readonly Decision[];
  /** Minutes that this process may take, if not as many as its jobs. */
  readonly timeLimit?: number;
}

/** Answers the exit code. */
export async function runAll(session: Session, targets: readonly Target[], options: RunAllOptions): Promise<number> {
  const { host } = session;
  const progress = showProgress(
    options.json ? host.stderr : host.stdout,
    host.clock,
    targets.map(({ job }) => job.id),
  );
  const ended = new AbortController();
  const claimed = new Map<string, JobState>();
  const all = observers([progress, rememberClaims(claimed)]);
  const world = worldOf(session, options, (event) => all.on(event), ended.signal);
  const results: JobResult[] = [];
  /** In the order of the configuration, not of the race. */
  const place = ({ job, slot }: JobResult): number =>
    targets.findIndex((target) => target.job.id === job && target.slot === slot);
  try {
    await inLanes(lanesOf(targets), session.config.max_parallel_jobs, async (target) => {
      const result = await runJob(await orderOf(target, options.mode, host), world);
      results.push(result);
      return result.result === 'done' || result.result === 'covered';
    });
    for (const fault of await all.settled()) printError(host, fault, []);
    progress.end();
    results.sort((a, b) => place(a) - place(b));
    // What became of the jobs is told also where it cannot be kept.
    const unrecorded = await record(session, options.runId, results).then(() => undefined, asTidemillError);
    if (unrecorded !== undefined) printError(host, unrecorded, []);
    addSummary(host, legSummary(results));
    annotate(session, targets, results);
    const folder = errorFolder(host, options);
    const runs = { runId: options.runId, targets, results, claimed };
    if (folder !== undefined) await writeErrorFiles(session, runs, folder);
    host.stdout.write(options.json ? documentOf(results, options) : textOf(results, options));
    if (options.explore && !options.json) host.stdout.write(await explore(session, targets));
    return exitCode(results) || (unrecorded?.exitCode ?? 0);
  } finally {
    ended.abort();
    progress.end();
    await session.close();
  }
}

/** As the runs found them. */
const rememberClaims = (claimed: Map<string, JobState>): Observer => ({
  on: (event) => {
    if (event.type === 'claimed') claimed.set(event.job, event.state);
  },
});

export async function orderOf(target: Target, mode: Mode, host: Session['host']): Promise<Order> {
  const next = nextSlotOf(target.job, host.clock.now());
  const secrets = await secretsOf(target, host);
  return { ...target, mode, secrets, ...(next === undefined ? {} : { next }) };
}

function documentOf(results: readonly JobResult[], { runId, refused = [] }: RunAllOptions): string {
  const document = { run: runId, results, ...(refused.length === 0 ? {} : { refused }) };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** The identity of the run stands above what became of it: `report --run-id` asks for it. */
const textOf = (results: readonly JobResult[], { runId, idle = 'Nothing ran.' }: RunAllOptions): string =>
  results.length === 0 ? `${lineText(idle)}\n` : `\nrun ${runId}\n\n${resultText(results)}`;

/** What jobs run with. `ended` is aborted when they are done. */
export function worldOf(
  session: Session,
  { runId, timeLimit: minutes }: Pick<RunAllOptions, 'runId' | 'timeLimit'>,
  onEvent: (event: RunEvent) => void,
  ended: AbortSignal,
): World {
  const { host, environment, bucket, warehouses } = session;
  const commit = setting(host, 'GITHUB_SHA');
  const url = logUrl(host);
  const limits = minutes === undefined ? [] : [timeLimit('this machine', minutes, host.clock, ended)];
  const { clock, random, env } = host;
  // A second process with the same run id, a repeated leg for one, is still somebody else.
  const self = `${runId}.${host.nonce}`;
  return {
    environment: environment.name,
    bucket,
    warehouses,
    clock,
    random,
    env,
    cwd: host.cwd,
    keepTokens: tokenKeeper({ bucket, clock, random, env, runId: self, signal: host.interrupted }),
    runId: self,
    ...(host.holder === undefined ? {} : { holder: host.holder }),
    isAlive: host.isAlive,
    ...(commit === undefined ? {} : { commit }),
    signal: AbortSignal.any([host.interrupted, ...limits]),
    ...(url === undefined ? {} : { logUrl: url }),
    onEvent,
  };
}

/** Targets that must not run at the same time stand in one lane: one job's slots, one serial service's jobs. */
function lanesOf(targets: readonly Target[]): Target[][] {
  const lanes = Map.groupBy(targets, ({ job, service }) => (service.serial ? `service ${service.name}` : job.id));
  return [...lanes.values()];
}

/** Works through the lanes, some at a time. A job whose run did not end well holds its own later slots back. */
async function inLanes(lanes: Target[][], width: number, run: (target: Target) => Promise<boolean>): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
      const held = new Set<string>();
      for (const target of lane) {
        if (held.has(target.job.id)) continue;
        if (!(await run(target))) held.add(target.job.id);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** The run's record in the bucket: what `report` and the history page read. */
export async function record({ bucket, host }: Session, runId: string, results: readonly JobResult[]): Promise<void> {
  for (const [index, result] of results.entries()) {
    const name = `${result.job}.${index}.${host.nonce}`;
    await writeJson(bucket, keys.runRecord(runId, name), result);
  }
}

/** On Actions, a red job is an annotation at its place in the configuration. */
function annotate({ host, config }: Session, targets: readonly Target[], results: readonly JobResult[]): void {
  if (!isOnActions(host)) return;
  for (const { job, failure, gates } of results) {
    const place = targets.find((target) => target.job.id === job)?.job.place ?? {
      file: config.file,
      line: 1,
      column: 1,
    };
    const message = failure?.message ?? gates[0];
    if (message !== undefined) host.stderr.write(annotation('error', message, { ...place, title: job }));
  }
}
