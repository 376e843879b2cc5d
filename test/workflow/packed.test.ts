/** Several jobs on one machine, which costs fewer minutes: who shares one, and what it is given. */
import { beforeAll, expect, it } from 'vitest';
import { secretsOf, withSecrets } from '../../orchestrator/workflows/secrets.ts';
import type { WorkflowRun } from './harness.ts';
import { makeRepository } from './repository.ts';
import { legsOf, logOf, orchestrator, prints, resultsOf, run, shop } from './scenario.ts';

const NOW = '2026-11-21T06:17:00Z';
const TOKEN = 'token-of-the-crm';

let ran: WorkflowRun;

beforeAll(async () => {
  const dependencies = ['CRM_TOKEN'];
  const jobs = {
    orders: shop('orders', prints(1)),
    people: { ...shop('people', prints(2)), service: 'public' },
    deals: { ...shop('deals', 'test "$CRM_TOKEN" && echo \'{"id":3}\'', { dependencies }), service: 'crm' },
    leads: { ...shop('leads', prints(4)), service: 'crm' },
  };
  const repository = await makeRepository({ global: { legs: 'packed', max_parallel_jobs: 1 }, jobs });
  const workflow = await orchestrator((text) => withSecrets(text, secretsOf([], [{ service: 'crm', dependencies }])));
  ran = await run(repository, NOW, {
    event: { name: 'workflow_dispatch', inputs: { force: true } },
    workflow,
    secrets: { values: {}, environments: { dev: { CRM_TOKEN: TOKEN } } },
  });
});

const jobsOf = (runs: unknown): string[] =>
  String(runs)
    .split(' ')
    .map((word) => word.split('@')[0]!);

it('makes as few legs as the secrets allow, and all jobs end well', () => {
  expect(resultsOf(ran), logOf(ran)).toEqual({ plan: 'success', ingest: 'success', report: 'success' });
  expect(legsOf(ran).map(({ name, matrix }) => [name, jobsOf(matrix['runs'])])).toEqual([
    ['orders-and-1-more', ['orders', 'people']],
    ['deals-and-1-more', ['deals', 'leads']],
  ]);
  expect(legsOf(ran, 'report')[0]!.summary).toContain('4 jobs done');
});

it('gives the secret to the leg of its service alone', () => {
  const given = legsOf(ran).map(({ steps }) => steps.find(({ name }) => name === 'Ingest')!.env['CRM_TOKEN']);
  expect(given).toEqual(['', TOKEN]);
});

it('is estimated beside the other ways, and the summary recommends one', () => {
  const { summary } = legsOf(ran, 'plan')[0]!;
  expect(summary).toMatch(/per_job \| 5,760 \| .*packed \(as configured\) \| 4,320 \| .*single \| [\d,]+ \| /s);
  expect(summary).toContain('Minutes of the next 30 days, estimated: 5,760');
  expect(summary).toMatch(/Recommended: `legs: packed` with 5,760 minutes.*`legs: single` would save [\d,]+ of them/);
  expect(summary).toMatch(/free plan has 2,000 a month for private repositories/);
});
