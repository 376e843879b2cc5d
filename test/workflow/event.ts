/** What starts a run, and the contexts it brings. */
import type { Json } from './expression.ts';
import type { InputConfig } from './parser.ts';
import type { Workflow } from './workflow.ts';

export type DispatchEvent =
  | { readonly name: 'schedule' }
  | { readonly name: 'repository_dispatch'; readonly type: string }
  /** A run of another workflow, which has ended so. */
  | { readonly name: 'workflow_run'; readonly of: string; readonly conclusion: string }
  /** By somebody's branch, from whose commit the other was made. */
  | { readonly name: 'pull_request'; readonly base: string }
  | { readonly name: 'workflow_dispatch'; readonly inputs: Readonly<Record<string, string | boolean>> };

/** Of what a checkout brings, in every run. */
export const COMMIT = '5f2b1c0d9e8a7f6b5c4d3e2f1a0b9c8d7e6f5a4b';

/** A run keeps its number when it is run again. */
export interface RunIdentity {
  readonly number: number;
  readonly attempt: number;
}

/** `github` and `inputs`. Throws when the workflow does not take the event, or not as it is. */
export function eventContexts(
  workflow: Workflow,
  event: DispatchEvent,
  { number, attempt }: RunIdentity,
): Record<string, Json> {
  const inputs = inputsOf(workflow, event);
  const github = {
    event_name: event.name,
    event: payloadOf(workflow, event),
    actor: 'octocat',
    api_url: 'https://api.github.com',
    ref: 'refs/heads/main',
    ref_name: 'main',
    ref_type: 'branch',
    repository: 'octocat/tidemill',
    repository_owner: 'octocat',
    run_attempt: String(attempt),
    run_id: String(9_000_000_000 + number),
    run_number: String(number),
    server_url: 'https://github.com',
    sha: COMMIT,
    workflow: workflow.file,
  };
  return { github, inputs };
}

function payloadOf({ events }: Workflow, event: DispatchEvent): Json {
  switch (event.name) {
    case 'schedule':
      if (events.schedule === undefined) throw new Error('the workflow has no schedule');
      return { schedule: events.schedule[0]!.cron };
    case 'repository_dispatch':
      if (events.repository_dispatch?.types?.includes(event.type)) return { action: event.type, client_payload: {} };
      throw new Error(`the workflow does not take the dispatch ${event.type}`);
    case 'workflow_run':
      if (events.workflow_run?.workflows?.includes(event.of))
        return { action: 'completed', workflow_run: { name: event.of, conclusion: event.conclusion } };
      throw new Error(`the workflow does not look at ${event.of}`);
    case 'pull_request':
      if (events.pull_request === undefined) throw new Error('the workflow does not look at pull requests');
      return { pull_request: { base: { sha: event.base } } };
    case 'workflow_dispatch':
      return { inputs: Object.fromEntries(Object.entries(event.inputs).map(([name, value]) => [name, String(value)])) };
    default:
      return event satisfies never;
  }
}

/** Inputs as the form or the API hands them over: with their defaults, and refused where they do not fit. */
function inputsOf({ events }: Workflow, event: DispatchEvent): Record<string, Json> {
  if (event.name !== 'workflow_dispatch') return {};
  const declared = events.workflow_dispatch?.inputs ?? {};
  const unknown = Object.keys(event.inputs).filter((name) => declared[name] === undefined);
  if (unknown.length > 0) throw new Error(`Unexpected inputs provided: ${unknown.join(', ')}`);
  return Object.fromEntries(
    Object.entries(declared).map(([name, config]) => [name, inputOf(name, config, event.inputs[name])]),
  );
}

function inputOf(name: string, config: InputConfig, given: string | boolean | undefined): Json {
  const value = given ?? config.default ?? (String(config.type) === 'boolean' ? false : '');
  if (config.required && value === '') throw new Error(`Required input '${name}' not provided`);
  if (config.options !== undefined && !config.options.includes(String(value))) {
    throw new Error(`Provided value '${value}' for input '${name}' not in the list of allowed values`);
  }
  return String(config.type) === 'boolean' ? String(value) === 'true' : value;
}
