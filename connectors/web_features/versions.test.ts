/** Versions of the package in any order, newer and older: each time the tables are what they would be had there been no other. */
import { columnsOf, type Stream } from '@tidemill/kit';
import { expect, onTestFinished, test } from 'vitest';
import { project } from '../../test/cli/project.ts';
import { startNpmRegistry } from '../../test/fakes/npm-registry.ts';
import connector from './index.ts';

const streams = connector.streams as readonly Stream[];

const feature = (name: string, support: Readonly<Record<string, string>>, more: object = {}) => ({
  ...{ kind: 'feature', name, description: `${name}.`, spec: ['https://example.org/spec'] },
  status: { baseline: false, support, by_compat_key: { [`css.${name}`]: { baseline: false, support } } },
  ...more,
});
const edition = (name: string) => ({ name, spec: `https://example.org/${name}` });

/** Features that come, change, move, come back and go. */
const versions: Readonly<Record<string, object>> = {
  '3.1.0': {
    features: {
      grid: feature('grid', { chrome: '≤57', safari: '10.1' }, { group: ['css'] }),
      flexbox: feature('flexbox', { chrome: '29' }),
      floats: feature('floats', { chrome: '1', firefox: '1' }),
    },
    groups: { css: { name: 'CSS' } },
    snapshots: { 'css-2023': edition('2023') },
  },
  '3.2.0': {
    features: {
      grid: feature('grid', { chrome: '57', firefox: '52', safari: '10.1' }, { group: ['css', 'layout'] }),
      subgrid: feature('subgrid', {}),
      flexbox: { kind: 'moved', redirect_target: 'grid' },
      floats: { kind: 'split', redirect_targets: ['grid', 'subgrid'] },
    },
    groups: { css: { name: 'Cascading Style Sheets' }, layout: { name: 'Layout', parent: 'css' } },
    snapshots: {},
  },
  '3.3.0': {
    features: {
      subgrid: feature('subgrid', { firefox: '71' }, { snapshot: ['css-2024'] }),
      flexbox: feature('flexbox', { chrome: '29' }),
      floats: { kind: 'moved', redirect_target: 'subgrid' },
    },
    groups: { layout: { name: 'Layout' } },
    snapshots: { 'css-2023': edition('2023'), 'css-2024': edition('2024') },
  },
};

interface Result {
  readonly data_type: string;
  readonly totals: Readonly<Record<string, number>>;
  readonly changed?: Readonly<Record<string, typeof NOTHING>>;
}

const NOTHING = { inserted: 0, updated: 0, deleted: 0, moved: 0, split: 0 };

type Rows = Readonly<Record<string, ReadonlyMap<string, string>>>;

async function workplace() {
  const registry = await startNpmRegistry();
  onTestFinished(() => registry[Symbol.asyncDispose]());
  const { env } = await registry.system();
  for (const [version, contents] of Object.entries(versions)) {
    await registry.publish({ name: 'web-features', version, files: { 'data.json': JSON.stringify(contents) } });
  }
  let minutes = 0;
  /** Loads one version after the other into the same tables. */
  return async () => {
    const here = await project({});
    return async (version: string) => {
      minutes += 1;
      const jobs = streams.map(({ name }) => [
        name,
        { service: 'web_features', data_type: name, options: { version }, changes: true },
      ]);
      here.write(
        'ingestion-config.yaml',
        JSON.stringify({ services: { web_features: {} }, jobs: Object.fromEntries(jobs) }),
      );
      const now = new Date(Date.UTC(2026, 10, 21, 6, minutes)).toISOString();
      const { exit, stdout, json } = await here.run(['run', '--force', '--json'], { env, now });
      expect(exit, stdout).toBe(0);
      const results = json().results as Result[];
      const rows: Record<string, ReadonlyMap<string, string>> = {};
      for (const { name, row, key } of streams) {
        const columns = columnsOf(row).map((column) => column.name);
        const list = columns.map((column) => `CAST("${column}" AS VARCHAR)`).join(', ');
        const answer = await here.run(['query', '--json', `SELECT ${list} FROM web_features.${name}`]);
        const all = answer.json().rows as (string | null)[][];
        const keyOf = (values: readonly unknown[]) =>
          JSON.stringify(key.map((column) => values[columns.indexOf(column)]));
        rows[name] = new Map(all.map((values) => [keyOf(values), JSON.stringify(values)]));
      }
      const totals = Object.fromEntries(results.map(({ data_type, totals }) => [data_type, totals]));
      const told = results.map(({ data_type, changed = {} }) => [data_type, Object.values(changed)[0] ?? NOTHING]);
      return { rows, totals, told: Object.fromEntries(told) as Readonly<Record<string, typeof NOTHING>> };
    };
  };
}

/** What must have been done to the rows of a table to make them the others. */
function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) {
  const kept = [...after].filter(([key]) => before.has(key));
  const updated = kept.filter(([key, row]) => before.get(key) !== row).length;
  return {
    inserted: after.size - kept.length,
    deleted: before.size - kept.length,
    updated,
    unchanged: kept.length - updated,
    rejected: 0,
  };
}

const changed = ({ updated, deleted }: { readonly updated: number; readonly deleted: number }) => ({
  updated,
  deleted,
});

test('whichever version was there, the next one makes the tables its own, by the rows that differ and no others', async () => {
  const open = await workplace();
  const fresh: Record<string, Rows> = {};
  for (const version of Object.keys(versions)) fresh[version] = (await (await open())(version)).rows;
  const load = await open();
  let before = '';
  for (const version of ['3.1.0', '3.2.0', '3.3.0', '3.2.0', '3.1.0', '3.3.0', '3.1.0']) {
    const { rows, totals, told } = await load(version);
    expect(rows, `${version} after ${before}`).toEqual(fresh[version]);
    for (const { name } of streams) {
      const expected = changes(fresh[before]?.[name] ?? new Map(), fresh[version]?.[name] ?? new Map());
      const what = `${name}: ${version} after ${before}`;
      expect(totals[name], what).toMatchObject(expected);
      const { inserted, updated, deleted, moved = 0, split = 0 } = told[name] ?? NOTHING;
      if (before !== '') expect({ updated, deleted: deleted + moved + split }, what).toEqual(changed(expected));
      if (before !== '' && name !== 'features') expect(inserted, what).toBe(expected.inserted);
    }
    if (version === '3.2.0' && before === '3.1.0')
      // Of the split one half is new and is told with it, and grid had changed besides.
      expect(told['features']).toMatchObject({ inserted: 0, updated: 1, deleted: 0, moved: 1, split: 1 });
    before = version;
  }
});
