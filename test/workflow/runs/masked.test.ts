/** Secrets that GitHub finds in what the plan hands on: they change nothing, or the run is red and says why. */
import { describe, expect, it } from 'vitest';
import { secretsOf, withSecrets } from '../../../orchestrator/workflows/secrets.ts';
import type { WorkflowRun } from '../harness.ts';
import { makeRepository, type Repository } from '../repository.ts';
import { legsOf, logOf, orchestrator, prints, resultsOf, run, shop } from '../scenario.ts';

const dependencies = ['SHOP_NAME'];

const repositoryWith = (more: object = {}): Promise<Repository> =>
  makeRepository({ jobs: { orders: shop('orders', `test "$SHOP_NAME" && ${prints(1)}`, { dependencies }), ...more } });

/** The schedule's run of the hour, with this value of the job's secret, and with these variables. */
async function runWith(
  value: string,
  repository: Repository,
  now = '2026-11-21T06:17:00Z',
  variables: Readonly<Record<string, string>> = {},
  evaluateOnly: readonly string[] = [],
): Promise<WorkflowRun> {
  const workflow = await orchestrator((text) => withSecrets(text, secretsOf([], [{ service: 'shop', dependencies }])));
  const secrets = { values: {}, environments: { dev: { SHOP_NAME: value } } };
  const vars = { values: { TIDEMILL_ENVIRONMENT: 'dev' }, environments: { dev: variables } };
  return run(repository, now, { workflow, event: { name: 'schedule' }, secrets, vars, evaluateOnly });
}

/** A repository whose job is owed a run from six o'clock. */
async function owed(value: string): Promise<Repository> {
  const repository = await repositoryWith();
  // Its plan registers the job, and that is all.
  const first = await runWith(value, repository, '2026-11-21T05:17:00Z', {}, ['ingest', 'report']);
  expect(resultsOf(first)['plan'], logOf(first)).toBe('success');
  return repository;
}

describe('a secret that is a word', () => {
  it.each(['shop', 'true'])('is handed to its job, and keeps no leg from running: %s', async (value) => {
    const ran = await runWith(value, await owed(value));
    expect(resultsOf(ran), logOf(ran)).toEqual({ plan: 'success', ingest: 'success', report: 'success' });
    expect(legsOf(ran).map(({ name }) => name)).toEqual(['orders']);
  });

  it('may be the very word that says there is nothing to do: then the report looks', async () => {
    const repository = await owed('yes');
    const idle = await runWith('yes', repository, '2026-11-21T05:18:00Z');
    expect(resultsOf(idle), logOf(idle)).toEqual({ plan: 'success', ingest: 'skipped', report: 'success' });
  });
});

describe('a secret that GitHub takes for a part of the plan', () => {
  it.each(['1', '{\n  "private_key": "x"\n}\n'])('makes the run red, and the report says why: %j', async (value) => {
    const repository = await owed(value);
    const ran = await runWith(value, repository);
    expect(resultsOf(ran), logOf(ran)).toEqual({ plan: 'success', ingest: 'skipped', report: 'failure' });
    expect(ran.conclusion).toBe('failure');
    const [plan] = legsOf(ran, 'plan');
    expect(plan!.annotations.map(({ message }) => message)).toContain(
      "Skip output 'work' since it may contain secret.",
    );
    const [report] = legsOf(ran, 'report');
    expect(report!.summary).toMatch(/The plan had 1 run, and no leg ran.*a part of a secret.*one line.*variables/s);
    expect(report!.annotations).toContainEqual(
      expect.objectContaining({ level: 'error', properties: { title: 'tidemill: plan-not-handed-on' } }),
    );
    // Nothing is lost: as a variable it is no secret, and the slot is still owed.
    const mended = await runWith('', repository, '2026-11-21T06:30:00Z', { SHOP_NAME: value });
    expect(resultsOf(mended), logOf(mended)).toEqual({ plan: 'success', ingest: 'success', report: 'success' });
  });
});

it('legs of a serial service wait for each other, whatever job of it they run', async () => {
  const mine = (data_type: string) => ({ ...shop(data_type, prints(1)), service: 'mine' });
  const jobs = { mine_a: mine('a'), mine_b: mine('b') };
  const repository = await makeRepository({ services: { mine: { serial: true } }, jobs });
  const groups: unknown[] = [];
  for (const job of ['mine_a', 'mine_b', 'mine_a,mine_b']) {
    const event = { name: 'workflow_dispatch', inputs: { job } } as const;
    const ran = await run(repository, '2026-11-21T06:17:00Z', { event, evaluateOnly: ['ingest', 'report'] });
    groups.push(...legsOf(ran).map(({ name, concurrency }) => [name, concurrency]));
  }
  const concurrency = { group: 'tidemill-dev-service mine', queue: 'max' };
  expect(groups).toEqual([
    ['mine_a', concurrency],
    ['mine_b', concurrency],
    ['mine', concurrency],
  ]);
});
