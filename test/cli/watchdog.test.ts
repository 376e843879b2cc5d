import { beforeEach, describe, expect, it } from 'vitest';
import { PLAN_JOB, REPORT_JOB, TELLING_STEP } from '../../orchestrator/alerts/watch.ts';
import { fakeClock } from '../fakes/clock.ts';
import {
  type FakeGithub,
  type FakeJob,
  type FakeRun,
  fakeGithubApi,
  REPOSITORY,
  refusal,
  TOKEN,
} from '../fakes/github-api.ts';
import { type Outcome, type Project, project } from './project.ts';

const ORCHESTRATOR = 'data-ingestion-orchestrator.yaml';
const WATCHDOG = 'watchdog.yaml';

let github: FakeGithub;
let here: Project;

beforeEach(async () => {
  github = await fakeGithubApi();
  github.now = new Date('2026-11-21T06:35:00Z');
  for (const file of [ORCHESTRATOR, WATCHDOG]) {
    github.workflows.set(file, { state: 'active', created_at: '2026-01-01T00:00:00Z', enabled: 0 });
  }
  // No configuration, no bucket.
  here = await project({});
});

async function watch(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const known = { GITHUB_TOKEN: TOKEN, GITHUB_REPOSITORY: REPOSITORY, GITHUB_API_URL: github.url };
  const clock = fakeClock(github.now.toISOString());
  const outcome = await here.run(['watchdog', '--json', ...args], {
    clock,
    env: { GITHUB_ACTIONS: 'true', ...known, ...env },
  });
  expect(github.unexpected).toEqual([]);
  github.now = new Date(github.now.getTime() + 60_000);
  return outcome;
}

let ids = 0;

/** A run of the schedule at this hour of the day. */
function run(at: string, conclusion: string | null, more: Partial<FakeRun> = {}): FakeRun {
  ids += 1;
  const instant = at.includes('T') ? at : `2026-11-21T${at}:00Z`;
  const status = conclusion === null ? 'in_progress' : 'completed';
  const times = { created_at: instant, run_started_at: instant };
  return { id: ids, event: 'schedule', status, conclusion, ...times, jobs: [planned], ...more };
}

const job = (name: string, conclusion: string | null, steps: FakeJob['steps'] = []): FakeJob => ({
  name,
  conclusion,
  steps,
});
const planned = job(PLAN_JOB, 'success');
const told = job(REPORT_JOB, 'failure', [
  { name: 'Report', conclusion: 'failure' },
  { name: TELLING_STEP, conclusion: 'success' },
]);

const open = (): string[] => github.issues.filter(({ state }) => state === 'open').map(({ title }) => title);

describe('a run that ended without a report', () => {
  const deaths: readonly [string, FakeRun['jobs']][] = [
    ['cancelled', [planned, job('orders', 'cancelled')]],
    ['timed_out', [planned, job('orders', 'timed_out')]],
    ['startup_failure', []],
    ['failure', [job(PLAN_JOB, 'failure')]],
    ['failure', [planned, job('Report', 'failure', [{ name: TELLING_STEP, conclusion: 'skipped' }])]],
  ];
  it.each(deaths)('gets an issue: %s', async (conclusion, jobs) => {
    github.runs.push(run('06:17', conclusion, { jobs }), run('05:17', 'success'));
    const { exit, json } = await watch();
    expect([exit, json().opened]).toEqual([0, ['A run ended without a report']]);
    const body = github.issues[0]?.body ?? '';
    expect(body).toContain(`"code":"run-${conclusion}"`);
    expect(body).toContain(`/actions/runs/${github.runs[0]!.id}`);
    for (const { name, conclusion: end } of jobs) {
      if (end !== 'success') expect(body).toMatch(new RegExp(`- \\[${name}\\]\\(https:`));
    }
  });

  it('counts each once, however often anybody looks, and is closed by the next that reports', async () => {
    github.runs.push(run('05:17', 'cancelled'), run('04:17', 'cancelled'));
    await watch();
    expect(github.issues[0]?.body).toContain('2 failures so far');
    await watch();
    expect(github.issues[0]?.body).toContain('2 failures so far');
    github.runs.unshift(run('06:17', 'failure', { jobs: [planned, told] }));
    expect((await watch()).json().closed).toEqual(['A run ended without a report']);
    expect(open()).toEqual([]);
  });

  it('may be an old one that was run again', async () => {
    github.runs.push(run('05:17', 'success'), run('04:17', 'cancelled', { run_started_at: '2026-11-21T06:30:00Z' }));
    expect((await watch()).json().opened).toEqual(['A run ended without a report']);
  });

  it('has its jobs asked for, but not those of every run of two days', async () => {
    const hours = Array.from(
      { length: 40 },
      (_, index) => new Date(Date.parse('2026-11-21T06:17:00Z') - index * 3_600_000),
    );
    github.runs.push(...hours.map((at) => run(at.toISOString(), 'cancelled')));
    await watch();
    expect(github.asked().filter((request) => request.endsWith('/jobs'))).toHaveLength(20);
    expect(github.issues[0]?.body).toContain('20 failures so far');
  });

  it('is not one that is red because a job is: that has told', async () => {
    github.runs.push(run('06:17', 'failure', { jobs: [planned, job('orders', 'failure'), told] }));
    expect((await watch()).json().findings).toEqual([
      { watch: 'schedule', word: 'well', line: 'The schedule is on.' },
      { watch: 'planner', word: 'well', line: 'It planned at 2026-11-21 06:17 UTC.' },
      { watch: 'runs', word: 'well', line: 'The run of 2026-11-21 06:17 UTC has reported.' },
    ]);
    expect(github.issues).toEqual([]);
  });

  it('is not one that still goes on', async () => {
    github.runs.push(run('06:17', null), run('05:17', 'success'));
    expect((await watch()).json().opened).toEqual([]);
  });

  it('has its steps looked for on every page of its jobs', async () => {
    const legs = Array.from({ length: 256 }, (_, index) => job(`leg_${index}`, 'failure'));
    github.runs.push(run('06:17', 'failure', { jobs: [planned, ...legs, told] }));
    await watch();
    expect(open()).toEqual([]);
  });

  it('with hundreds of jobs gets an issue that can be read', async () => {
    const legs = Array.from({ length: 256 }, (_, index) => job(`leg | ${index}`, 'cancelled'));
    github.runs.push(run('06:17', 'cancelled', { jobs: [planned, ...legs] }));
    await watch();
    expect(github.issues[0]?.body).toContain('and 246 others');
    expect(github.issues[0]?.body?.length).toBeLessThan(5000);
  });
});

describe('a run whose plan had work and no leg', () => {
  const skipped = { jobs: [planned, job('${{ matrix.leg }}', 'skipped'), told] };
  const title = 'A plan had work, and no leg ran';

  it('gets an issue, though it has reported', async () => {
    github.runs.push(run('06:17', 'failure', skipped), run('05:17', 'failure', skipped), run('04:17', 'success'));
    const { exit, json, runner } = await watch();
    expect([exit, json().opened]).toEqual([0, [title]]);
    expect(github.issues[0]?.body).toMatch(/2 failures so far.*a part of a secret.*actions\/runs/s);
    expect(runner.summary).toContain('The plan of 2026-11-21 06:17 UTC had work, and no leg ran.');
  });

  it('is none where a leg ran, nothing was due, or the newest run is well', async () => {
    const ran = { jobs: [planned, job('orders', 'failure'), told] };
    const idle = { jobs: [planned, job('${{ matrix.leg }}', 'skipped'), job(REPORT_JOB, 'skipped')] };
    for (const newest of [ran, idle]) github.runs.unshift(run('06:17', 'failure', newest));
    github.runs.unshift(run('06:27', 'success'));
    github.runs.push(run('05:17', 'failure', skipped));
    await watch();
    expect(open()).not.toContain(title);
  });
});

describe('a planner that stands still', () => {
  const silent: readonly [string, FakeRun[]][] = [
    ['no run for a day', [run('2026-11-20T06:17:00Z', 'success')]],
    [
      'runs that all fail before they plan',
      ['06', '05', '04'].map((hour) => run(`${hour}:17`, 'failure', { jobs: [job(PLAN_JOB, 'failure'), told] })),
    ],
    ['only runs by hand', [run('06:17', 'success', { event: 'workflow_dispatch' })]],
    ['runs that wait for a machine', [run('06:17', null, { status: 'queued' })]],
    ['nothing at all', []],
  ];
  it.each(silent)('gets an issue: %s', async (_, runs) => {
    github.runs.push(...runs);
    await watch();
    expect(open()).toContain('The planner does not run');
    github.runs.unshift(run('06:31', 'success'));
    await watch();
    expect(open()).toEqual([]);
  });

  const fine: readonly [string, FakeRun][] = [
    ['it planned twelve hours ago', run('2026-11-20T18:17:00Z', 'success')],
    ['a clock elsewhere has called', run('06:17', 'success', { event: 'repository_dispatch' })],
    ['it planned, and a job failed', run('06:17', 'failure', { jobs: [planned, told] })],
    ['the schedule was not switched on until now', run('06:17', 'skipped', { jobs: [job(PLAN_JOB, 'skipped')] })],
  ];
  it.each(fine)('is not one of which %s', async (_, one) => {
    github.runs.push(one);
    await watch();
    expect(open()).toEqual([]);
  });

  it('is not expected of a repository that is new', async () => {
    github.workflows.get(ORCHESTRATOR)!.created_at = '2026-11-21T01:00:00Z';
    expect((await watch()).json().findings[1]).toMatchObject({ word: 'well', line: 'It has not had to run yet.' });
  });

  it('may be given another patience', async () => {
    github.runs.push(run('03:17', 'success'));
    await watch(['--hours', '3']);
    expect(open()).toEqual(['The planner does not run']);
    await watch([], { TIDEMILL_WATCHDOG_HOURS: '3.5' });
    expect(open()).toEqual([]);
    const wrong = await watch(['--hours', 'three']);
    expect([wrong.exit, wrong.json().error.code]).toEqual([2, 'hours-invalid']);
  });
});

describe('the schedule', () => {
  beforeEach(() => {
    github.runs.push(run('06:17', 'success'));
  });

  it('is kept awake, and the watchdog with it, before GitHub switches them off', async () => {
    await watch();
    expect([...github.workflows].map(([file, { enabled }]) => [file, enabled])).toEqual([
      [ORCHESTRATOR, 1],
      [WATCHDOG, 1],
    ]);
  });

  it('is switched on again when GitHub has switched it off', async () => {
    github.workflows.get(ORCHESTRATOR)!.state = 'disabled_inactivity';
    const { exit, runner } = await watch();
    expect([exit, github.workflows.get(ORCHESTRATOR)!.state]).toEqual([0, 'active']);
    expect(runner.summary).toContain('it is on again');
    expect(github.issues).toEqual([]);
  });

  it('is on, also when the watchdog itself has another name', async () => {
    github.workflows.get(ORCHESTRATOR)!.state = 'disabled_inactivity';
    github.workflows.delete(WATCHDOG);
    const { exit, json, runner } = await watch();
    expect([exit, json().findings[0].word]).toEqual([0, 'well']);
    expect(runner.summary).toContain('could not be kept awake');
  });

  it('is left alone when a person has switched it off', async () => {
    github.workflows.get(ORCHESTRATOR)!.state = 'disabled_manually';
    const { runner } = await watch();
    expect(github.asked().filter((request) => request.startsWith('PUT'))).toEqual([]);
    expect(runner.summary).toContain('disabled manually');
  });

  it('gets an issue when it is off and may not be switched on', async () => {
    github.workflows.get(ORCHESTRATOR)!.state = 'disabled_inactivity';
    github.permissions.actions = 'read';
    const { exit, runner } = await watch();
    expect([exit, open()]).toEqual([0, ['GitHub has switched the schedule off']]);
    expect(runner.summary).toContain('github-permission');
    github.permissions.actions = 'write';
    await watch();
    expect(open()).toEqual([]);
  });
});

describe('a watchdog that cannot speak', () => {
  it('is red when there is trouble, so that GitHub sends a mail', async () => {
    github.permissions.issues = 'read';
    const { exit, runner } = await watch();
    expect([exit, github.issues]).toEqual([3, []]);
    expect(runner.summary).toContain('github-permission');
  });

  it('is not red when all is well', async () => {
    github.permissions.issues = 'none';
    github.runs.push(run('06:17', 'success'));
    expect((await watch()).exit).toBe(0);
  });

  it('is red when it cannot see', async () => {
    github.intercept = () => refusal(502, 'Server Error');
    const { exit, json } = await watch();
    expect([exit, json().error.code]).toEqual([4, 'github-unavailable']);
  });

  it('is red without a token', async () => {
    expect((await watch([], { GITHUB_TOKEN: '' })).json().error.code).toBe('github-token-missing');
  });
});
