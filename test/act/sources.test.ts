/** The workflow of this repository: its machines start from a bundle, which the plan makes once a commit and the cache hands on. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { generatedText, makeRepository } from '../workflow/repository.ts';
import { prints, shop } from '../workflow/scenario.ts';
import { startAct } from './act.ts';
import { commitAll } from './commit.ts';
import { type ActRun, ranOn, results, step } from './log.ts';

/** Links what the lockfile says that the chosen workspaces need: of the real one the machines of packages.test.ts make use. */
const NPM = fileURLToPath(import.meta.resolve('../workflow/npm-ci.ts'));

let first: ActRun;
let second: ActRun;

beforeAll(async () => {
  const jobs = { orders: shop('orders', prints(1)), refunds: shop('refunds', prints(2)) };
  const repository = await makeRepository({ global: { legs: 'packed' }, jobs });
  const { folder } = repository;
  const file = 'data-ingestion-orchestrator.yaml';
  await writeFile(join(folder, '.github/workflows', file), await generatedText(repository, file));
  await writeFile(join(folder, '.gitignore'), 'node_modules\n.tidemill\n');
  await commitAll(folder);
  const act = await startAct({ npm: `exec node '${NPM}' "$@"` });
  const byHand = { event: 'workflow_dispatch', inputs: { force: 'true' }, now: '2026-11-21T05:20:00Z' } as const;
  first = await act.run({ folder, ...byHand });
  second = await act.run({ folder, event: 'schedule', now: '2026-11-21T05:40:00Z' });
});

it('runs green from the plan to the report', () => {
  expect(results(first), first.log).toEqual({ plan: 'success', 'orders-and-1-more': 'success', report: 'success' });
  expect(first.exit).toBe(0);
  expect(step(first, 'report', 'Report').summary).toContain('✅ 2 jobs done: 2 inserted');
});

it('makes the bundle in the first plan of a commit, and starts the other machines from it', () => {
  expect(ranOn(first, 'plan')).toEqual([
    ...['Fetch the bundle', 'Make the bundle', 'Keep the bundle', 'Look whether the bundle fits', 'Plan'],
  ]);
  expect(ranOn(first, 'orders-and-1-more')).toEqual([
    ...['Fetch the bundle', 'Look whether the bundle fits', 'Install what the bundle leaves out', 'Ingest'],
  ]);
  expect(ranOn(first, 'report')).not.toContain('Install the reporter');
  for (const on of ['plan', 'orders-and-1-more', 'report']) {
    expect(step(first, on, 'Look whether the bundle fits').outputs, on).toEqual({ fits: 'yes' });
  }
});

it('finds it in the next plan of the same commit, and nothing owed', () => {
  expect(results(second), second.log).toEqual({ plan: 'success' });
  expect(step(second, 'plan', 'Fetch the bundle').outputs).toEqual({ 'cache-hit': 'true' });
  expect(ranOn(second, 'plan')).toEqual(['Fetch the bundle', 'Look whether the bundle fits', 'Plan']);
  expect(step(second, 'plan', 'Plan').outputs).toMatchObject({ work: '', idle: 'yes' });
});
