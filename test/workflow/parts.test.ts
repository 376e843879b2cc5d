/** What parts of the workflow are there for: without one of them, the same run ends otherwise. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowRun } from './harness.ts';
import { makeRepository, type Repository } from './repository.ts';
import { legsOf, logOf, orchestrator, prints, resultsOf, run, shop } from './scenario.ts';

let repository: Repository;

beforeAll(async () => {
  const jobs = { bad: shop('bad', 'exit 3'), orders: shop('orders', prints(1)) };
  repository = await makeRepository({ jobs });
});

/** A run by hand of the workflow without some of its text. */
async function without(cut: readonly (readonly [from: string, to: string])[], job: string): Promise<WorkflowRun> {
  const workflow = await orchestrator((text) =>
    cut.reduce((rest, [from, to]) => {
      if (!rest.includes(from)) throw new Error(`the workflow does not contain ${from}`);
      return rest.replaceAll(from, () => to);
    }, text),
  );
  const event =
    job === '' ? ({ name: 'schedule' } as const) : ({ name: 'workflow_dispatch', inputs: { job } } as const);
  return run(repository, '2026-11-21T06:17:00Z', { workflow, event });
}

describe('the workflow needs', () => {
  it('its condition on work: no matrix is a failure', async () => {
    const ran = await without([["    if: needs.plan.outputs.work != ''\n", '']], '');
    expect(resultsOf(ran)).toMatchObject({ plan: 'success', ingest: 'failure' });
  });

  it('fail-fast: false, always() and failure(): or the others, the report and the artifact are lost', async () => {
    const cut = [
      ['      fail-fast: false\n', ''],
      ['always() && ', ''],
      ['        if: failure()\n', ''],
    ] as const;
    const ran = await without(cut, 'bad,orders');
    expect(
      legsOf(ran).map(({ name }) => name),
      logOf(ran),
    ).toEqual(['bad']);
    expect(resultsOf(ran)).toEqual({ plan: 'success', ingest: 'failure', report: 'skipped' });
    expect(ran.artifacts.size).toBe(0);
  });

  it('the leg’s own install: the orchestrator alone can open no warehouse', async () => {
    const ran = await without(
      [['npm ci --omit=dev --ignore-scripts $INSTALL', 'npm ci --omit=dev -w @tidemill/orchestrator']],
      'orders',
    );
    expect(resultsOf(ran)).toEqual({ plan: 'success', ingest: 'failure', report: 'failure' });
    expect(logOf(ran)).toContain('@tidemill/warehouse-duckdb');
  });

  it('to set up Node, and a planner that is installed', async () => {
    const setup = 'actions/setup-node@820762786026740c76f36085b0efc47a31fe5020';
    const noNode = await without(
      [[`      - uses: ${setup} # v7.0.0\n        with:\n          node-version: 24\n`, '']],
      '',
    );
    expect(resultsOf(noNode)['plan']).toBe('failure');
    const install = 'npm ci --omit=dev --ignore-scripts -w @tidemill/orchestrator -w @tidemill/storage-gcs';
    expect(resultsOf(await without([[install, 'true']], ''))['plan']).toBe('failure');
  });
});
