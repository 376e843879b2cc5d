/** Workflows, their runs and jobs: https://docs.github.com/en/rest/actions */
import { type Call, DEFAULT_BRANCH, paged, REPOSITORY, refusal } from './github-api-answers.ts';
import type { Reply } from './http-server.ts';

export function getWorkflow({ world, parts: [file = ''] }: Call): Reply {
  const workflow = world.workflows.get(file);
  if (workflow === undefined) return refusal(404, 'Not Found');
  const { state, created_at } = workflow;
  return { json: { id: 1, name: file, path: `.github/workflows/${file}`, state, created_at } };
}

export function enableWorkflow({ world, parts: [file = ''] }: Call): Reply {
  const workflow = world.workflows.get(file);
  if (workflow === undefined) return refusal(404, 'Not Found');
  if (workflow.state === 'deleted') return refusal(403, 'Unable to enable this workflow');
  workflow.state = 'active';
  workflow.enabled += 1;
  return { status: 204 };
}

export function listRuns(call: Call): Reply {
  const [file = ''] = call.parts;
  const [, from] = /^>=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/.exec(call.query['created'] ?? '') ?? [];
  if (from === undefined) return refusal(422, 'Validation Failed');
  if (!call.world.workflows.has(file)) return refusal(404, 'Not Found');
  const found = call.world.runs.filter(({ created_at }) => Date.parse(created_at) >= Date.parse(from));
  const { items, headers } = paged(call, found);
  const workflow_runs = items.map(({ jobs: _, ...run }) => ({ ...run, html_url: runPage(run.id) }));
  return { json: { total_count: found.length, workflow_runs }, headers };
}

export function listJobs(call: Call): Reply {
  const run = call.world.runs.find(({ id }) => id === Number(call.parts[0]));
  if (run === undefined) return refusal(404, 'Not Found');
  const { items, headers } = paged(call, run.jobs);
  const jobs = items.map((job, index) => ({
    ...job,
    id: index + 1,
    html_url: `${runPage(run.id)}/job/${index + 1}`,
    steps: job.steps.map((step, number) => ({ ...step, number })),
  }));
  return { json: { total_count: run.jobs.length, jobs }, headers };
}

export function listWorkflows(call: Call): Reply {
  const all = [...call.world.workflows].filter(([, { state }]) => state !== 'deleted');
  const { items, headers } = paged(call, all);
  const workflows = items.map(([file, { state }], index) => {
    return { id: index + 1, name: file, path: `.github/workflows/${file}`, state };
  });
  return { json: { total_count: all.length, workflows }, headers };
}

export function getRun({ world, parts: [id] }: Call): Reply {
  const run = world.runs.find((one) => one.id === Number(id));
  if (run === undefined) return refusal(404, 'Not Found');
  const { jobs: _, ...shown } = run;
  return { json: { ...shown, run_attempt: 1, html_url: runPage(run.id) } };
}

/** https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event */
export function dispatch({ world, parts: [file = ''], body }: Call): Reply {
  const workflow = world.workflows.get(file);
  if (workflow === undefined) return refusal(404, 'Not Found');
  if (world.tellsRuns === 'unheard of' && 'return_run_details' in body)
    return refusal(422, 'Invalid request.\n\n"return_run_details" is not a permitted key.');
  if (workflow.state !== 'active') return refusal(422, 'Cannot trigger a "workflow_dispatch" on a disabled workflow');
  if (body['ref'] !== DEFAULT_BRANCH) return refusal(422, `No ref found for: ${String(body['ref'])}`);
  const inputs = (body['inputs'] ?? {}) as Record<string, string>;
  const strange = Object.keys(inputs).filter((name) => !(workflow.inputs ?? []).includes(name));
  if (strange.length > 0) return refusal(422, `Unexpected inputs provided: ${JSON.stringify(strange)}`);
  const id = 9000 + world.runs.length;
  const at = world.now.toISOString();
  const begun = { id, event: 'workflow_dispatch', status: 'queued', conclusion: null, created_at: at } as const;
  world.runs.unshift({ ...begun, run_started_at: at, jobs: [], ...world.onDispatch(inputs, id) });
  if (body['return_run_details'] !== true || world.tellsRuns !== 'yes') return { status: 204 };
  const run_url = `https://api.github.com/repos/${REPOSITORY}/actions/runs/${id}`;
  return { json: { workflow_run_id: id, run_url, html_url: runPage(id) } };
}

const runPage = (id: number): string => `https://github.com/${REPOSITORY}/actions/runs/${id}`;
