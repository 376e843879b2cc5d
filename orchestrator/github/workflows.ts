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
}

const PERMISSION = 'see and enable workflows: "actions: write" in the permissions of a job';

/** Asks nothing yet. https://docs.github.com/en/rest/actions/workflows */
export function openWorkflows(access: GithubAccess, patience: Patience): Workflows {
  const { octokit, owner, repo } = openPatiently(access, patience, PERMISSION);
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
