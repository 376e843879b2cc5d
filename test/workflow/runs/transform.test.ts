/** dbt after the legs: the generated workflow runs it where the configuration says so, for what they have loaded. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { TELLING_STEP } from '../../../orchestrator/alerts/watch.ts';
import { withTransform } from '../../../orchestrator/workflows/transform.ts';
import { fakeGithubApi, REPOSITORY, TOKEN } from '../../fakes/github-api.ts';
import { resultsOf as dbtResults, modelResult, testResult } from '../../fakes/uv.ts';
import { load } from '../../fixtures/config.ts';
import type { WorkflowRun } from '../harness.ts';
import { generatedFor, makeRepository, type Repository } from '../repository.ts';
import { brokenRules } from '../rules.ts';
import { legsOf, logOf, type Options, prints, resultsOf, run, shop, workflowText } from '../scenario.ts';
import { readWorkflow, type Workflow } from '../workflow.ts';

const FILE = 'data-ingestion-orchestrator.yaml';
const GREEN = dbtResults(modelResult('stg_shop__orders'), testResult('unique_id'));
const RED = dbtResults(modelResult('stg_shop__orders'), testResult('unique_id', { status: 'fail', failures: 3 }));

const CONFIG = {
  transform: { enabled: true },
  jobs: {
    orders: shop('orders', `test "$MY_TOKEN" && ${prints(1)}`, { dependencies: ['MY_TOKEN'] }),
    bad: shop('bad', 'exit 3'),
  },
};

let repository: Repository;
let workflow: Workflow;

const write = async (path: string, text: string): Promise<void> => {
  const file = join(repository.folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
};

beforeAll(async () => {
  repository = await makeRepository(CONFIG);
  await write('dbt/dbt_project.yml', 'name: tidemill\n');
  await write('dbt/models/staging/shop/stg_shop__orders.sql', 'select 1\n');
  await write('dbt/results.json', GREEN);
  workflow = await generatedFor(repository, FILE);
});

const ran = (hour: string, job: string, more: Partial<Options> = {}): Promise<WorkflowRun> =>
  run(repository, `2026-11-21T${hour}:17:00Z`, {
    workflow,
    event: { name: 'workflow_dispatch', inputs: { job } },
    secrets: { values: {}, environments: { dev: { MY_TOKEN: 'token-of-the-shop' } } },
    ...more,
  });

const stepOf = (of: WorkflowRun, name: string) => legsOf(of, 'transform')[0]!.steps.find((step) => step.name === name)!;

describe('a workflow with a transform', () => {
  it('is taken by GitHub’s parser, and breaks none of our rules', () => {
    expect(brokenRules(workflow)).toEqual([]);
    expect(workflow.jobs.map(({ id }) => id)).toEqual(['plan', 'ingest', 'transform', 'report']);
  });

  it('would break one if somebody installed dbt where there is a secret', async () => {
    const install = '        run: node orchestrator/bin/tidemill.mjs transform --install';
    const given = workflow.lines
      .join('\n')
      .replace(install, (run) => `        env: { A: '\${{ secrets.A }}' }\n${run}`);
    expect(brokenRules(await readWorkflow(FILE, given)).map(({ rule }) => rule)).toEqual([
      'a setup sees no secret',
      'a cache is written before there is a secret',
    ]);
  });

  it('installs dbt before anybody is logged in, and gives its step no secret of a service', async () => {
    const looked = await ran('05', 'orders', { evaluateOnly: ['ingest', 'transform', 'report'] });
    const { steps } = legsOf(looked, 'transform')[0]!;
    const names = steps.map(({ name }) => name);
    expect(names.indexOf('Install dbt')).toBeGreaterThan(names.indexOf('Fetch what dbt comes with'));
    expect(steps.filter(({ given }) => given.some((text) => text.includes('token-of-the-shop')))).toEqual([]);
  });

  it('runs dbt for what the legs have loaded, though another leg failed', async () => {
    const red = await ran('06', 'orders,bad');
    expect(resultsOf(red), logOf(red)).toEqual({
      plan: 'success',
      ingest: 'failure',
      transform: 'success',
      report: 'failure',
    });
    expect(stepOf(red, 'Transform').log).toContain('1 model made, 1 of 1 test passed');
    expect(legsOf(red, 'transform')[0]!.summary).toContain('transform:main');
    expect(legsOf(red, 'report')[0]!.summary).toContain('transform:main');
  });

  it('does nothing where nothing was loaded, and is not started where no leg is', async () => {
    const idle = await ran('07', 'bad');
    expect(resultsOf(idle)).toMatchObject({ ingest: 'failure', transform: 'success' });
    expect(stepOf(idle, 'Transform').log).toContain('was loaded since the last time');
    const dry = await ran('07', 'orders', {
      event: { name: 'workflow_dispatch', inputs: { job: 'orders', dry_run: true } },
    });
    expect(resultsOf(dry)).toMatchObject({ ingest: 'skipped', transform: 'skipped' });
  });

  it('that is red makes the report red, and has an issue until it is well', async () => {
    const github = await fakeGithubApi();
    const more = { github: { api_url: github.url, token: TOKEN, repository: REPOSITORY } };
    await write('dbt/results.json', RED);
    const red = await ran('08', 'orders', more);
    expect(resultsOf(red), logOf(red)).toMatchObject({ ingest: 'success', transform: 'failure', report: 'failure' });
    expect(github.issues).toMatchObject([{ title: 'transform:main fails in dev', state: 'open' }]);
    expect(github.issues[0]!.body).toContain('unique&#95;id &#40;3 rows&#41;');
    expect(github.issues[0]!.body).toContain('npx tidemill transform --environment dev --warehouse main');
    expect(github.issues[0]!.body).not.toContain('tidemill pause');
    await write('dbt/results.json', GREEN);
    const green = await ran('09', 'orders', more);
    expect(green.conclusion, logOf(green)).toBe('success');
    expect(github.issues).toMatchObject([{ state: 'closed' }]);
    expect(legsOf(green, 'report')[0]!.steps.find(({ name }) => name === TELLING_STEP)).toMatchObject({
      outcome: 'success',
    });
  });
});

it('without it, there is no such job and nobody waits for one; the text comes and goes without a trace', async () => {
  const text = await workflowText(FILE);
  const configured = (enabled: boolean) =>
    load(`transform: { enabled: ${enabled} }\njobs: { a: { service: shop, data_type: b, command: c } }\n`);
  expect(withTransform(text, configured(false))).toBe(text);
  const on = withTransform(text, configured(true));
  expect(withTransform(on, configured(true))).toBe(on);
  expect(withTransform(on, configured(false))).toBe(text);
  const { jobs } = await readWorkflow(FILE, text);
  expect(jobs.map(({ id }) => id)).toEqual(['plan', 'ingest', 'report']);
  expect(() => withTransform('jobs:\n', configured(true))).toThrow('has lost its place');
});
