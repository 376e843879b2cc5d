import { expect, it } from 'vitest';
import { reservedWords } from '../contracts/sql-words.ts';
import { startNpmRegistry } from '../fakes/npm-registry.ts';
import { configOf, project } from './project.ts';

it('--explore after runs that failed says what to do, and asks no table that is not there', async () => {
  await using registry = await startNpmRegistry();
  const { env } = await registry.system();
  const jobs = {
    features: { service: 'web_features', data_type: 'features', retry_attempts: 0 },
    groups: { service: 'web_features', data_type: 'groups', retry_attempts: 0 },
  };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify({ services: { web_features: {} }, jobs }) });
  const failed = await here.run(['run', '*', '--explore'], { env });
  const [failure] = (await here.run(['run', 'features', '--json'], { env })).json().results;
  expect([failed.exit, failed.stdout + failed.stderr]).toEqual([
    failure.failure.exit,
    expect.not.stringContaining('Catalog Error'),
  ]);
  expect(failed.stdout).toContain('Nothing of features is loaded yet: what to do is said above. Then run it again.');
  expect(failed.stdout).toContain('Warehouse   .tidemill/local/warehouse.duckdb');
  expect(failed.stdout).not.toContain('SELECT');
});

it.each([
  ['plain', ['slot', 'n']],
  ['reserved', reservedWords.slice(0, 4)],
])('--explore shows what a program has brought, in columns with %s names', async (_, names) => {
  const [first = '', ...others] = names;
  const prints = [Object.fromEntries(names.map((name) => [name, `the ${name}`]))];
  const columns = Object.fromEntries(names.map((name) => [name, 'text']));
  const own = { columns, primary_key: [first], prints };
  const here = await project({ 'ingestion-config.yaml': configOf({ mine: own }) });
  const { stdout, exit } = await here.run(['run', 'mine', '--explore']);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/What came last of mine\?\n\n {2}SELECT t\.\w+/);
  for (const name of [first, ...others]) expect(stdout).toContain(`the ${name}`);
});
