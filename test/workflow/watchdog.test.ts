/** The real watchdog, run on a machine of its own, with a GitHub that answers here. */
import { beforeAll, describe, expect, it } from 'vitest';
import { PLAN_JOB, REPORT_JOB, TELLING_STEP } from '../../orchestrator/alerts/watch.ts';
import { type FakeGithub, type FakeRun, fakeGithubApi, REPOSITORY, TOKEN } from '../fakes/github-api.ts';
import type { DispatchEvent } from './event.ts';
import { runWorkflow, type WorkflowRun } from './harness.ts';
import { makeRepository, type Repository } from './repository.ts';
import { brokenRules } from './rules.ts';
import { legsOf, logOf, orchestrator, prints, resultsOf, shop, warmCache, workflowText } from './scenario.ts';
import { readWorkflow } from './workflow.ts';

const WATCHDOG = 'watchdog.yaml';
const ORCHESTRATOR = 'data-ingestion-orchestrator.yaml';
const NOW = '2026-11-21T06:41:00Z';
const SCHEDULED = { values: { TIDEMILL_ENVIRONMENT: 'dev' } };

const watchdog = async (change: (text: string) => string = (text) => text) =>
  readWorkflow(WATCHDOG, change(await workflowText(WATCHDOG)));

let repository: Repository;

beforeAll(async () => {
  repository = await makeRepository({ jobs: { orders: shop('orders', prints(1)) } });
});

async function githubWith(...runs: FakeRun[]): Promise<FakeGithub> {
  const github = await fakeGithubApi();
  for (const file of [WATCHDOG, ORCHESTRATOR]) {
    github.workflows.set(file, { state: 'active', created_at: '2026-01-01T00:00:00Z', enabled: 0 });
  }
  github.runs.push(...runs);
  return github;
}

async function watch(github: FakeGithub, event: DispatchEvent, vars = SCHEDULED): Promise<WorkflowRun> {
  return runWorkflow(await watchdog(), {
    event,
    repository: repository.folder,
    cache: await warmCache(),
    vars,
    machineEnv: { TIDEMILL_NOW: NOW },
    github: { api_url: github.url, token: TOKEN, repository: REPOSITORY },
  });
}

const ended = (conclusion: string): DispatchEvent => ({ name: 'workflow_run', of: 'Data ingestion', conclusion });

const run = (id: number, conclusion: string, at: string): FakeRun => {
  const jobs = [{ name: PLAN_JOB, conclusion: 'success', steps: [] }];
  return { id, event: 'schedule', status: 'completed', conclusion, created_at: at, run_started_at: at, jobs };
};

describe('the watchdog', () => {
  it('is started by a run that died, opens an issue for it, and closes it when the next one is well', async () => {
    const github = await githubWith(run(7, 'timed_out', '2026-11-21T05:17:00Z'));
    const first = await watch(github, ended('timed_out'));
    expect(resultsOf(first), logOf(first)).toEqual({ watch: 'success' });
    expect(github.issues.map(({ title, state }) => [title, state])).toEqual([['A run ended without a report', 'open']]);
    expect(github.issues[0]!.body).toContain(`https://github.com/${REPOSITORY}/actions/runs/7`);
    expect(legsOf(first, 'watch')[0]!.summary).toMatch(/1 run looked at, 1 of them ended without a report/);
    github.runs.unshift(run(8, 'success', '2026-11-21T06:17:00Z'));
    await watch(github, { name: 'schedule' });
    expect(github.issues.map(({ state }) => state)).toEqual(['closed']);
    expect(github.unexpected).toEqual([]);
  });

  it.each(['success', 'skipped'])('costs no machine for a run that ended as %s', async (conclusion) => {
    const github = await githubWith();
    const ran = await watch(github, ended(conclusion));
    expect([resultsOf(ran), github.requests]).toEqual([{ watch: 'skipped' }, []]);
  });

  it('leaves a repository alone whose schedule nobody has switched on', async () => {
    const github = await githubWith();
    const ran = await watch(github, { name: 'schedule' }, { values: { TIDEMILL_ENVIRONMENT: '' } });
    expect([resultsOf(ran), github.requests]).toEqual([{ watch: 'skipped' }, []]);
  });

  it('switches on again what GitHub has switched off', async () => {
    const github = await githubWith(run(8, 'success', '2026-11-21T06:17:00Z'));
    github.workflows.get(ORCHESTRATOR)!.state = 'disabled_inactivity';
    const ran = await watch(github, { name: 'workflow_dispatch', inputs: {} });
    expect(github.workflows.get(ORCHESTRATOR)!.state).toBe('active');
    expect(legsOf(ran, 'watch')[0]!.summary).toContain('it is on again');
  });
});

describe('what the watchdog relies on', () => {
  it('is what the orchestrator is called, and its jobs and its step', async () => {
    const { jobs, fields } = await orchestrator();
    const { events } = await watchdog();
    expect(events.workflow_run?.workflows).toEqual([fields.get('name')?.toString()]);
    const steps = jobs.flatMap((job) => job.steps).map(({ fields: step }) => step.get('name')?.toString());
    const names = jobs.map((job) => job.fields.get('name')?.toString());
    expect(names).toEqual([PLAN_JOB, '${{ matrix.leg }}', REPORT_JOB]);
    expect(steps).toContain(TELLING_STEP);
  });

  it('is started by nobody from outside', async () => {
    const { events } = await orchestrator();
    expect(Object.keys(events).sort()).toEqual(['repository_dispatch', 'schedule', 'workflow_dispatch']);
  });
});

describe('a watchdog that trusts the watched run', () => {
  const worse: readonly [string, string, string][] = [
    ['by checking out its code', 'persist-credentials: false', 'persist-credentials: false\n          ref: main'],
    ['by reading its branch', '${{ vars.TIDEMILL_WATCHDOG_HOURS }}', '${{ github.event.workflow_run.head_branch }}'],
    ['by reading it in a condition', "github.event_name == 'workflow_dispatch'", 'github.event.workflow_run.name'],
    ['by handing on all of it', '${{ vars.TIDEMILL_WATCHDOG_HOURS }}', '${{ toJSON(github) }}'],
  ];
  it.each(worse)('is found: %s', async (_, from, to) => {
    const workflow = await watchdog((text) => {
      expect(text).toContain(from);
      return text.replace(from, () => to);
    });
    expect(brokenRules(workflow).map(({ rule }) => rule)).toContain('nothing of a watched run is used');
  });

  it('and one that may more than it needs', async () => {
    const workflow = await watchdog((text) => text.replace('tidemill.mjs watchdog', 'tidemill.mjs plan'));
    expect(brokenRules(workflow).map(({ rule }) => rule)).toEqual([
      'permissions are minimal',
      'permissions are minimal',
    ]);
  });
});
