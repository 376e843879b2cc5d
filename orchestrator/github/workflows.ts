/** Workflows of a repository and their runs. */
import type { GithubAccess } from './api.ts';
import { openPatiently, type Patience } from './patient.ts';

export interface WorkflowRun {
  readonly id: number;
  /** `schedule`, `workflow_dispatch`, … */
  readonly event: string;
  /** `completed`, or something that is still going on. */
  readonly status: string;
  /** `success`, `failure`, `cancelled`, `timed_out`, `startup_failure`, …; undefined while it goes on. */
  readonly conclusion: string | undefined;
  /** Instant at which its newest attempt began. */
  readonly startedAt: string;
  /** For people. */
  readonly url: string;
}

export interface RunJob {
  readonly name: string;
  readonly conclusion: string | undefined;
  readonly url: string;
  readonly steps: readonly { readonly name: string; readonly conclusion: string | undefined }[];
}

/** A run that was asked for. */
export interface Dispatched {
  readonly id: number;
  /** For people. */
  readonly url: string;
}

/** A run as it is now. */
export interface RunState {
  readonly status: string;
  readonly conclusion: string | undefined;
  readonly attempt: number;
}

/** Every method throws TidemillErrors. `file` is the name of a file in `.github/workflows`. */
export interface Workflows {
  /** `active`, `disabled_inactivity`, `disabled_manually`, …, and since when GitHub knows the workflow. */
  state(file: string): Promise<{ readonly state: string; readonly createdAt: string }>;
  /** Switches the schedule on; of one that is on, it begins the 60 days anew after which GitHub would switch it off. */
  enable(file: string): Promise<void>;
  /** Runs that were created since, newest first, at most 100. */
  runs(file: string, since: Date): Promise<WorkflowRun[]>;
  /** Jobs of the newest attempt. */
  jobs(run: number): Promise<RunJob[]>;
  /** Whether the default branch has it. */
  has(file: string): Promise<boolean>;
  /** Starts a run of a branch, once: what is not answered is not asked again. Undefined where GitHub does not say which run it is. */
  dispatch(file: string, branch: string, inputs: Readonly<Record<string, string>>): Promise<Dispatched | undefined>;
  run(id: number): Promise<RunState>;
}

const DISPATCH = 'start workflows: "Actions: read and write" of a fine-grained token, or scope repo of a classic one';

/** A server of one's own may be older than the key, and starts nothing then. */
const isUnknownKey = (status: unknown, said: string): boolean => status === 422 && said.includes('return_run_details');

const PERMISSION = 'see and enable workflows: "actions: write" in the permissions of a job';

/** Asks nothing yet. https://docs.github.com/en/rest/actions/workflows */
export function openWorkflows(access: GithubAccess, patience: Patience): Workflows {
  const { octokit, owner, repo } = openPatiently(access, patience, { permission: PERMISSION });
  const { actions } = octokit.rest;
  const where = { owner, repo };
  return {
    async state(workflow_id) {
      const { state, created_at } = (await actions.getWorkflow({ ...where, workflow_id })).data;
      return { state, createdAt: created_at };
    },
    async enable(workflow_id) {
      await actions.enableWorkflow({ ...where, workflow_id });
    },
    async runs(workflow_id, since) {
      const created = `>=${since.toISOString().slice(0, 19)}Z`;
      const { data } = await actions.listWorkflowRuns({ ...where, workflow_id, created, per_page: 100 });
      return data.workflow_runs.map((run) => ({
        id: run.id,
        event: run.event,
        status: run.status ?? '',
        conclusion: run.conclusion ?? undefined,
        startedAt: run.run_started_at ?? run.created_at,
        url: run.html_url,
      }));
    },
    async has(file) {
      const all = await octokit.paginate(actions.listRepoWorkflows, { ...where, per_page: 100 });
      return all.some(({ path }) => path === `.github/workflows/${file}`);
    },
    async dispatch(workflow_id, ref, inputs) {
      const subject = `a run of ${workflow_id}`;
      const asked = { permission: DISPATCH, subject, tries: 'one', answers: isUnknownKey } as const;
      const start = openPatiently(access, patience, asked).octokit.rest.actions.createWorkflowDispatch;
      const what = { ...where, workflow_id, ref, inputs };
      // https://github.blog/changelog/2026-02-19-workflow-dispatch-api-now-returns-run-ids/
      const answer = await start({ ...what, return_run_details: true });
      const { data } = Number(answer.status) === 422 ? await start(what) : answer;
      const { workflow_run_id: id, html_url: url } = (data ?? {}) as { workflow_run_id?: unknown; html_url?: unknown };
      return typeof id === 'number' && typeof url === 'string' ? { id, url } : undefined;
    },
    async run(run_id) {
      const {
        status,
        conclusion,
        run_attempt: attempt = 1,
      } = (await actions.getWorkflowRun({ ...where, run_id })).data;
      return { status: status ?? '', conclusion: conclusion ?? undefined, attempt };
    },
    async jobs(run_id) {
      const jobs = await octokit.paginate(actions.listJobsForWorkflowRun, { ...where, run_id, per_page: 100 });
      return jobs.map(({ name, conclusion, html_url, steps = [] }) => ({
        name,
        conclusion: conclusion ?? undefined,
        url: html_url ?? '',
        steps: steps.map((step) => ({ name: step.name, conclusion: step.conclusion ?? undefined })),
      }));
    },
  };
}
