/** The real workflow, run on a repository with jobs of its own. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { bundleOfWorkTree } from '../bundle/work-tree.ts';
import { Cache } from './cache.ts';
import { COMMIT } from './event.ts';
import { type RunOptions, runWorkflow, type WorkflowRun } from './harness.ts';
import type { Leg } from './leg.ts';
import type { Repository } from './repository.ts';
import { readWorkflow, type Workflow } from './workflow.ts';

export const WORKFLOWS = resolve(import.meta.dirname, '../../.github/workflows');

export const workflowText = (file: string): Promise<string> => readFile(resolve(WORKFLOWS, file), 'utf8');

const ORCHESTRATOR = 'data-ingestion-orchestrator.yaml';

/** `change` makes another workflow of the text. */
export async function orchestrator(change: (text: string) => string = (text) => text): Promise<Workflow> {
  return readWorkflow(ORCHESTRATOR, change(await workflowText(ORCHESTRATOR)));
}

export type Options = Omit<RunOptions, 'repository' | 'machineEnv'> & { readonly workflow?: Workflow };

/** The schedule is switched on. */
const SCHEDULED = { values: { TIDEMILL_ENVIRONMENT: 'dev' } };

/** A cache in which an earlier plan has left the bundle of this commit. */
export async function warmCache(): Promise<Cache> {
  const cache = new Cache();
  cache.put(`tidemill-bundle-${COMMIT}`, '.tidemill/bundle', await bundleOfWorkTree());
  return cache;
}

/** Runs the workflow as if it were `now`. */
export async function run(repository: Repository, now: string, options: Options): Promise<WorkflowRun> {
  const { workflow = await orchestrator(), vars = SCHEDULED, cache = await warmCache(), ...rest } = options;
  const machineEnv = { TIDEMILL_NOW: now };
  return runWorkflow(workflow, { ...rest, vars, cache, repository: repository.folder, machineEnv });
}

/** Everything a run printed, for the message of a failed expectation. */
export const logOf = ({ jobs }: WorkflowRun): string =>
  [...jobs.values()]
    .flatMap(({ error, legs }) => [
      error,
      ...legs.flatMap(({ steps }) => steps.map(({ name, log }) => `# ${name}\n${log}`)),
    ])
    .join('\n');

/** A command whose only record has this id. */
export const prints = (id: number): string => `echo '{"id":${id}}'`;
/** An hourly job of the service `shop`. */
export const shop = (data_type: string, command: string, more: object = {}): object => {
  return {
    service: 'shop',
    data_type,
    cron: '0 * * * *',
    columns: { id: 'bigint' },
    primary_key: ['id'],
    command,
    ...more,
  };
};

/** Results of the three jobs. */
export const resultsOf = ({ jobs }: WorkflowRun): Record<string, string> =>
  Object.fromEntries([...jobs].map(([id, { result }]) => [id, result]));

export const legsOf = (of: WorkflowRun, job = 'ingest'): readonly Leg[] => of.jobs.get(job)!.legs;
