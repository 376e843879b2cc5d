/** A repository that has nothing at GitHub yet, and somebody who walks through what it lacks. */
import { fakeClock } from '../fakes/clock.ts';
import { type CloudPrograms, cloudPrograms } from '../fakes/cloud-programs.ts';
import { type FakeGithub, fakeGithubApi, REPOSITORY, TOKEN } from '../fakes/github-api.ts';
import { configOf, type Outcome, type Project, project, type RunOptions } from './project.ts';

export const WORKFLOW = 'data-ingestion-orchestrator.yaml';
const INPUTS = ['job', 'group', 'force', 'full_refresh', 'accept_deletes', 'dry_run', 'environment'];

export interface Walker extends Project {
  readonly github: FakeGithub;
  readonly programs: CloudPrograms;
  /** `tidemill setup`, with a token in the shell; `{ GITHUB_TOKEN: '' }` takes it away. */
  setUp(args?: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Requests that changed something, or were to. */
  writes(): string[];
}

export interface WalkerOptions {
  /** More of the configuration, or other than by default. */
  readonly config?: object;
  /** Programs of clouds that this machine has. */
  readonly programs?: readonly string[];
  /** What the gh command is signed in with. */
  readonly gh?: { readonly token: string };
}

/** Its bucket is a folder, and its one program reads one secret. */
export async function walker({ config = {}, programs: names = [], gh }: WalkerOptions = {}): Promise<Walker> {
  const jobs = JSON.parse(configOf({ orders: { dependencies: ['ORDERS_API_KEY'] } }));
  const groups = { job_groups: { starter: ['orders'] } };
  const written = { environments: { dev: { bucket: 'bucket-dev' } }, ...jobs, ...groups, ...config };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(written) });
  const programs = cloudPrograms(here.folder, names, gh);
  const github = await fakeGithubApi();
  github.workflows.set(WORKFLOW, { state: 'active', created_at: '2026-11-01T00:00:00Z', enabled: 0, inputs: INPUTS });
  github.onDispatch = () => ({ status: 'completed', conclusion: 'success' });
  const shell = { PATH: programs.path, GITHUB_TOKEN: TOKEN, GITHUB_REPOSITORY: REPOSITORY, GITHUB_API_URL: github.url };
  return {
    ...here,
    github,
    programs,
    setUp: (args = [], { env = {}, ...options } = {}) =>
      here.run(['setup', ...args], { clock: fakeClock('2026-11-21T06:30:00Z'), env: { ...shell, ...env }, ...options }),
    writes: () => github.asked().filter((request) => !request.startsWith('GET ')),
  };
}

/** A word for each step, as `step what: is`. */
export const stepsOf = (outcome: Outcome): string[] =>
  outcome.json().steps.map(({ step, what, is }: Record<string, string>) => `${step} ${what}: ${is}`);

/** What the person types next, for each question in its turn; then they leave. */
export function typing(...answers: readonly string[]): { type: () => string | undefined; readonly left: () => number } {
  const ahead = [...answers];
  return { type: () => ahead.shift(), left: () => ahead.length };
}
