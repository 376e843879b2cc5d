/**
 * Each command of Tidemill in a block of the pages, run as it is printed in a project that has what they name. What other programs
 * are asked for there (npm, git, gcloud, bq) needs the internet or an account.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { configOf, type Project, project } from '../cli/project.ts';
import { wordsOf } from './steps.ts';

const DOCS = resolve(import.meta.dirname, '../../docs');
/** Written by the code, or followed by a test of its own. */
const ELSEWHERE = [
  'commands.md',
  'configuration.md',
  'errors.md',
  'values.md',
  'tutorial.md',
  'crawls.md',
  'catalog.md',
];

const OTHERWISE: Readonly<Record<string, string>> = {
  'npx tidemill transform': 'installs dbt; test/dbt tries it',
  'npx tidemill serve --schedule': 'serves until it is stopped; test/cli/serve.test.ts tries it',
  'npx tidemill serve --schedule --host 0.0.0.0': 'as well',
  'npx tidemill doctor --environment dev': 'asks BigQuery; test/bigquery tries it',
};

const pages = readdirSync(DOCS).filter((name) => name.endsWith('.md') && !ELSEWHERE.includes(name));

/** Without what a reader puts in the place of a name, and without remarks. */
function commandsOf(page: string): string[] {
  const blocks = readFileSync(join(DOCS, page), 'utf8').matchAll(/^ *```(?:sh)?\n([\s\S]*?)^ *```$/gm);
  return [...blocks]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) =>
      line
        .trim()
        .replace(/ +# .*$/, '')
        .replaceAll('JOB', 'shop_orders'),
    )
    .filter((line) => line.startsWith('npx tidemill '));
}

const orders = {
  prints: [{ id: 4711, total: '1.50' }],
  columns: { id: 'bigint', total: 'numeric' },
  primary_key: ['id'],
};
const features = {
  prints: [{ id: 'grid', baseline: 'high' }],
  columns: { id: 'text', baseline: 'text' },
  primary_key: ['id'],
};

/** Says what the shop has, as a tap does that is asked for it. */
const DISCOVERED = `console.log(${JSON.stringify(JSON.stringify({ name: 'orders', columns: [{ name: 'id', type: 'bigint' }], key: ['id'], capabilities: ['full'] }))})`;

async function shop(): Promise<Project> {
  const { jobs } = JSON.parse(
    configOf({
      shop_orders: { ...orders, service: 'shop', data_type: 'orders', scope: 'everything' },
      orders: { ...orders, service: 'shop', data_type: 'old_orders' },
      web_features_features: { ...features, service: 'web_features', data_type: 'features' },
    }),
  ) as { jobs: object };
  const warehouse = { main: 'main.duckdb', archive: 'archive.duckdb' };
  return project({
    'ingestion-config.yaml': JSON.stringify({
      environments: { prd: { bucket: 'bucket', warehouse } },
      services: { shop: { command: [process.execPath, '--eval', DISCOVERED, '--'] }, web_features: {} },
      jobs,
    }),
    'job-groups.yaml': JSON.stringify({ job_groups: { starter: { jobs: ['web_features_features'] } } }),
  });
}

const told = pages.map((page) => [page, commandsOf(page)] as const).filter(([, commands]) => commands.length > 0);

it.each(told)('%s has commands that work as they are printed', async (_, commands) => {
  const own = await shop();
  for (const environment of ['prd', 'local']) {
    const { exit, stderr } = await own.run(['run', '*', '--environment', environment]);
    expect(exit, stderr).toBe(0);
  }
  for (const line of commands.filter((one) => !(one in OTHERWISE))) {
    for (const [, , ...words] of wordsOf(line)) {
      const { exit, stdout, stderr } = await own.run(words);
      expect(exit, `${line}\n${stdout}${stderr}`).toBe(0);
    }
  }
});

it('leaves out no command that is not there', () => {
  const lines = told.flatMap(([, commands]) => commands);
  expect(lines.length).toBeGreaterThan(15);
  expect(Object.keys(OTHERWISE).filter((line) => !lines.includes(line))).toEqual([]);
});
