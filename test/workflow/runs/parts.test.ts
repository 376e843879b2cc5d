/** What parts of the workflow are there for: without one of them, the same run ends otherwise. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowRun } from '../harness.ts';
import { makeRepository, type Repository } from '../repository.ts';
import { legsOf, logOf, orchestrator, prints, resultsOf, run, shop } from '../scenario.ts';

let repository: Repository;

beforeAll(async () => {
  const jobs = { bad: shop('bad', 'exit 3'), orders: shop('orders', prints(1)) };
  repository = await makeRepository({ jobs });
});

type Cut = readonly [from: string | RegExp, to: string];

/** A run by hand of the workflow without some of its text. */
async function without(cut: readonly Cut[], job: string): Promise<WorkflowRun> {
  const workflow = await orchestrator((text) =>
    cut.reduce((rest, [from, to]) => {
      const other = rest.replaceAll(from, () => to);
      if (other === rest) throw new Error(`the workflow does not contain ${from}`);
      return other;
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

  it('what the bundle leaves out: with it alone no warehouse can be opened', async () => {
    const ran = await without(
      [["if: steps.bundle.outputs.fits == 'yes' && matrix.outside != ''", 'if: false']],
      'orders',
    );
    expect(resultsOf(ran)).toEqual({ plan: 'success', ingest: 'failure', report: 'failure' });
    expect(logOf(ran)).toContain('@tidemill/warehouse-duckdb');
  });

  it('without a bundle, the leg’s own install: the orchestrator alone can open no warehouse', async () => {
    const ran = await without(
      [NO_BUNDLE, ['npm ci --omit=dev --ignore-scripts $INSTALL', 'npm ci --omit=dev -w tidemill']],
      'orders',
    );
    expect(resultsOf(ran)).toEqual({ plan: 'success', ingest: 'failure', report: 'failure' });
    expect(logOf(ran)).toContain('@tidemill/warehouse-duckdb');
  });

  it('to set up Node, and without a bundle a planner that is installed', async () => {
    const setup = / {6}- uses: actions\/setup-node@.*\n {8}with:\n {10}node-version: 24\n(?: {10}(?:#|cache:).*\n)*/g;
    const noNode = await without([[setup, '']], '');
    expect(resultsOf(noNode)['plan']).toBe('failure');
    const install = 'npm ci --omit=dev --ignore-scripts -w tidemill -w @tidemill/storage-gcs';
    expect(resultsOf(await without([NO_BUNDLE, [install, 'true']], ''))['plan']).toBe('failure');
  });
});

/** Nothing is fetched, and nothing made. */
const NO_BUNDLE: Cut = [/(?<=key: )tidemill-bundle|(?<=if: )steps\.kept.*/g, 'false'];
