/** What is installed on the one machine (`legs: single`): before a login and a secret, though the plan came with both; and dbt. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workflowDocuments } from '../../../scripts/documents/workflow.ts';
import { resultsOf as dbtResults, modelResult, testResult } from '../../fakes/uv.ts';
import type { WorkflowRun } from '../harness.ts';
import { generatedFor, makeRepository, type Repository } from '../repository.ts';
import { brokenRules } from '../rules.ts';
import { legsOf, logOf, type Options, prints, resultsOf, run, shop } from '../scenario.ts';
import { readWorkflow, type Workflow } from '../workflow.ts';

const FILE = 'data-ingestion-orchestrator.yaml';
const NOW = '2026-11-21T06:17:00Z';
const SINGLE = { legs: 'single', max_parallel_jobs: 3 };
const TOKEN = 'token-of-the-shop';
const PROVIDER = 'projects/123456/locations/global/workloadIdentityPools/github/providers/tidemill';
const IDENTITY = { GCP_WORKLOAD_IDENTITY_PROVIDER: PROVIDER, GCP_SERVICE_ACCOUNT: 'tidemill@example.com' };
const KEY = 'the key of a service account';

const [LOGIN, LOGOUT, LEGS, SETUP] = [
  'Log in to Google Cloud',
  'Log out of Google Cloud',
  'Install what the bundle leaves out',
  'Install what the commands need',
];

/** Prints what it could take along. */
const PEEKS = 'ls gha-creds* 2>/dev/null; env | sort';

const JOBS = {
  orders: shop('orders', `test "$MY_TOKEN" && ${prints(1)}`, { dependencies: ['MY_TOKEN'] }),
  deals: { ...shop('deals', prints(2)), service: 'crm' },
};

/** No service has a setup. */
const NONE = { shop: null, crm: null };

/** The workflow of a project whose bucket is one that has to be logged in to. */
async function workflowWith(services: object, more: object = {}): Promise<Workflow> {
  const dev = { bucket: 'gs://my-bucket', warehouse: 'silver.duckdb' };
  return generatedFor(
    await makeRepository({ global: SINGLE, environments: { dev }, services, jobs: JOBS, ...more }),
    FILE,
  );
}

/** Where that bucket is a folder, so that the jobs really run. */
const pushed = (services: object): Promise<Repository> => makeRepository({ global: SINGLE, services, jobs: JOBS });

const ran = (repository: Repository, workflow: Workflow, more: Partial<Options> = {}): Promise<WorkflowRun> =>
  run(repository, NOW, {
    workflow,
    event: { name: 'workflow_dispatch', inputs: { force: true } },
    secrets: { values: {}, environments: { dev: { MY_TOKEN: TOKEN, GCS_SERVICE_ACCOUNT_KEY: KEY } } },
    vars: { values: {}, environments: { dev: IDENTITY } },
    ...more,
  });

const stepsOf = (of: WorkflowRun) => legsOf(of, 'single')[0]!.steps;
const stepOf = (of: WorkflowRun, name: string) => stepsOf(of).find((step) => step.name === name)!;
const outcomesOf = (of: WorkflowRun, ...names: string[]): string[] =>
  stepsOf(of).flatMap(({ name, outcome }) => (names.includes(name) ? [`${name}: ${outcome}`] : []));

describe('what is installed after the plan', () => {
  const services = { shop: { setup: { run: PEEKS } }, crm: null };

  it('finds nobody logged in and no secret; then all is as in any leg', async () => {
    const workflow = await workflowWith(services);
    expect(brokenRules(workflow)).toEqual([]);
    const found = await ran(await pushed(services), workflow);
    expect(resultsOf(found), logOf(found)).toEqual({ single: 'success' });
    expect(outcomesOf(found, LOGIN, LOGOUT, LEGS, SETUP, 'Plan', 'Ingest', 'Report')).toEqual(
      [LOGIN, 'Plan', LOGOUT, LEGS, SETUP, LOGIN, 'Ingest', 'Report'].map((name) => `${name}: success`),
    );
    const { log, given } = stepOf(found, SETUP);
    expect(log).toMatch(/shop {2}\| PATH=/);
    expect(log, 'the file is gone').not.toMatch(/gha-creds/);
    expect(given.filter((value) => value.includes(TOKEN) || value.includes(KEY))).toEqual([]);
    for (const name of ['Plan', 'Ingest', 'Report'])
      expect(stepOf(found, name).env['GCS_SERVICE_ACCOUNT_KEY']).toBe('');
  });

  it('is given the key where nobody logs in', async () => {
    const found = await ran(await pushed(services), await workflowWith(services), { vars: { values: {} } });
    expect(outcomesOf(found, LOGIN, LOGOUT)).toEqual([LOGIN, LOGOUT, LOGIN].map((name) => `${name}: skipped`));
    for (const name of ['Plan', 'Ingest', 'Report'])
      expect(stepOf(found, name).env['GCS_SERVICE_ACCOUNT_KEY']).toBe(KEY);
  });

  it('makes the run red where it fails, and the leg of its service; the others run', async () => {
    const broken = { shop: { setup: { run: 'exit 3' } }, crm: null };
    const found = await ran(await pushed(broken), await workflowWith(broken));
    expect(resultsOf(found)).toEqual({ single: 'failure' });
    expect(outcomesOf(found, SETUP, LOGIN, 'Ingest', 'Report')).toEqual([
      ...[`${LOGIN}: success`, `${SETUP}: failure`, `${LOGIN}: success`, 'Ingest: failure', 'Report: failure'],
    ]);
    const { summary } = legsOf(found, 'single')[0]!;
    expect(summary).toMatch(/1 of 2 runs failed or over a gate; 1 done/);
    expect(stepOf(found, 'Ingest').log).toContain('setup-missing');
  });
});

it('a machine without the bundle installs what the plan needs, then what the legs do, and reports', async () => {
  const workflow = await workflowWith(NONE);
  const text = workflow.lines
    .join('\n')
    .replaceAll('tidemill-bundle-', 'lost-')
    .replace('node scripts/bundle.ts', 'exit 3');
  const found = await ran(await pushed(NONE), await readWorkflow(FILE, text), {
    event: { name: 'workflow_dispatch', inputs: { job: 'orders' } },
  });
  expect(resultsOf(found), logOf(found)).toEqual({ single: 'success' });
  expect(outcomesOf(found, 'Install the planner', 'Install what the legs need', LEGS, 'Ingest', 'Report')).toEqual([
    ...['Install the planner: success', 'Install what the legs need: success', `${LEGS}: skipped`],
    ...['Ingest: success', 'Report: success'],
  ]);
});

it('what the legs need is reported, where nothing of it could be installed', async () => {
  const text = (await workflowWith(NONE)).lines
    .join('\n')
    .replace(/(?<=\.outside \}\}\n.*run: npm ci).*/, ' -w @tidemill/gone');
  const lost = await ran(await pushed(NONE), await readWorkflow(FILE, text));
  expect(outcomesOf(lost, LEGS, 'Ingest', 'Report')).toEqual([
    `${LEGS}: failure`,
    'Ingest: skipped',
    'Report: failure',
  ]);
  expect(legsOf(lost, 'single')[0]!.summary).toContain('2 legs ended without a report');
});

describe('a workflow of one machine', () => {
  const services = { shop: { setup: { run: 'make' } }, crm: null };
  const worse: readonly [string, string | RegExp, string][] = [
    ['stays logged in', /run: rm -f "\$GOOGLE_GHA_CREDS_PATH"/, 'run: "true"'],
    ['logs out too late', / +- name: Log out of Google Cloud\n.*\n.*\n/, ''],
    ['gives a setup a secret', / {10}(?=.*\n.*SERVICES: )/, '          A: ${{ secrets.A }}\n          '],
    ['gives the installation before it one', / {10}(?=.*\n.*INSTALL: )/, '          A: ${{ secrets.A }}\n          '],
    ['gives every step one', '    steps:\n', '    env: { A: "${{ secrets.A }}" }\n    steps:\n'],
    ['has the token of the run too early', /INSTALL: .*/, 'INSTALL: ${{ github.token }}'],
  ];

  it.each(worse)('breaks a rule when it %s', async (_, from, to) => {
    const text = (await workflowWith(services)).lines.join('\n');
    const changed = text.replace(from, () => to);
    expect(changed).not.toBe(text);
    const broken = brokenRules(await readWorkflow(FILE, changed)).map(({ rule }) => rule);
    expect(broken).toContain('a setup sees no secret');
  });

  it('is not made with a driver that logs in and does not say how to log out', async () => {
    const repository = await makeRepository({
      global: SINGLE,
      environments: { dev: { bucket: 'gs://my-bucket', warehouse: 'lake' } },
      jobs: JOBS,
    });
    const { withDrivers } = await import('../../../orchestrator/workflows/drivers.ts');
    const { configIn } = await import('../../../scripts/documents/config.ts');
    const folder = join(repository.folder, 'driver');
    await mkdir(folder);
    await writeFile(join(folder, 'workflow.yaml'), 'steps:\n  - name: Log in\n    if: vars.X\n    run: login\n');
    const config = configIn(repository.folder);
    const drivers = config.drivers.map((driver) => (driver.schemes.includes('gs') ? { ...driver, folder } : driver));
    await generatedFor(repository, FILE);
    const [{ text } = { text: '' }] = (await workflowDocuments(repository.folder)).filter(({ path }) =>
      path.endsWith(FILE),
    );
    expect(() => withDrivers(text, { ...config, drivers }, ['logout'])).toThrow('no logout');
  });
});

describe('dbt on one machine', () => {
  const CONFIG = {
    global: SINGLE,
    transform: { enabled: true },
    jobs: { orders: JOBS.orders, bad: shop('bad', 'exit 3') },
  };
  const GREEN = dbtResults(modelResult('stg_shop__orders'), testResult('unique_id'));

  async function project(): Promise<{ readonly repository: Repository; readonly workflow: Workflow }> {
    const repository = await makeRepository(CONFIG);
    const files = {
      'dbt/dbt_project.yml': 'name: tidemill\n',
      'dbt/models/staging/shop/stg_shop__orders.sql': 'select 1\n',
      'dbt/results.json': GREEN,
    };
    for (const [path, text] of Object.entries(files)) {
      const file = join(repository.folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    return { repository, workflow: await generatedFor(repository, FILE) };
  }

  it('is installed before the first secret, and runs after the legs, for what they have loaded', async () => {
    const { repository, workflow } = await project();
    expect(brokenRules(workflow)).toEqual([]);
    const names = workflow.jobs[0]!.steps.map(({ fields }) => fields.get('name')?.toString() ?? '');
    expect(names.indexOf('Install dbt')).toBeLessThan(names.indexOf('Ingest'));
    const red = await ran(repository, workflow);
    expect(resultsOf(red), logOf(red)).toEqual({ single: 'failure' });
    expect(outcomesOf(red, 'Install dbt', 'Ingest', 'Transform', 'Report')).toEqual([
      ...['Install dbt: success', 'Ingest: failure', 'Transform: success', 'Report: failure'],
    ]);
    expect(stepOf(red, 'Transform').log).toContain('1 model made, 1 of 1 test passed');
    expect(stepOf(red, 'Transform').given.join('\n')).not.toContain(TOKEN);
    expect(legsOf(red, 'single')[0]!.summary).toContain('transform:main');
  });

  it('that cannot be installed makes the run red, and holds up no leg', async () => {
    const { repository, workflow } = await project();
    const text = workflow.lines
      .join('\n')
      .replace('tidemill.mjs transform --install', 'tidemill.mjs transform --instal');
    const red = await ran(repository, await readWorkflow(FILE, text), {
      event: { name: 'workflow_dispatch', inputs: { job: 'orders' } },
    });
    expect(outcomesOf(red, 'Install dbt', 'Ingest', 'Transform', 'Report')).toEqual([
      ...['Install dbt: failure', 'Ingest: success', 'Transform: skipped', 'Report: success'],
    ]);
    expect(resultsOf(red)).toEqual({ single: 'failure' });
  });
});
