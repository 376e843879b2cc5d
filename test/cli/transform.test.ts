/** `tidemill transform` with a stand-in for uv that is strict about what it is asked; dbt itself is in `test/dbt`. */
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { delimiter } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alone } from '../../orchestrator/transform/lock.ts';
import { FAKE_UV, modelResult, resultsOf, testResult } from '../fakes/uv.ts';
import { configOf, type Project, project, type RunOptions } from './project.ts';

const GREEN = resultsOf(modelResult('stg_shop__orders'), modelResult('dim_orders'), testResult('unique_orders_id'));

const shop = (data_type: string) => ({
  service: 'shop',
  data_type,
  columns: { id: 'bigint' },
  primary_key: ['id'],
  prints: [{ id: 1 }],
});

/** Two jobs, and a project of dbt that has a view of each, and of one whose table nobody loads. */
async function shopProject(results = GREEN, more: object = {}): Promise<Project> {
  const config = JSON.parse(configOf({ orders: shop('orders'), customers: shop('customers') }));
  return project({
    'ingestion-config.yaml': JSON.stringify({ ...config, services: { shop: {} }, ...more }),
    'bin/uv': FAKE_UV,
    'dbt/dbt_project.yml': 'name: tidemill\n',
    'dbt/models/staging/shop/stg_shop__orders.sql': 'select 1',
    'dbt/models/staging/shop/stg_shop__customers.sql': 'select 1',
    'dbt/models/staging/crm/stg_crm__deals.sql': 'select 1',
    'dbt/results.json': results,
  });
}

async function transform(
  here: Project,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  options: RunOptions = {},
) {
  chmodSync(here.path('bin/uv'), 0o755);
  const PATH = `${here.path('bin')}${delimiter}${process.env['PATH']}`;
  return here.run(['transform', ...args], { ...options, env: { PATH, MY_TOKEN: 'token-of-the-shop', ...env } });
}

/** What uv and dbt were asked, line by line. */
function asked(here: Project): string[] {
  const [installed = ''] = readdirSync(here.path('.tidemill/dbt/installed'));
  return here.read(`.tidemill/dbt/installed/${installed}/asked`).trimEnd().split('\n');
}

const builds = (here: Project): string[] => asked(here).filter((line) => line.startsWith('dbt '));

/** The words of an option of the last call. */
const wordsAfter = (here: Project, option: string): string[] => {
  const words = (builds(here).at(-1) ?? '').split(' ');
  const from = words.indexOf(option);
  if (from === -1) return [];
  const rest = words.slice(from + 1);
  const end = rest.findIndex((word) => word.startsWith('--'));
  return end === -1 ? rest : rest.slice(0, end);
};

describe('tidemill transform', () => {
  it('installs dbt at its version, builds every model whose table is there, and says what became of it', async () => {
    const here = await shopProject();
    await here.run(['run', '--force']);
    const { exit, stdout } = await transform(here);
    expect(exit, stdout).toBe(0);
    expect(asked(here)[0]).toBe('install dbt-core==1.11.16 dbt-duckdb==1.11.1 duckdb==1.5.5, secret: none');
    expect(wordsAfter(here, '--select')).toEqual([]);
    expect(wordsAfter(here, '--exclude')).toEqual(['source:crm.deals+']);
    expect(stdout).toContain('main  | 1/2 stg_shop__orders ok 0.3 s\n');
    expect(stdout).toContain('transform:main: 2 models made, 1 of 1 test passed');
    expect(stdout).not.toContain('value-of-a-row');
    const profile = JSON.parse(here.read('.tidemill/dbt/work/local/main/profiles.yml'));
    const attach = [{ path: here.path('.tidemill/local/warehouse.duckdb'), alias: '_warehouse' }];
    expect(profile.tidemill.outputs.main).toMatchObject({ type: 'duckdb', schema: 'gold', attach });
  });

  it('gives dbt no variable of this process but what any program needs', async () => {
    const here = await shopProject();
    await here.run(['run', '--force']);
    await transform(here);
    expect(asked(here)).toContain('DO_NOT_TRACK=1');
    expect(asked(here).join('\n')).not.toContain('token-of-the-shop');
  });

  it('the next time runs only what is made of what was loaded, and nothing where nothing was', async () => {
    const here = await shopProject();
    await here.run(['run', '--force']);
    await transform(here);
    const idle = await transform(here, ['--json']);
    expect(idle.json()).toMatchObject({ results: [], idle: [{ warehouse: 'main' }] });
    expect(builds(here)).toHaveLength(1);
    await here.run(['run', 'orders'], { now: '2026-11-21T07:30:00Z' });
    await transform(here);
    expect(wordsAfter(here, '--select')).toEqual(['source:shop.orders+']);
    // An installation that is whole is left alone.
    expect(asked(here).filter((line) => line.startsWith('install '))).toHaveLength(1);
  });

  it('is one at a time on a machine, and says so to whoever comes meanwhile', async () => {
    const here = await shopProject();
    await here.run(['run', '--force']);
    const work = here.path('.tidemill/dbt/work/local/main');
    const { exit, stdout } = await alone(work, () => transform(here));
    expect([exit, stdout]).toEqual([4, expect.stringContaining('transform-busy')]);
    expect(existsSync(here.path('.tidemill/dbt/installed'))).toBe(false);
    expect((await transform(here)).exit).toBe(0);
  });

  it('runs all of it when the project has changed, or somebody asks for it; and what a person selects', async () => {
    const here = await shopProject();
    await here.run(['run', '--force']);
    await transform(here);
    await transform(here, ['--all']);
    here.write('dbt/models/dim_orders.sql', 'select 2');
    await transform(here);
    expect(builds(here)).toHaveLength(3);
    expect(wordsAfter(here, '--select')).toEqual([]);
    await transform(here, ['dim_orders+', 'tag:daily']);
    expect(wordsAfter(here, '--select')).toEqual(['dim_orders+', 'tag:daily']);
    expect(wordsAfter(here, '--exclude')).toEqual(['source:crm.deals+']);
  });

  it('is red for a test that failed, as for a gate, with its rows; and does it again the next time', async () => {
    const red = resultsOf(modelResult('dim_orders'), testResult('unique_id', { status: 'fail', failures: 3 }));
    const here = await shopProject(red);
    await here.run(['run', '--force']);
    for (const _ of ['first', 'again']) {
      const { exit, stdout } = await transform(here);
      expect(exit).toBe(6);
      expect(stdout).toContain('gate not met: 1 of 1 test failed: unique_id (3 rows)');
    }
    expect(builds(here)).toHaveLength(2);
  });

  it('lets so many tests fail as the gate says', async () => {
    const red = resultsOf(modelResult('dim_orders'), testResult('unique_id', { status: 'fail', failures: 3 }));
    const here = await shopProject(red, { transform: { expect: { max_failed_tests: 1 } } });
    await here.run(['run', '--force']);
    const { exit, stdout } = await transform(here);
    expect(exit, stdout).toBe(0);
    expect(stdout).toContain('0 of 1 test passed');
  });

  it('tells what a test of severity `warn` has found, and is not red for it', async () => {
    const told = resultsOf(testResult('unique_id'), testResult('unknown', { status: 'warn', failures: 3 }));
    const here = await shopProject(told);
    await here.run(['run', '--force']);
    const { exit, stdout } = await transform(here);
    expect(exit, stdout).toBe(0);
    expect(stdout).toContain('1 of 2 tests passed; only told: unknown (3 rows)');
    expect((await transform(here)).stdout).not.toContain('unknown');
  });

  it('names a model that could not be made', async () => {
    const broken = modelResult('dim_orders', { status: 'error', message: 'cannot convert value-of-a-row' });
    const here = await shopProject(resultsOf(broken, testResult('unique_id', { status: 'skipped', failures: null })));
    await here.run(['run', '--force']);
    const { exit, stdout, stderr } = await transform(here);
    expect(exit).toBe(2);
    expect(stdout).toContain('1 model could not be made: dim_orders');
    expect(stdout).toContain('1 left out because of what failed');
    expect(stdout).toContain('dbt.log');
    expect(`${stdout}${stderr}`).not.toContain('value-of-a-row');
  });

  it('is told by `report` like a job, with the command that shows it', async () => {
    const red = resultsOf(testResult('unique_id', { status: 'fail', failures: 3 }));
    const here = await shopProject(red);
    await here.run(['run', '--force']);
    const runId = '20261121T061700Z-1';
    const { runner } = await transform(here, ['--run-id', runId], { GITHUB_ACTIONS: 'true' });
    expect(runner.summary).toContain('npx tidemill transform --environment local --warehouse main');
    const { exit, json } = await here.run(['report', '--run-id', runId, '--json']);
    expect(exit).toBe(6);
    expect(json().results).toMatchObject([{ job: 'transform:main', result: 'done', built: { models: 0, tests: 1 } }]);
  });

  it('that is stopped by hand leaves dbt no time, and is not red', async () => {
    const here = await shopProject();
    await here.run(['run', '--force']);
    const stopped = await transform(here, [], {}, { interrupted: AbortSignal.abort(new Error('stopped by SIGINT')) });
    expect([stopped.exit, stopped.stderr]).toEqual([130, '']);
    expect(stopped.stdout).toContain('stopped by hand');
    expect((await transform(here)).exit).toBe(0);
  });

  it('whose machine is lost has left a word for the report', async () => {
    const here = await shopProject();
    await here.run(['run', '--force']);
    const runId = '20261121T061700Z-1';
    // What the report would find if this machine were gone now is what dbt itself finds in the bucket.
    const records = here.path('.tidemill/local/bucket/_tidemill/runs', runId);
    here.write('bin/uv', `#!/bin/sh\ncat '${records}'/transform.main.*.json > '${here.path('seen')}'\nexit 1\n`);
    expect((await transform(here, ['--run-id', runId])).exit).toBe(2);
    expect(JSON.parse(here.read('seen'))).toMatchObject({
      job: 'transform:main',
      result: 'failed',
      failure: { code: 'transform-lost' },
    });
    const { json } = await here.run(['report', '--run-id', runId, '--json']);
    expect(json().results).toMatchObject([{ failure: { code: 'dbt-not-installed' } }]);
  });

  it('says what dbt does not understand of its project', async () => {
    const here = await shopProject();
    rmSync(here.path('dbt/results.json'));
    await here.run(['run', '--force']);
    const { exit, stdout } = await transform(here);
    expect(exit).toBe(2);
    expect(stdout).toContain('dbt has not built anything: Encountered an error: Compilation Error in model x');
  });

  it('says how uv is installed where there is none, and what it could not install', async () => {
    const here = await shopProject();
    await here.run(['run', '--force']);
    const without = await transform(here, [], { PATH: here.path('nowhere') });
    expect(without.exit).toBe(2);
    expect(without.stdout).toContain('pipx install uv');
    here.write('bin/uv', '#!/bin/sh\necho "No interpreter found for Python >=3.10" >&2\nexit 2\n');
    const failed = await transform(here);
    expect(failed.exit).toBe(2);
    expect(failed.stdout).toContain('the last it said: No interpreter found');
  });

  it('--install makes the environment, and opens neither bucket nor warehouse', async () => {
    const environments = { local: { bucket: 'gs://nobody-has-this', warehouse: 'silver.duckdb' } };
    const here = await shopProject(GREEN, { environments });
    const { exit, stdout } = await transform(here, ['--install']);
    expect([exit, stdout.split('\n').at(-2)]).toEqual([0, 'dbt is there for 1 warehouse.']);
    expect(builds(here)).toEqual([]);
  });

  it('refuses a warehouse that is not there, and a folder without a project', async () => {
    const here = await shopProject();
    expect(await transform(here, ['--warehouse', 'mian'])).toMatchObject({ exit: 2 });
    const empty = await shopProject(GREEN, { transform: { project: 'elsewhere' } });
    const { exit, stderr } = await transform(empty);
    expect(exit).toBe(2);
    expect(stderr).toContain('transform.project of ingestion-config.yaml');
  });
});
