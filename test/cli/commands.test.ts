import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configOf, project } from './project.ts';

const hourly = { cron: '0 * * * *', prints: [{ a: 1 }] };

describe('tidemill plan', () => {
  it('only looks: a second one sees the same; with --record the job is registered and nothing of the past is owed', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ hourly }) });
    for (const _ of [1, 2]) {
      const { decisions } = (await here.run(['plan', '--json'])).json();
      expect(decisions).toMatchObject([{ job: 'hourly', decision: 'not_due', next: '2026-11-21T07:00:00.000Z' }]);
    }
    await here.run(['plan', '--record'], { now: '2026-11-21T06:30:00Z' });
    expect((await here.run(['plan', '--json'], { now: '2026-11-21T06:59:59Z' })).json().has_work).toBe(false);
    const plan = (await here.run(['plan', '--json'], { now: '2026-11-21T07:10:00Z' })).json();
    expect(plan).toMatchObject({
      now: '2026-11-21T07:10:00.000Z',
      environment: 'local',
      has_work: true,
      max_parallel: 1,
      runs: [
        {
          job: 'hourly',
          slot: '2026-11-21T07:00:00.000Z',
          interval: { start: '2026-11-21T06:00:00.000Z', end: '2026-11-21T07:00:00.000Z' },
          attempt: 1,
        },
      ],
      matrix: { include: [{ leg: 'hourly', runs: 'hourly@2026-11-21T07:00:00.000Z', environment: 'local' }] },
    });
    expect(Object.keys(plan)).not.toContain('records');
  });

  it('sets the outputs of its step and writes its summary', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ hourly }) });
    const args = ['plan', '--job', 'hourly', '--group', '', '--force', 'false'];
    const { outputs, summary } = (await here.run(args, { env: { GITHUB_ACTIONS: 'true' } })).runner;
    expect(outputs).toEqual({
      work: expect.stringMatching(/^\{"m\\u0061t/),
      idle: '',
      machine: expect.stringMatching(/^\{"run_id":"20261121T063000Z-test\d+","services":\["example"\],"install":"-w /),
    });
    expect(JSON.parse(outputs['work'] ?? '')).toEqual({
      matrix: { include: [expect.objectContaining({ leg: 'hourly', timeout_minutes: '40' })] },
      max_parallel: '1',
      run_id: expect.stringMatching(/^20261121T063000Z-test\d+$/),
    });
    expect(summary).toMatch(/^### 1 run planned in local/);
  });

  it('says that there is nothing to do, and does not leave that to what is not said', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ hourly }) });
    const outputsOf = async (args: readonly string[]) =>
      (await here.run(['plan', ...args], { env: { GITHUB_ACTIONS: 'true' } })).runner.outputs;
    for (const args of [[], ['--job', 'hourly', '--dry-run']]) {
      expect(await outputsOf(args)).toEqual({ work: '', idle: 'yes', machine: '' });
    }
  });

  it('names near jobs and groups for one that is not there', async () => {
    const here = await project({
      'ingestion-config.yaml': configOf({ hourly }),
      'job-groups.yaml': 'job_groups: { mornings: [hourly] }',
    });
    expect((await here.run(['plan', '--job', 'houry'])).stderr).toContain('hourly');
    expect((await here.run(['plan', '--group', 'morning'])).stderr).toContain('mornings');
    expect((await here.run(['plan', '--job', 'x_*'])).exit).toBe(2);
    expect((await here.run(['plan', '--group', 'mornings', '--json'])).json().runs).toHaveLength(1);
  });
});

describe('tidemill tick', () => {
  it('runs what is owed once, settles the older slots as superseded, and says when nothing is owed', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ hourly }) });
    expect((await here.run(['tick'])).stdout).toBe('Nothing is owed.\n');
    const late = await here.run(['tick', '--json'], { now: '2026-11-21T10:05:00Z' });
    expect(late.exit).toBe(0);
    expect(late.json().results).toMatchObject([
      { slot: '2026-11-21T10:00:00.000Z', result: 'done', superseded: 3, lateness_seconds: 300 },
    ]);
    expect((await here.run(['tick'], { now: '2026-11-21T10:59:00Z' })).stdout).toBe('Nothing is owed.\n');
    const { recent } = JSON.parse(here.read('.tidemill/local/bucket/_tidemill/state/hourly.json'));
    expect(recent).toMatchObject([
      { outcome: 'superseded', from: '2026-11-21T07:00:00.000Z', slot: '2026-11-21T09:00:00.000Z', count: 3 },
      { outcome: 'done', slot: '2026-11-21T10:00:00.000Z' },
    ]);
  });

  it('runs every slot, oldest first, with catchup all; a failure holds the later ones back', async () => {
    const flaky = { ...hourly, catchup: 'all', command: 'test -e broken && exit 1 || echo "{}"' };
    const here = await project({ 'ingestion-config.yaml': configOf({ flaky }) });
    await here.run(['tick']);
    here.write('broken', '');
    const broken = await here.run(['tick', '--json'], { now: '2026-11-21T09:05:00Z' });
    expect(broken.json().results).toMatchObject([
      { slot: '2026-11-21T07:00:00.000Z', result: 'failed', is_settled: false },
    ]);
    here.write('ingestion-config.yaml', configOf({ flaky: { ...flaky, command: 'echo "{}"' } }));
    const mended = await here.run(['tick', '--json'], { now: '2026-11-21T09:10:00Z' });
    const slots = mended.json().results.map(({ slot, attempt }: { slot: string; attempt: number }) => [slot, attempt]);
    expect(slots).toEqual([
      ['2026-11-21T07:00:00.000Z', 2],
      ['2026-11-21T08:00:00.000Z', 1],
      ['2026-11-21T09:00:00.000Z', 1],
    ]);
  });

  it('names the run and the slots where a job has several, and counts runs', async () => {
    const backlog = { ...hourly, catchup: 'all' };
    const here = await project({ 'ingestion-config.yaml': configOf({ backlog, other: hourly }) });
    await here.run(['tick']);
    const { stdout } = await here.run(['tick', '--run-id', '20261121T090500Z-x'], { now: '2026-11-21T09:05:00Z' });
    expect(stdout).toMatch(/^run 20261121T090500Z-x$/m);
    expect(stdout).toMatch(/^backlog +2026-11-21 08:00 +done/m);
    expect(stdout).toMatch(/^4 runs of 2 jobs done: /m);
    const once = await here.run(['tick'], { now: '2026-11-21T10:05:00Z' });
    expect(once.stdout).toMatch(/^backlog +done/m);
    expect(once.stdout).toMatch(/^2 jobs done: /m);
  });

  it('says what is owed and held back when nothing runs', async () => {
    const broken = { ...hourly, breaker_failures: 1, breaker_minutes: 600, command: 'exit 75' };
    const here = await project({ 'ingestion-config.yaml': configOf({ broken }) });
    await here.run(['tick']);
    expect((await here.run(['tick'], { now: '2026-11-21T07:05:00Z' })).exit).toBe(4);
    const now = { now: '2026-11-21T09:05:00Z' };
    const held = '3 owed, breaker open (broken: the last 1 runs failed; the next probe is at 2026-11-21 17:05 UTC)';
    expect((await here.run(['tick'], now)).stdout).toBe(`Nothing runs now: ${held}\n`);
    expect((await here.run(['plan'], now)).stdout).toContain(
      `local, 2026-11-21 09:05 UTC: nothing runs now: ${held}\n`,
    );
    const recorded = await here.run(['plan', '--record', '--run-id', '20261121T090500Z-x'], now);
    expect(recorded.stdout).toMatch(/^run 20261121T090500Z-x$/m);
  });

  it('gives a slot up after its last attempt', async () => {
    const broken = { ...hourly, max_attempts: 2, command: 'exit 1' };
    const here = await project({ 'ingestion-config.yaml': configOf({ broken }) });
    await here.run(['tick']);
    const settled: unknown[] = [];
    for (const minute of ['05', '10', '15']) {
      const run = await here.run(['tick', '--json'], { now: `2026-11-21T07:${minute}:00Z` });
      settled.push(...run.json().results.map(({ is_settled }: { is_settled: boolean }) => is_settled));
    }
    expect(settled).toEqual([false, true]);
    const { recent } = JSON.parse(here.read('.tidemill/local/bucket/_tidemill/state/broken.json'));
    expect(recent).toMatchObject([{ outcome: 'failed', reason: expect.stringContaining('command-failed') }]);
  });
});

describe('a job state that cannot be read', () => {
  it('is reported and left as it is, and the other jobs run', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ hourly, other: hourly }) });
    await here.run(['tick']);
    here.write('.tidemill/local/bucket/_tidemill/state/hourly.json', '{"version":1,');
    const run = await here.run(['tick', '--json'], { now: '2026-11-21T07:05:00Z' });
    expect(run.json().results).toMatchObject([{ job: 'other', result: 'done' }]);
    expect([run.exit, run.stderr]).toEqual([2, expect.stringContaining('hourly.json is not the state of this job')]);
    expect(here.read('.tidemill/local/bucket/_tidemill/state/hourly.json')).toBe('{"version":1,');
    expect((await here.run(['status'])).exit).toBe(2);
  });
});

describe('a run that was killed', () => {
  const state = '.tidemill/local/bucket/_tidemill/state/rows.json';
  const rows = { ...hourly, prints: [{ a: 1 }, { a: 2 }] };

  it('between the last commit and the settling: the source is not read again, so that nothing appended is doubled', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ rows }) });
    await here.run(['tick']);
    const before = JSON.parse(here.read(state));
    // A warehouse that cannot be opened ends the run where a kill would: the package is committed, not loaded.
    here.write('.tidemill/local/warehouse.duckdb', 'not a database, but long enough to be looked at '.repeat(500));
    expect((await here.run(['tick'], { now: '2026-11-21T07:05:00Z' })).exit).not.toBe(0);
    expect(JSON.parse(here.read(state))).toMatchObject({
      targets: { main: { pending: [{}] } },
      extracted: ['2026-11-21T07:00:00.000Z'],
    });
    expect(before.targets).toEqual({});
    rmSync(here.path('.tidemill/local/warehouse.duckdb'));
    const again = await here.run(['tick', '--json'], { now: '2026-11-21T07:10:00Z' });
    expect(again.json().results).toMatchObject([{ result: 'done', attempt: 2, totals: { inserted: 2, packages: 0 } }]);
  });

  it('for good, on its last attempt: the next tick says so and is red', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ rows: { ...rows, max_attempts: 1 } }) });
    await here.run(['tick']);
    const claim = {
      slot: '2026-11-21T07:00:00.000Z',
      run: 'dead',
      attempt: 1,
      claimed_at: '2026-11-21T07:01:00.000Z',
      lease_until: '2026-11-21T07:06:00.000Z',
    };
    here.write(state, JSON.stringify({ ...JSON.parse(here.read(state)), claim }));
    const run = await here.run(['tick'], { now: '2026-11-21T07:10:00Z' });
    expect([run.exit, run.stderr]).toEqual([4, expect.stringContaining('rows')]);
    expect(JSON.parse(here.read(state))).toMatchObject({ recent: [{ outcome: 'failed' }] });
    expect(JSON.parse(here.read(state)).claim).toBeUndefined();
  });
});

describe('tidemill run --slot', () => {
  it('hands over the interval of a slot again, settles nothing, and refuses an instant that is no slot of the past', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ hourly }) });
    await here.run(['tick']);
    const again = await here.run(['run', 'hourly', '--slot', '2026-11-21T02:00:00Z', '--json']);
    expect(again.json().results[0]).toMatchObject({
      result: 'done',
      slot: expect.stringMatching(/^manual-/),
      interval: { start: '2026-11-21T01:00:00.000Z', end: '2026-11-21T02:00:00.000Z' },
    });
    for (const wrong of ['2027-11-21T06:00:00Z', '2026-11-21T06:11:00Z']) {
      const refused = await here.run(['run', 'hourly', '--slot', wrong]);
      expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining('2026-11-21T06:00:00.000Z')]);
      expect((await here.run(['run', `hourly@${wrong}`])).exit).toBe(2);
    }
    const owed = await here.run(['tick', '--json'], { now: '2026-11-21T07:10:00Z' });
    expect(owed.json().results).toMatchObject([{ slot: '2026-11-21T07:00:00.000Z', result: 'done' }]);
  });

  it('is settled with the older ones when its last attempt fails: none of them vanishes', async () => {
    const broken = { ...hourly, max_attempts: 1, command: 'exit 1' };
    const here = await project({ 'ingestion-config.yaml': configOf({ broken }) });
    await here.run(['tick']);
    await here.run(['tick'], { now: '2026-11-21T09:05:00Z' });
    const { recent } = JSON.parse(here.read('.tidemill/local/bucket/_tidemill/state/broken.json'));
    expect(recent).toMatchObject([
      { outcome: 'superseded', from: '2026-11-21T07:00:00.000Z', slot: '2026-11-21T08:00:00.000Z' },
      { outcome: 'failed', slot: '2026-11-21T09:00:00.000Z' },
    ]);
  });
});

describe('tidemill status', () => {
  it('tells the last outcome, what is owed and how late', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ hourly }) });
    await here.run(['tick']);
    await here.run(['tick'], { now: '2026-11-21T07:05:00Z' });
    const status = (await here.run(['status', '--json'], { now: '2026-11-21T08:30:00Z' })).json();
    expect(status.jobs).toMatchObject([
      {
        job: 'hourly',
        settled_through: '2026-11-21T07:00:00.000Z',
        owed: ['2026-11-21T08:00:00.000Z'],
        lateness_seconds: 1800,
        packages_to_load: 0,
        recent: [{ outcome: 'done' }],
      },
    ]);
    expect((await here.run(['status'])).stdout).toMatch(/^hourly +not due +✓ +11-21 08:00$/m);
  });
});

describe('tidemill validate', () => {
  it('refuses two jobs of which each deletes what it does not name, in one environment', async () => {
    const validate = async (data_type: string, service: string, ...environments: (string | undefined)[]) => {
      const options = service === 'google_sheets' ? { spreadsheet_id: '1', ranges: ['A'] } : {};
      const jobs = environments.map((environment, index) => [
        `job_${index}`,
        { service, data_type, options, ...(environment === undefined ? {} : { environment }) },
      ]);
      const stores = { bucket: './b', warehouse: './w.duckdb' };
      const config = {
        environments: { dev: stores, prd: stores },
        services: { [service]: {} },
        jobs: Object.fromEntries(jobs),
      };
      const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
      return (await here.run(['validate'])).stderr;
    };
    const refused = 'job_1: job_0 loads';
    expect(await validate('events', 'google_calendar', undefined, 'dev')).toContain(refused);
    expect(await validate('values', 'google_sheets', 'dev', 'dev')).toContain(refused);
    expect(await validate('tasks', 'todoist', 'dev', undefined)).toContain(refused);
    expect(await validate('events', 'google_calendar', 'dev', 'prd')).toBe('');
    expect(await validate('top_tracks', 'spotify', 'dev', 'dev')).toBe('');
  });

  it('reports all faults at once, each at its place, on Actions as annotations', async () => {
    const text = 'jobs:\n  a:\n    servce: example\n    data_type: x\n    cron: "61 * * * *"\n';
    const here = await project({ 'ingestion-config.yaml': text });
    const run = await here.run(['validate'], { env: { GITHUB_ACTIONS: 'true' } });
    expect(run.exit).toBe(2);
    expect(run.stderr).toMatch(/ingestion-config\.yaml:3:5/);
    expect(run.stderr).toMatch(/ingestion-config\.yaml:5:11/);
    for (const place of [
      { line: 3, column: 5 },
      { line: 5, column: 11 },
    ])
      expect(run.runner.annotations).toContainEqual(expect.objectContaining({ level: 'error', ...place }));
    expect((await here.run(['validate', '--json'])).json().error.faults.length).toBeGreaterThanOrEqual(2);
  });

  it('asks the connectors: service, data type, options', async () => {
    const jobs = {
      typo: { service: 'web_features', data_type: 'feature' },
      options: { service: 'web_features', data_type: 'features', options: { version: '^3' } },
      nobody: { service: 'nobody', data_type: 'x' },
    };
    const config = JSON.stringify({ services: { web_features: {}, nobody: {} }, jobs }, undefined, 2);
    const here = await project({ 'ingestion-config.yaml': config });
    const { faults } = (await here.run(['validate', '--json'])).json().error;
    const messages = faults.map(({ message }: { message: string }) => message).join('\n');
    expect(messages).toContain('no data type feature');
    expect(messages).toContain('options.version');
    expect(messages).toContain('No connector for the service nobody');
  });
});

describe('tidemill doctor', () => {
  it('names what is missing, and never a value', async () => {
    const needy = { dependencies: ['A_TOKEN', 'B_TOKEN'], command: 'true' };
    const here = await project({ 'ingestion-config.yaml': configOf({ needy }) });
    const run = await here.run(['doctor'], { env: { A_TOKEN: 'hush' } });
    expect(run.exit).toBe(2);
    expect(run.stdout).toContain('B_TOKEN');
    expect(run.stdout).not.toMatch(/A_TOKEN|hush/);
    expect((await here.run(['doctor', '--json'], { env: { A_TOKEN: 'x', B_TOKEN: 'y' } })).json()).toMatchObject({
      is_fine: true,
    });
  });

  it('names the program of a job that is not there, on the path and by its place', async () => {
    const columns = { columns: { id: 'bigint' }, primary_key: ['id'] };
    const jobs = {
      here: { ...columns, command: ['present', 'x'] },
      gone: { ...columns, command: ['absent', 'x'] },
      beside: { ...columns, command: ['./bin/beside'] },
      line: { ...columns, command: 'absent | sort' },
    };
    const here = await project({ 'ingestion-config.yaml': configOf(jobs), 'bin/present': '' });
    const env = { PATH: here.path('bin') };
    const { exit, stdout } = await here.run(['doctor'], { env });
    expect(exit).toBe(2);
    expect(stdout.match(/^MISS.*$/gm)).toEqual([
      expect.stringMatching(/^MISS {2}program +gone starts absent, which is not found here\. /),
      expect.stringMatching(/^MISS {2}program +beside starts \.\/bin\/beside, which/),
    ]);
    for (const path of ['bin/absent', 'bin/beside']) here.write(path, '');
    expect((await here.run(['doctor'], { env })).exit).toBe(0);
  });

  it('tells of credentials that GitHub would find everywhere, and never a value', async () => {
    const needy = { dependencies: ['FLAG', 'KEY_FILE', 'TOKEN'], command: 'true' };
    const here = await project({ 'ingestion-config.yaml': configOf({ needy }) });
    const env = { FLAG: 'on', KEY_FILE: '{\n  "key": "hush-hush"\n}\n', TOKEN: 'hush\nhush' };
    const { exit, stdout } = await here.run(['doctor'], { env });
    expect([exit, stdout]).toEqual([0, expect.stringMatching(/^NOTE {2}short secrets +FLAG, KEY_FILE: .*a variable/m)]);
    expect(stdout).not.toMatch(/hush|TOKEN/);
  });
});

describe('tidemill report', () => {
  it('gathers the legs of a run and notices one that said nothing', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ one: hourly, two: hourly, three: hourly }) });
    const id = ['--run-id', '20261121T063000Z-7-1'];
    const plan = (await here.run(['plan', '--record', '--job', '*', '--json', ...id])).json();
    const [first, second] = plan.runs.map(({ job, slot }: { job: string; slot: string }) => `${job}@${slot}`);
    await here.run(['run', first, ...id]);
    await here.run(['run', second, ...id]);
    const env = { GITHUB_ACTIONS: 'true' };
    const report = await here.run(['report', '--json', ...id], { env });
    expect(report.exit).toBe(4);
    expect(report.json()).toMatchObject({ results: [{ job: 'one' }, { job: 'two' }], missing: [{ job: 'three' }] });
    expect(report.runner.summary).toContain('ended without a report');
    expect((await here.run(['report', '--run-id', 'nothing'])).stderr).toContain('no record of the run');
  });
});

describe('a warehouse that was lost', () => {
  it('is noticed by doctor, until the bucket is loaded again', async () => {
    const here = await project({ 'ingestion-config.yaml': configOf({ hourly, quiet: hourly }) });
    const silver = async () => (await here.run(['doctor'])).stdout.match(/^.* silver .*$/m)?.[0];
    expect((await here.run(['run', 'hourly'])).exit).toBe(0);
    expect(await silver()).toBeUndefined();
    rmSync(here.path('.tidemill/local/warehouse.duckdb'));
    expect(await silver()).toMatch(/^NOTE {2}silver .* 1 job .*`npx tidemill replay 'hourly'`$/);
    expect((await here.run(['doctor'])).exit).toBe(0);
    expect((await here.run(['replay', 'hourly'])).exit).toBe(0);
    expect(await silver()).toBeUndefined();
  });
});

describe('a command line that cannot be understood', () => {
  it.each([
    [['status', '--jsn'], 'unknown option'],
    [['rewind', 'hourly'], '--to'],
    [['stauts'], 'status'],
  ])('is one document on stdout with --json: %j', async (args, says) => {
    const here = await project({ 'ingestion-config.yaml': configOf({ hourly }) });
    const { exit, json, stderr } = await here.run([...args, '--json']);
    const message = expect.stringContaining(says);
    expect([exit, json()]).toEqual([2, { error: expect.objectContaining({ code: 'usage', exit: 2, message }) }]);
    expect(stderr).not.toBe('');
    expect((await here.run(args)).stdout).toBe('');
  });
});
