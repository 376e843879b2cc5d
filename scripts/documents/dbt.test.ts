import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import webFeatures from '../../connectors/web_features/index.ts';
import { load } from '../../test/fixtures/config.ts';
import { leftoversIn, tablesOf } from './dbt.ts';
import { freshnessOf } from './dbt-freshness.ts';
import { MARK, stagingDocuments } from './dbt-staging.ts';
import type { DbtTable } from './dbt-table.ts';

const table = (changes: Partial<DbtTable> = {}): DbtTable => ({
  service: 'shop',
  name: 'orders',
  description: 'Orders.',
  columns: [
    { name: 'id', type: 'bigint', nullable: false, description: 'Identifier.' },
    { name: 'at', type: 'timestamptz', nullable: false, description: '' },
    { name: 'status', type: 'text', nullable: true, description: '', values: ['new', 'old'] },
  ],
  key: ['id'],
  freshness: undefined,
  ...changes,
});

/** What the description of a service says, and the text of its first view. */
function generated(...tables: DbtTable[]) {
  const documents = stagingDocuments(tables);
  const textOf = (end: string): string => documents.find(({ path }) => path.endsWith(end))?.text ?? '';
  const { sources, models } = parse(textOf('.yml'));
  return { paths: documents.map(({ path }) => path), source: sources[0], model: models[0], view: textOf('.sql') };
}

describe('the view of a table', () => {
  it('lies in the folder of its service, is marked, and has its columns in their order', () => {
    const { paths, view } = generated(table());
    expect(paths).toEqual(['dbt/models/staging/shop/shop.yml', 'dbt/models/staging/shop/stg_shop__orders.sql']);
    expect(view.split('\n')[0]).toContain(MARK);
    expect(view.match(/^ {4}.*(?=,$)/gm)?.map((line) => line.trim())).toEqual([
      "'id': 'bigint'",
      "'at': 'timestamptz'",
      "'status': 'text'",
      "'ingested_at': 'timestamptz'",
    ]);
    expect(view).toContain("from {{ silver('shop', 'orders') }}");
  });

  it('has tests of its key, of what is never null, and of what a column may hold', () => {
    const { model } = generated(table());
    expect(model.data_tests).toEqual([{ never_null: { arguments: { columns: ['at'] } } }]);
    expect(model.columns[0]).toEqual({
      name: 'id',
      quote: true,
      description: 'Identifier.',
      data_tests: ['not_null', 'unique'],
    });
    expect(model.columns[2].data_tests).toEqual([{ accepted_values: { arguments: { values: ['new', 'old'] } } }]);
  });

  it('tests a key of several columns as a whole', () => {
    const { model } = generated(table({ key: ['id', 'at'] }));
    expect(model.data_tests).toEqual([{ unique_key: { arguments: { columns: ['id', 'at'] } } }]);
    expect(model.columns.slice(0, 2).map(({ data_tests }: { data_tests: unknown }) => data_tests)).toEqual([
      ['not_null'],
      ['not_null'],
    ]);
  });

  it('has no test of a key where there is none', () => {
    const { model } = generated(table({ key: [], columns: [] }));
    expect(model).toEqual({ name: 'stg_shop__orders', description: 'Orders.', columns: [expect.anything()] });
  });

  it('shows what stands in braces instead of carrying it out', () => {
    const { model } = generated(table({ description: 'Says "{{ name }}".' }));
    expect(model.description).toBe('{% raw %}Says "{{ name }}".{% endraw %}');
  });
});

describe('a source', () => {
  it('may lie in a schema, and under a name, that only the warehouse knows', () => {
    const { source } = generated(table());
    expect(source.schema).toBe("{{ var('silver_schema', '{service}') | replace('{service}', 'shop') }}");
    expect(source.tables[0].identifier).toContain("| replace('{table}', 'orders')");
  });

  it('is as fresh as its schedule promises', () => {
    const { source } = generated(table({ freshness: { warnAfter: 480, errorAfter: 1440 } }));
    expect(source.tables[0].config).toEqual({
      loaded_at_field: 'ingested_at',
      freshness: { warn_after: { count: 8, period: 'hour' }, error_after: { count: 1, period: 'day' } },
    });
    expect(generated(table()).source.tables[0].config.freshness).toBeNull();
  });
});

describe('how fresh a table can be', () => {
  const job = (cron: string | undefined, changes = {}) => ({ cron, timezone: 'UTC', enabled: true, ...changes });

  it.each([
    ['0 */4 * * *', 4 * 60],
    ['*/15 * * * *', 15],
    ['0 8 * * *', 24 * 60],
    // From Friday to Monday.
    ['0 8 * * 1-5', 3 * 24 * 60],
    ['0 9 1 * *', 31 * 24 * 60],
    // Once a year, and that is not a year with two of them.
    ['0 0 1 6 *', 366 * 24 * 60],
  ])('is told by the longest gap of %s', (cron, period) => {
    expect(freshnessOf([job(cron)])).toEqual({ warnAfter: 2 * period, errorAfter: 4 * period });
  });

  it('is told by the job that runs most often, and by none that does not run', () => {
    const often = freshnessOf([job('0 8 * * *'), job('0 * * * *'), job('* * * * *', { enabled: false })]);
    expect(often).toEqual({ warnAfter: 120, errorAfter: 240 });
    expect(freshnessOf([job(undefined)])).toBeUndefined();
    expect(freshnessOf([])).toBeUndefined();
  });
});

describe('the tables', () => {
  const { jobs } = load(`
services: { web_features: , shop: , bag: { package: '@acme/bag' } }
jobs:
  f: { service: web_features, data_type: features, cron: '0 8 * * *' }
  o: { service: shop, data_type: orders, command: x, columns: { id: bigint, at: timestamptz }, primary_key: [id] }
  again: { service: shop, data_type: orders, command: y, columns: { id: bigint } }
  raw: { service: shop, data_type: raw, command: x }
  open: { service: bag, data_type: rows, columns: { id: bigint }, primary_key: [id] }
`);
  const tables = tablesOf([webFeatures], jobs);
  const named = (name: string) => tables.find((one) => one.name === name);

  it('are those of the connectors, used or not, and of jobs that declare columns, once each', () => {
    expect(tables.map(({ service, name }) => `${service}.${name}`)).toEqual([
      ...webFeatures.streams.map(({ name }) => `web_features.${name}`),
      'shop.orders',
      'bag.rows',
    ]);
    expect(named('features')?.freshness).toEqual({ warnAfter: 2880, errorAfter: 5760 });
    expect(named('groups')?.freshness).toBeUndefined();
  });

  it('have what their rows say: a column of an enum knows its values, one of a command is null unless it is the key', () => {
    expect(named('features')?.columns.find(({ name }) => name === 'baseline')?.values).toEqual([
      'high',
      'low',
      'limited',
    ]);
    expect(named('orders')?.columns).toEqual([
      { name: 'id', type: 'bigint', nullable: false, description: '' },
      { name: 'at', type: 'timestamptz', nullable: true, description: '' },
    ]);
  });
});

it('what was generated for a table that is gone is named, and no file of a person', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tidemill-dbt-'));
  const files = {
    'dbt/models/staging/shop/stg_shop__orders.sql': `-- ${MARK}\n`,
    'dbt/models/staging/shop/stg_shop__gone.sql': `-- ${MARK}\nselect 1\n`,
    'dbt/models/staging/crm/crm.yml': `# ${MARK}\n`,
    'dbt/models/staging/shop/mine.sql': `select 1\n-- ${MARK}\n`,
    'dbt/models/marts/dim_orders.sql': `-- ${MARK}\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const documents = stagingDocuments([table()]);
  expect(await leftoversIn(root, documents)).toEqual([
    'dbt/models/staging/crm/crm.yml',
    'dbt/models/staging/shop/stg_shop__gone.sql',
  ]);
  expect(await leftoversIn(join(root, 'nowhere'), documents)).toEqual([]);
});
