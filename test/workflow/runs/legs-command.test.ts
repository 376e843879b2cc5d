/** `tidemill legs`: the legs of a recorded plan as processes of one machine, each by itself. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@tidemill/kit/retry';
import { describe, expect, it } from 'vitest';
import { startProcess } from '../../../orchestrator/cli/subprocess.ts';
import { until } from '../../cli/legs.ts';
import { type Project, project, type RunOptions } from '../../cli/project.ts';

const BIN = fileURLToPath(new URL('../../../orchestrator/bin/tidemill.mjs', import.meta.url));
const RUN = 'r1';
const NOW = { TIDEMILL_NOW: '2026-11-21T06:30:00Z' };
const TOKENS = Object.fromEntries(['A', 'B', 'C', 'ONE', 'OTHER'].map((name) => [`${name}_TOKEN`, `token of ${name}`]));
const ACTIONS = { ...NOW, GITHUB_ACTIONS: 'true', CI: 'true' };
const PLAN = `.tidemill/local/bucket/_tidemill/runs/${RUN}/plan.json`;

/** A command job of Node. Its service has a secret, so that it shares its leg with no other. */
const job = (service: string, script: string, more: object = {}): object => {
  const dependencies = [`${service.toUpperCase()}_TOKEN`];
  return { service, data_type: 'things', command: [process.execPath, '--eval', script], dependencies, ...more };
};
const prints = `console.log('{}');`;
const fails = 'process.exit(3);';
/** Does not end by itself. */
const waits = `require('node:fs').writeFileSync(process.env.TIDEMILL_JOB, ''); setTimeout(() => undefined, 100_000);`;

/** Fails where another of its kind runs beside it, for whom it waits a second. */
const alone = `
  const { mkdirSync, rmdirSync } = require('node:fs');
  mkdirSync('taken');
  setTimeout(() => { rmdirSync('taken'); ${prints} }, 1000);`;

/** A project whose plan of all its jobs is recorded. */
async function planned(jobs: Readonly<Record<string, object>>, parallel = 2): Promise<Project> {
  const global = { legs: 'single', max_parallel_jobs: parallel };
  const environments = { local: { bucket: '.tidemill/local/bucket', warehouse: 'lake' } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify({ global, environments, jobs }) });
  const env = { TIDEMILL_CREDENTIALS: [...Object.keys(TOKENS), 'SHARED', 'PATH'].join(',') };
  expect(await here.run(['plan', '--record', '--force', '--run-id', RUN], { env })).toMatchObject({ exit: 0 });
  return here;
}

const legs = (here: Project, args: readonly string[] = [], options: RunOptions = {}) =>
  here.run(['legs', '--run-id', RUN, ...args], { ...options, env: { ...TOKENS, ...NOW, ...options.env } });

const exits = (stdout: string): Record<string, number> =>
  Object.fromEntries(JSON.parse(stdout).legs.map(({ leg, exit }: { leg: string; exit: number }) => [leg, exit]));

describe.runIf(process.platform === 'linux')('the environment of a leg', () => {
  /** What the process that runs the job was started with, and what the job itself sees. */
  const look = `
    const { readFileSync, writeFileSync } = require('node:fs');
    const leg = readFileSync('/proc/' + process.ppid + '/environ', 'utf8').replaceAll('\\0', '\\n');
    writeFileSync(process.env.TIDEMILL_JOB + '.env', leg + JSON.stringify(process.env));
    console.log('{}');`;
  const SECRETS = { A_TOKEN: 'secret-of-a', B_TOKEN: 'secret-of-b', OLD: 'secret-of-old', SHARED: 'secret-of-two' };
  const FILES = ['ENV', 'OUTPUT', 'PATH', 'STATE', 'STEP_SUMMARY'].map((name) => `GITHUB_${name}`);

  it('has the secrets of its own services alone, whoever names them, and none of the files of the step', async () => {
    const here = await planned({
      a: job('a', look, { dependencies: ['A_TOKEN', 'PATH', 'SHARED'] }),
      b: job('b', look, { dependencies: ['B_TOKEN', 'SHARED'] }),
      none: job('none', look, { dependencies: [] }),
    });
    const files = Object.fromEntries(FILES.map((name) => [name, here.path(name)]));
    const told = { TIDEMILL_SECRETS_OF: 'OLD=a A_TOKEN=a', SOMETHING: 'else' };
    const ran = await legs(here, ['--json'], { env: { ...ACTIONS, ...SECRETS, ...files, ...told } });
    expect(exits(ran.stdout), ran.stderr).toEqual({ a: 0, b: 0, none: 0 });
    const seenBy = (name: string): string[] => {
      const text = here.read(`${name}.env`);
      expect(text, 'what is nobody’s is everybody’s').toMatch(/^SOMETHING=else$/m);
      return [...Object.values(SECRETS), ...Object.values(files)].filter((value) => text.includes(value));
    };
    expect(seenBy('a')).toEqual([SECRETS.A_TOKEN, SECRETS.OLD, SECRETS.SHARED]);
    expect(seenBy('b')).toEqual([SECRETS.B_TOKEN, SECRETS.SHARED]);
    expect(seenBy('none')).toEqual([]);
  });

  it.each([['--env-file=secrets.env'], ['--env-file', 'secrets.env'], ['--env-file-if-exists=secrets.env']])(
    'is not filled anew from the file that Node was given: %s',
    async (...flags) => {
      const here = await planned({ a: job('a', prints), b: job('b', prints) });
      here.write(
        'secrets.env',
        Object.entries(SECRETS)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
      );
      const kept = `import { writeFileSync } from 'node:fs'; writeFileSync(process.pid + '.seen', JSON.stringify(process.env));`;
      const node = [process.execPath, ...flags, '--import', `data:text/javascript,${encodeURIComponent(kept)}`];
      const env = { ...NOW, PATH: process.env['PATH'] ?? '' };
      const ears = { out: () => undefined, err: () => undefined };
      const ran = startProcess([...node, BIN, 'legs', '--run-id', RUN], { cwd: here.folder, env }, ears);
      expect(await ran.ended).toMatchObject({ code: 0 });
      const seen = readdirSync(here.folder)
        .filter((file) => file.endsWith('.seen'))
        .map((file) => here.read(file))
        .map((text) => [SECRETS.A_TOKEN, SECRETS.B_TOKEN].filter((value) => text.includes(value)).join());
      expect(seen.sort()).toEqual([SECRETS.A_TOKEN, `${SECRETS.A_TOKEN},${SECRETS.B_TOKEN}`, SECRETS.B_TOKEN]);
    },
  );
});

describe('legs side by side', () => {
  it('end as they end: one that fails holds up no other, and the code is that of the first that is red', async () => {
    const here = await planned({ a: job('a', prints), bad: job('b', fails), c: job('c', prints) });
    const ran = await legs(here, ['--error-dir', 'errors']);
    expect(ran.exit, ran.stdout).toBe(5);
    expect(ran.stdout).toMatch(/^bad \| starts: 1 run$/m);
    expect(ran.stdout).toMatch(/^bad \| bad {2}failed: command-failed/m);
    expect(ran.stdout).toMatch(/run r1\n\nleg +outcome +time\n─.*\na +done .*\nbad +exit code 5 .*\nc +done /);
    expect(readdirSync(here.path('errors', 'bad'))).toEqual([expect.stringMatching(/^bad\.manual-r1.*\.json$/)]);
    expect(readdirSync(here.path('errors'))).toEqual(['bad']);
    const report = await here.run(['report', '--run-id', RUN, '--json']);
    expect(report.json().results.map(({ job: id, result }: Record<string, string>) => [id, result])).toEqual([
      ['a', 'done'],
      ['bad', 'failed'],
      ['c', 'done'],
    ]);
    expect(report.json().missing).toEqual([]);
  });

  it('wait for each other where the warehouse is a file that only one of them can have open', async () => {
    const here = await planned({ a: job('a', alone), b: job('b', alone), c: job('c', alone) }, 3);
    const config = JSON.parse(here.read('ingestion-config.yaml'));
    config.environments.local.warehouse = 'silver.duckdb';
    here.write('ingestion-config.yaml', JSON.stringify(config));
    const ran = await legs(here, ['--json']);
    expect(exits(ran.stdout), ran.stderr).toEqual({ a: 0, b: 0, c: 0 });
  });

  it('run the jobs of one service one after the other, with --json as one document', async () => {
    const jobs = Object.fromEntries(
      ['x', 'y', 'z'].map((id) => [id, job('one', alone, { data_type: id, timeout_minutes: 1 })]),
    );
    const here = await planned({ ...jobs, other: job('other', prints) });
    const ran = await legs(here, ['--json']);
    const { run, unstarted, results } = ran.json();
    expect([ran.exit, run, unstarted], ran.stderr).toEqual([0, RUN, []]);
    expect(exits(ran.stdout)).toEqual({ 'x-and-2-more': 0, other: 0 });
    expect(results.map((result: { job: string }) => result.job)).toEqual(['x', 'y', 'z', 'other']);
    expect(ran.json().legs[0].runs).toEqual(['x', 'y', 'z'].map((id) => `${id}@manual-${RUN}`));
    expect(ran.stderr).toMatch(/^x-and-2-more \| x {2}done/m);
  });

  it('are told how to read, and how long they may take', async () => {
    const says = `console.log(JSON.stringify({ full: process.env.TIDEMILL_FULL_REFRESH }));`;
    const here = await planned({ a: job('a', says) });
    const ran = await legs(here, ['--full-refresh', '--accept-deletes', '--time-limit', '5', '--json']);
    expect([ran.exit, ran.json().results[0]], ran.stderr).toEqual([0, expect.objectContaining({ mode: 'full' })]);
  });
});

describe('what legs tell GitHub’s runner', () => {
  it('reaches it whole: annotations and masks, summaries in the order of the plan; nothing else is a command', async () => {
    const shouts = `console.error('::error::of a stranger'); console.error('::stop-commands::x'); ${fails}`;
    const here = await planned({ slow: job('a', `setTimeout(() => { ${prints} }, 500);`), bad: job('b', shouts) });
    const ran = await legs(here, [], { env: ACTIONS });
    expect(ran.exit, ran.stdout).toBe(5);
    expect(ran.runner.annotations).toEqual([{ level: 'error', message: expect.stringContaining('bad') }]);
    expect(ran.stdout).toMatch(/^bad +\| bad {2}\| ::error::of a stranger$/m);
    expect(`${ran.stdout}${ran.stderr}`).not.toMatch(/^\s*::/m);
    expect(ran.runner.summary).toMatch(/✅ 1 job done.*❌ 1 of 1 run failed/s);
  });
});

describe('a leg that cannot end by itself', () => {
  it('because it was killed is red with the reason, and the others run', async () => {
    const kills = `process.kill(process.ppid, 'SIGKILL');`;
    const here = await planned({ lost: job('a', kills), b: job('b', prints), c: job('c', prints) }, 1);
    const ran = await legs(here, ['--json'], { env: ACTIONS });
    expect([ran.exit, exits(ran.stdout)]).toEqual([4, { lost: 4, b: 0, c: 0 }]);
    expect(ran.json().legs[0].error).toBe('leg-killed');
    expect(ran.stderr).toContain('The process of the leg lost was ended by SIGKILL');
    expect(ran.stderr).toContain('may have run out of memory');
    expect(ran.runner.annotations).toMatchObject([{ level: 'error', title: 'tidemill: leg-killed' }]);
    const report = await here.run(['report', '--run-id', RUN, '--json']);
    expect([report.exit, report.json().missing]).toEqual([4, [{ job: 'lost', slot: `manual-${RUN}` }]]);
  });

  it('stops in order when this process is told to, and no other is started', async () => {
    const here = await planned({ a: job('a', waits), b: job('b', waits), c: job('c', prints) });
    const stop = new AbortController();
    const running = legs(here, ['--json'], { interrupted: stop.signal });
    await until('both run', () => ['a', 'b'].every((id) => existsSync(here.path(id))));
    stop.abort(new Error('stopped by SIGTERM'));
    const ran = await running;
    expect([ran.exit, exits(ran.stdout), ran.json().unstarted]).toEqual([130, { a: 130, b: 130 }, ['c']]);
    const results = ran.json().results.map(({ result }: { result: string }) => result);
    expect(results).toEqual(['stopped', 'stopped']);
  });

  it('stops in order, too, where it is a process that gets the signal, as from GitHub when somebody cancels', async () => {
    const here = await planned({ a: job('a', waits), b: job('b', waits) });
    const env = { ...TOKENS, ...NOW, PATH: process.env['PATH'] ?? '' };
    const output: string[] = [];
    const child = startProcess(
      [process.execPath, BIN, 'legs', '--run-id', RUN, '--json'],
      { cwd: here.folder, env },
      { out: (text) => void output.push(text), err: () => undefined },
    );
    await until('both run', () => ['a', 'b'].every((id) => existsSync(here.path(id))));
    child.kill('SIGTERM');
    expect(await child.ended).toEqual({ code: 130, signal: null });
    const { results } = JSON.parse(output.join(''));
    expect(results.map(({ result }: { result: string }) => result)).toEqual(['stopped', 'stopped']);
  });

  it('nor has its files any more, for a command has cleaned up what is temporary, is no fault of anybody’s', async () => {
    const { TMPDIR = '/tmp' } = process.env;
    const cleans = `
      const { readdirSync, rmSync, writeFileSync } = require('node:fs');
      for (const name of readdirSync('${TMPDIR}').filter((name) => name.startsWith('tidemill-legs-'))) {
        rmSync('${TMPDIR}/' + name, { recursive: true });
        // Nobody can make the folder again.
        writeFileSync('${TMPDIR}/' + name, '');
      }
      ${prints}`;
    const here = await planned({ a: job('a', cleans), b: job('b', prints), c: job('c', prints) }, 1);
    const ran = await legs(here, ['--json'], { env: ACTIONS });
    expect([ran.exit, exits(ran.stdout)], ran.stderr).toEqual([0, { a: 0, b: 0, c: 0 }]);
  });

  it('because it cannot be started is red with the reason', async () => {
    const here = await planned({ a: job('a', prints) });
    const env = { ...TOKENS, ...NOW, PATH: process.env['PATH'] ?? '', LONG: 'x'.repeat(200_000) };
    const ran = await legs(here, ['--json'], { env });
    expect([ran.exit, ran.json().legs[0].error], ran.stderr).toEqual([4, 'leg-not-started']);
  });

  /** A clock by which it is hours later once there is a file `late`. */
  const clockOf = (here: Project): Clock => {
    const isLate = (): boolean => existsSync(here.path('late'));
    return {
      now: () => new Date(isLate() ? '2026-11-21T12:00:00Z' : NOW.TIDEMILL_NOW),
      sleep: async (_, signal) => {
        while (!isLate()) await setTimeout(10, undefined, signal === undefined ? {} : { signal });
      },
    };
  };

  it('after its time limit is killed some minutes later', async () => {
    const here = await planned({ a: job('a', waits) });
    const running = legs(here, ['--json'], { clock: clockOf(here) });
    await until('it runs', () => existsSync(here.path('a')));
    writeFileSync(here.path('late'), '');
    const ran = await running;
    expect([ran.exit, ran.json().legs[0].error]).toEqual([4, 'leg-overdue']);
    expect(ran.stderr).toContain('10 minutes after its time limit');
  });

  it('has no time left when its turn comes: it is not started, and owed again', async () => {
    const late = `require('node:fs').writeFileSync('late', ''); ${prints}`;
    const here = await planned({ a: job('a', late), b: job('b', prints) }, 1);
    const ran = await legs(here, ['--time-limit', '300', '--json'], { clock: clockOf(here) });
    expect([ran.exit, ran.json().unstarted]).toEqual([4, ['b']]);
    expect(ran.stderr).toMatch(/1 leg did not start: b.*`legs: per_job`/s);
  });
});

describe('a plan', () => {
  it('that is not recorded, or was changed, starts nothing', async () => {
    const here = await planned({ a: job('a', prints) });
    expect(await here.run(['legs', '--run-id', 'r2'])).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('holds no plan of the run r2'),
    });
    const plan = JSON.parse(here.read(PLAN));
    plan.matrix.include[0].leg = '../../outside';
    here.write(PLAN, JSON.stringify(plan));
    expect(await legs(here)).toMatchObject({ exit: 2, stderr: expect.stringContaining('is no plan') });
    here.write(PLAN, JSON.stringify({ ...plan, matrix: { include: [] } }));
    expect(await legs(here)).toMatchObject({ exit: 0, stdout: 'The plan has no runs.\n' });
  });
});
