/**
 * Runs a workflow on this machine, as GitHub would: jobs in the order of their needs, rows of a matrix as legs, scripts
 * with real bash in fresh folders. There is no network: what actions and npm would fetch comes from the work tree.
 */
import type { Artifacts } from './actions.ts';
import { Cache } from './cache.ts';
import { type DispatchEvent, eventContexts, type RunIdentity } from './event.ts';
import { asText, evaluate, isTruthy, type Json, type Scope, type Status } from './expression.ts';
import { type Leg, type LegOptions, runLeg, type Settings } from './leg.ts';
import { expandMatrix, type Row } from './matrix.ts';
import { type Fields, fieldsOf, type Job, refuseUnknown, resolve, Unsupported, type Workflow } from './workflow.ts';

export interface RunOptions {
  readonly event: DispatchEvent;
  /** Folder of what a checkout brings. */
  readonly repository: string;
  /** Folders of what it brings of other commits, by their names. */
  readonly commits?: Readonly<Record<string, string>>;
  readonly vars?: Settings;
  readonly secrets?: Settings;
  readonly machineEnv?: Readonly<Record<string, string>>;
  /** What the context `github` says instead of the usual, such as the address of its API. */
  readonly github?: Readonly<Record<string, string>>;
  /** What earlier runs have left in it; empty unless given. */
  readonly cache?: Cache;
  /** Jobs whose legs are made but whose steps are left out. */
  readonly evaluateOnly?: readonly string[];
  /** An earlier run whose failed jobs are run again; the others keep their results. */
  readonly rerunOf?: WorkflowRun;
}

export interface WorkflowRun {
  readonly name: string;
  readonly identity: RunIdentity;
  readonly conclusion: 'success' | 'failure';
  readonly jobs: ReadonlyMap<string, JobRun>;
  readonly artifacts: Artifacts;
}

export interface JobRun {
  readonly result: Status;
  readonly outputs: Readonly<Record<string, string>>;
  readonly legs: readonly Leg[];
  readonly maxParallel: number;
  /** Why the job failed before it had legs. */
  readonly error?: string;
}

const FIELDS = ['name', 'run-name', 'on', 'permissions', 'env', 'concurrency', 'jobs'];

const SKIPPED: JobRun = { result: 'skipped', outputs: {}, legs: [], maxParallel: 0 };

/** Throws for an event the workflow does not take, and for what this machine cannot do. */
export async function runWorkflow(workflow: Workflow, options: RunOptions): Promise<WorkflowRun> {
  refuseUnknown(workflow.fields, FIELDS);
  const identity = identityOf(options.rerunOf);
  const { github, inputs = {} } = eventContexts(workflow, options.event, identity);
  const contexts = { github: { ...(github as Row), ...options.github }, inputs };
  const artifacts: Artifacts = new Map(options.rerunOf?.artifacts);
  const cache = options.cache ?? new Cache();
  const jobs = new Map<string, JobRun>();
  // The parser has refused needs that are unknown or run in circles.
  for (let waiting = workflow.jobs; waiting.length > 0; ) {
    const [next] = waiting.filter(({ needs }) => needs.every((need) => jobs.has(need)));
    if (next === undefined) throw new Error('jobs need each other');
    jobs.set(next.id, await runJob(next, { workflow, options, contexts, artifacts, cache, jobs }));
    waiting = waiting.filter((job) => job !== next);
  }
  const vars = options.vars?.values ?? {};
  const name = asText(resolve(workflow.fields.get('run-name'), { contexts: { ...contexts, vars }, status: 'success' }));
  const isGreen = [...jobs.values()].every(({ result }) => result === 'success' || result === 'skipped');
  return { name, identity, conclusion: isGreen ? 'success' : 'failure', jobs, artifacts };
}

let runs = 0;

function identityOf(rerunOf: WorkflowRun | undefined): RunIdentity {
  if (rerunOf !== undefined) return { ...rerunOf.identity, attempt: rerunOf.identity.attempt + 1 };
  runs += 1;
  return { number: runs, attempt: 1 };
}

interface Run {
  readonly workflow: Workflow;
  readonly options: RunOptions;
  readonly contexts: Readonly<Record<string, Json>>;
  readonly artifacts: Artifacts;
  readonly cache: Cache;
  readonly jobs: ReadonlyMap<string, JobRun>;
}

async function runJob(job: Job, run: Run): Promise<JobRun> {
  const before = run.options.rerunOf?.jobs.get(job.id);
  const needsChanged = ancestorsOf(job, run.workflow).some(
    (id) => run.jobs.get(id) !== run.options.rerunOf?.jobs.get(id),
  );
  if (before?.result === 'success' && !needsChanged) return before;
  const contexts = { ...run.contexts, needs: needsOf(job, run.jobs), vars: run.options.vars?.values ?? {} };
  const scope: Scope = { contexts, status: statusBefore(job, run) };
  if (!isTruthy(evaluate(job.condition, scope))) return SKIPPED;
  try {
    const { rows, maxParallel, failFast } = strategyOf(job, scope);
    const redone = before?.legs.filter(({ result }) => result === 'success') ?? [];
    const kept = needsChanged ? [] : redone;
    const fresh = rows.filter((row) => kept.every((leg) => JSON.stringify(leg.matrix) !== JSON.stringify(row)));
    const legs = await runLegs(fresh, failFast, (row) => runLeg(legOptions(job, row, run)));
    return { ...conclude([...kept, ...legs], rows.length), maxParallel };
  } catch (error) {
    if (error instanceof Unsupported) throw error;
    return { ...SKIPPED, result: 'failure', error: (error as Error).message };
  }
}

function legOptions(job: Job, matrix: Row, { workflow, options, contexts, artifacts, cache, jobs }: Run): LegOptions {
  return {
    job,
    workflow: workflow.fields,
    matrix,
    strategy: {},
    contexts: { ...contexts, needs: needsOf(job, jobs) },
    vars: options.vars ?? { values: {} },
    secrets: options.secrets ?? { values: {} },
    machineEnv: options.machineEnv ?? {},
    steps: options.evaluateOnly?.includes(job.id) ? 'evaluate' : 'run',
    repository: options.repository,
    commits: options.commits,
    artifacts,
    cache,
  };
}

interface Strategy {
  readonly rows: readonly Row[];
  readonly maxParallel: number;
  readonly failFast: boolean;
}

function strategyOf(job: Job, scope: Scope): Strategy {
  const fields: Fields = fieldsOf(job.fields.get('strategy'));
  const matrix = resolve(fields.get('matrix'), scope);
  const rows = matrix === null ? [{}] : expandMatrix(matrix);
  const failFast = isTruthy(resolve(fields.get('fail-fast'), scope) ?? true);
  const maxParallel = resolve(fields.get('max-parallel'), scope) ?? rows.length;
  if (typeof maxParallel === 'number' && maxParallel >= 1) return { rows, maxParallel, failFast };
  throw new Error(`max-parallel is not a number above 0: ${maxParallel}`);
}

/**
 * One leg after the other, so that a run goes the same way every time. With fail-fast, those behind a leg that fails
 * are never run.
 */
async function runLegs(rows: readonly Row[], failFast: boolean, run: (row: Row) => Promise<Leg>): Promise<Leg[]> {
  const legs: Leg[] = [];
  for (const row of rows) {
    legs.push(await run(row));
    if (failFast && legs.at(-1)?.result === 'failure') break;
  }
  return legs;
}

/** Of an output that several legs set, the last leg to end has its way. */
function conclude(legs: readonly Leg[], rows: number): Pick<JobRun, 'result' | 'outputs' | 'legs'> {
  const set = legs.flatMap(({ outputs }) => Object.entries(outputs).filter(([, value]) => value !== ''));
  const isGreen = legs.length === rows && legs.every(({ result }) => result === 'success');
  return { result: isGreen ? 'success' : 'failure', outputs: Object.fromEntries(set), legs };
}

const needsOf = ({ needs }: Job, jobs: ReadonlyMap<string, JobRun>): Json =>
  Object.fromEntries(needs.map((id) => [id, { result: jobs.get(id)!.result, outputs: jobs.get(id)!.outputs }]));

/** A failure or a skip holds for everything behind it, not only for the next job. */
function statusBefore(job: Job, { workflow, jobs }: Run): Status {
  const results = ancestorsOf(job, workflow).map((id) => jobs.get(id)?.result);
  if (results.includes('failure')) return 'failure';
  return results.every((result) => result === 'success') ? 'success' : 'skipped';
}

function ancestorsOf({ needs }: Job, workflow: Workflow): string[] {
  const parents = workflow.jobs.filter(({ id }) => needs.includes(id));
  return [...new Set([...needs, ...parents.flatMap((parent) => ancestorsOf(parent, workflow))])];
}
