/** A project whose bucket holds records of runs, and a GitHub that hears of them. */
import { type JobResult, noTotals } from '../../orchestrator/result/result.ts';
import { type FakeClock, fakeClock } from '../fakes/clock.ts';
import { type FakeGithub, fakeGithubApi, REPOSITORY, TOKEN } from '../fakes/github-api.ts';
import { configOf, type Outcome, project } from './project.ts';

export interface IssuesWorld {
  readonly github: FakeGithub;
  /** Writes the run's records, and reports on them; `at` is when its jobs started. */
  report(at: string, results: readonly Told[], options?: ReportOptions): Promise<Reported>;
  /** Reports once more on a run. */
  again(run: string, env?: Readonly<Record<string, string>>, args?: readonly string[]): Promise<Reported>;
}

/** A job that failed with a code, a gate that was not met, or neither: then it is well. */
export interface Told
  extends Partial<Pick<JobResult, 'job' | 'result' | 'environment' | 'slot' | 'started_at' | 'gates'>> {
  readonly code?: string;
  readonly message?: string;
}

interface ReportOptions {
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Planned, and without a result. */
  readonly lost?: readonly string[];
  /** How the legs ended, if the workflow says it. */
  readonly legs?: string;
}

export interface Reported extends Outcome {
  readonly summary: string;
  /** Milliseconds of every wait. */
  readonly slept: readonly number[];
}

export async function issuesWorld(): Promise<IssuesWorld> {
  const github = await fakeGithubApi();
  const here = await project({ 'ingestion-config.yaml': configOf({ orders: {} }) });
  let runs = 0;
  const nextRun = (): string => {
    runs += 1;
    return `run-${runs}`;
  };

  async function again(
    run: string,
    env: Readonly<Record<string, string>> = {},
    args: readonly string[] = [],
  ): Promise<Reported> {
    const clock: FakeClock = fakeClock(github.now.toISOString());
    const outcome = await here.run(['report-issues', '--run-id', run, '--json', ...args], {
      clock,
      env: { ...envOf(github.url), ...env },
    });
    return { ...outcome, summary: outcome.runner.summary, slept: clock.slept };
  }

  return {
    github,
    again,
    async report(at, results, { run = nextRun(), env, lost = [], legs } = {}) {
      const write = (name: string, record: unknown): void =>
        here.write(`.tidemill/local/bucket/_tidemill/runs/${run}/${name}.json`, JSON.stringify(record));
      const all = results.map((told) => resultOf(at, run, told));
      const planned = [...all, ...lost.map((job) => ({ job, slot: at }))];
      write('plan', { now: at, runs: planned.map(({ job, slot }) => ({ job, slot })), decisions: [] });
      for (const [index, result] of all.entries()) write(`leg-${index}`, result);
      return again(run, env, legs === undefined ? [] : ['--legs', legs]);
    },
  };
}

const envOf = (url: string) => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_TOKEN: TOKEN,
  GITHUB_REPOSITORY: REPOSITORY,
  GITHUB_API_URL: url,
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_RUN_ID: '4711',
});

function resultOf(at: string, run: string, { code, message = 'it said no', ...more }: Told): JobResult {
  const failure = { kind: 'config', code: code ?? '', message, exit: 2, who: 'you', hint: 'Do this.' } as const;
  return {
    job: 'orders',
    service: 'shop',
    data_type: 'orders',
    environment: 'local',
    slot: at,
    interval: { start: at, end: at },
    run,
    attempt: 1,
    result: code === undefined ? 'done' : 'failed',
    lateness_seconds: 0,
    started_at: at,
    seconds: 1,
    totals: { ...noTotals, inserted: 3 },
    superseded: 0,
    notices: [],
    rejects: [],
    quarantine: [],
    gates: [],
    is_settled: false,
    ...(code === undefined ? {} : { failure }),
    ...more,
  };
}
