/** What the commands of a service need: the generated workflow installs it, on legs of that service, before any secret. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { withSetups } from '../../orchestrator/workflows/setup.ts';
import { load } from '../fixtures/config.ts';
import type { WorkflowRun } from './harness.ts';
import type { Leg } from './leg.ts';
import { generatedFor, makeRepository, type Repository } from './repository.ts';
import { brokenRules } from './rules.ts';
import { legsOf, logOf, type Options, prints, resultsOf, run, shop, workflowText } from './scenario.ts';
import { readWorkflow } from './workflow.ts';

const FILE = 'data-ingestion-orchestrator.yaml';
const NOW = '2026-11-21T06:17:00Z';
const TOKEN = 'token-of-the-shop';
const PROVIDER = 'projects/123456/locations/global/workloadIdentityPools/github/providers/tidemill';

const [PYTHON, SETUP, LOGIN, INGEST] = [
  'Set up Python',
  'Install what the commands need',
  'Log in to Google Cloud',
  'Ingest',
];

const CONFIG = {
  // One that is another number where nobody quotes it.
  global: { python_version: '3.10' },
  services: { shop: { base_path: 'fetch', setup: { python: 'requirements.txt' } }, crm: null },
  jobs: {
    orders: shop('orders', 'test "$MY_TOKEN" && python3 fetch/orders.py', { dependencies: ['MY_TOKEN'] }),
    deals: { ...shop('deals', prints(2)), service: 'crm' },
  },
};

const options: Options = {
  event: { name: 'workflow_dispatch', inputs: { force: true } },
  secrets: { values: {}, environments: { dev: { MY_TOKEN: TOKEN } } },
  vars: {
    values: {},
    environments: { dev: { GCP_WORKLOAD_IDENTITY_PROVIDER: PROVIDER, GCP_SERVICE_ACCOUNT: 'tidemill@example.com' } },
  },
};

/** The workflow of a project whose bucket is one that has to be logged in to. */
async function generated(services: object = CONFIG.services) {
  const dev = { bucket: 'gs://my-bucket', warehouse: 'silver.duckdb' };
  return generatedFor(await makeRepository({ environments: { dev }, ...CONFIG, services }), FILE);
}

/** Where that bucket is a folder, so that the jobs really run. */
async function pushed(): Promise<Repository> {
  const repository = await makeRepository(CONFIG);
  await mkdir(join(repository.folder, 'fetch'));
  await writeFile(join(repository.folder, 'fetch/requirements.txt'), 'requests==2.32.5\n');
  return repository;
}

const stepOf = (leg: Leg, name: string) => leg.steps.find((step) => step.name === name)!;
const outcomesOf = (leg: Leg): string[] =>
  leg.steps
    .filter(({ name }) => [PYTHON, SETUP, LOGIN, INGEST].includes(name))
    .map((step) => `${step.name}: ${step.outcome}`);

describe('a service whose commands need something', () => {
  let ran: WorkflowRun;
  let orders: Leg;
  let deals: Leg;

  beforeAll(async () => {
    ran = await run(await pushed(), NOW, { ...options, workflow: await generated() });
    [orders, deals] = legsOf(ran) as [Leg, Leg];
  });

  it('has it installed before the login, and its command finds it', () => {
    expect(resultsOf(ran), logOf(ran)).toEqual({ plan: 'success', ingest: 'success', report: 'success' });
    expect([orders.name, outcomesOf(orders)]).toEqual([
      'orders',
      [PYTHON, SETUP, LOGIN, INGEST].map((name) => `${name}: success`),
    ]);
  });

  it('shows no secret to what it installs', () => {
    for (const name of [PYTHON, SETUP]) {
      const { given } = stepOf(orders, name);
      expect(given.filter((value) => value.includes(TOKEN) || value.includes('gha-creds'))).toEqual([]);
    }
    const { env, log } = stepOf(orders, SETUP);
    expect(env).toEqual({ SERVICES: 'shop' });
    expect(log).toContain('secret: none');
    expect(stepOf(orders, INGEST).env['MY_TOKEN']).toBe(TOKEN);
  });

  it('costs a leg of another service nothing', () => {
    expect([deals.name, outcomesOf(deals)]).toEqual([
      'deals',
      [`${PYTHON}: skipped`, `${SETUP}: skipped`, `${LOGIN}: success`, `${INGEST}: success`],
    ]);
  });
});

it('says what to do where the workflow was not generated anew', async () => {
  const workflow = await generated({ shop: null, crm: null });
  const event = { name: 'workflow_dispatch', inputs: { job: 'orders' } } as const;
  const ran = await run(await pushed(), NOW, { ...options, event, workflow });
  expect(resultsOf(ran), logOf(ran)).toEqual({ plan: 'success', ingest: 'failure', report: 'failure' });
  expect(logOf(ran)).toContain('The workflow does so by itself after `npm run generate`');
});

/** The lines between the marks, for these services. */
async function linesFor(services: object): Promise<string[]> {
  const text = withSetups(await workflowText(FILE), configOf(services), '/project');
  return (
    /# generated:setup.*\n((?:.*\n)*?) *# \/generated/
      .exec(text)?.[1]
      ?.split('\n')
      .map((line) => line.trim()) ?? []
  );
}

const configOf = (services: object) => {
  const [service] = Object.keys(services);
  const jobs = { a: { service, data_type: 'rows', command: 'x' } };
  return load(JSON.stringify({ global: { python_version: '3.10' }, services, jobs }));
};

describe('the steps', () => {
  it('are none where no service has a setup', async () => {
    expect(await linesFor({ shop: null })).toEqual(['']);
  });

  it('set up no Python where nothing asks for it', async () => {
    const lines = await linesFor({ shop: { setup: { node: 'fetch' } }, crm: null, bank: { setup: { run: 'make' } } });
    expect(lines.slice(0, 2)).toEqual([
      `- name: ${SETUP}`,
      "if: (contains(matrix.services, 'shop') || contains(matrix.services, 'bank'))",
    ]);
  });

  it('cache what the services of the leg ask for, by the files of the repository', async () => {
    const own = { base_path: "it's mine", setup: { python: 'requirements.txt' } };
    const lines = await linesFor({
      shop: { setup: { python: './shop/requirements.txt' } },
      own,
      tap: { setup: { python: ['tap-shop==1.0'] } },
      crm: { setup: { run: 'make' } },
    });
    expect(lines.slice(1, 10)).toEqual([
      "if: (contains(matrix.services, 'shop') || contains(matrix.services, 'own') || contains(matrix.services, 'tap'))",
      expect.stringMatching(/^uses: actions\/setup-python@[0-9a-f]{40} # v[\d.]+$/),
      'with:',
      "python-version: '3.10'",
      'cache: pip',
      'cache-dependency-path: |',
      "${{ contains(matrix.services, 'shop') && 'shop/requirements.txt' || '' }}",
      "${{ contains(matrix.services, 'own') && 'it''s mine/requirements.txt' || '' }}",
      "${{ contains(matrix.services, 'tap') && 'ingestion-config.yaml' || '' }}",
    ]);
  });
});

describe('a workflow with a setup', () => {
  const text = async (): Promise<string> => withSetups(await workflowText(FILE), configOf(CONFIG.services), '/project');
  const rulesBrokenIn = async (changed: string) =>
    brokenRules(await readWorkflow(FILE, changed)).map(({ rule }) => rule);

  it('is taken by GitHub’s parser, and breaks none of our rules', async () => {
    expect(await rulesBrokenIn(await text())).toEqual([]);
  });

  it('lets legs write to the cache where pip keeps something there, and only then', async () => {
    const modeOf = async (services: object) => {
      const { jobs } = await readWorkflow(FILE, withSetups(await workflowText(FILE), configOf(services), '/project'));
      return jobs.find(({ id }) => id === 'ingest')!.cacheMode;
    };
    expect(await modeOf(CONFIG.services)).toBe('write');
    expect(await modeOf({ shop: { setup: { run: 'make' } } })).toBe('read');
  });

  const SERVICES = /(?<= SERVICES: ).*/;
  const broken: readonly [string, string | RegExp, string][] = [
    ['a secret among its variables', SERVICES, '${{ secrets.MY_TOKEN }}'],
    ['the token of the run', SERVICES, '${{ github.token }}'],
    [
      'a secret of the whole job',
      '    name: ${{ matrix.leg }}\n',
      '    name: ${{ matrix.leg }}\n    env: { ANY: "${{ secrets.ANY }}" }\n',
    ],
    ['a login before it', 'uses: actions/setup-python@', 'uses: google-github-actions/auth@'],
  ];

  it.each(broken)('may not give it away: %s', async (_, from, to) => {
    const whole = await text();
    const changed = whole.replace(from, () => to);
    expect(changed).not.toBe(whole);
    expect(await rulesBrokenIn(changed)).toContain('a setup sees no secret');
  });

  it('is not made of one that has lost the place for it', async () => {
    const lost = (await workflowText(FILE)).replace('# generated:setup', '#');
    expect(() => withSetups(lost, configOf({ shop: null }), '/project')).toThrow('# generated:setup');
  });
});
