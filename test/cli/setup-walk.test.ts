/** The walk through what an environment lacks, from a repository that has nothing to its first run at GitHub. */
import { STATE_KEY } from '@tidemill/kit/credentials';
import { expect, it } from 'vitest';
import { fakeClock } from '../fakes/clock.ts';
import { cloudPrograms } from '../fakes/cloud-programs.ts';
import { type FakeGithub, fakeGithubApi, REPOSITORY, TOKEN } from '../fakes/github-api.ts';
import { configOf, type Outcome, type Project, project, type RunOptions } from './project.ts';

const WORKFLOW = 'data-ingestion-orchestrator.yaml';
const INPUTS = ['job', 'group', 'force', 'full_refresh', 'accept_deletes', 'dry_run', 'environment'];
const SECRET = 'orders-key-77aa31';

interface Walker extends Project {
  readonly github: FakeGithub;
  setUp(args?: readonly string[], options?: RunOptions): Promise<Outcome>;
}

/** A repository whose bucket is a folder, with a program that reads one secret. */
async function walker(more: object = {}): Promise<Walker> {
  const jobs = configOf({ orders: { dependencies: ['ORDERS_API_KEY'] } });
  const environments = { dev: { bucket: 'bucket-dev' } };
  const config = { environments, ...JSON.parse(jobs), job_groups: { starter: ['orders'] }, ...more };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
  const programs = cloudPrograms(here.folder, []);
  const github = await fakeGithubApi();
  github.workflows.set(WORKFLOW, { state: 'active', created_at: '2026-11-01T00:00:00Z', enabled: 0, inputs: INPUTS });
  github.onDispatch = () => ({ status: 'completed', conclusion: 'success' });
  const env = { PATH: programs.path, GITHUB_TOKEN: TOKEN, GITHUB_REPOSITORY: REPOSITORY, GITHUB_API_URL: github.url };
  return {
    ...here,
    github,
    setUp: (args = [], { env: own = {}, ...options } = {}) =>
      here.run(['setup', ...args], { clock: fakeClock('2026-11-21T06:30:00Z'), env: { ...env, ...own }, ...options }),
  };
}

const words = (outcome: Outcome): string[] => outcome.json().steps.map((step: { is: string }) => step.is);

it('leads from nothing to a green run, and changes nothing the second time', async () => {
  const here = await walker();
  const env = { ORDERS_API_KEY: SECRET };
  const first = await here.setUp(['--yes', '--schedule', '--json'], { env });
  expect([first.exit, first.stderr]).toEqual([0, expect.not.stringContaining('wrong')]);
  expect(here.github.environments.get('dev')?.secrets).toEqual(new Map([['ORDERS_API_KEY', SECRET]]));
  expect(here.github.repository.variables).toEqual(new Map([['TIDEMILL_ENVIRONMENT', 'dev']]));
  expect(here.github.runs).toHaveLength(1);
  expect(first.json()).toMatchObject({ environment: 'dev', is_fine: true });
  expect(first.stdout).toContain('/actions/runs/9000');

  const writes = () => here.github.asked().filter((request) => !request.startsWith('GET '));
  const before = writes();
  const second = await here.setUp(['--yes', '--schedule', '--json'], { env });
  expect([second.exit, new Set(words(second))]).toEqual([0, new Set(['fine'])]);
  expect(writes()).toEqual(before);
  expect(here.github.unexpected).toEqual([]);
  expect(`${first.stdout}${first.stderr}${second.stdout}`).not.toContain(SECRET);
  expect(STATE_KEY).toBeDefined();
});
