import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { columnsOf, type Stream } from '@tidemill/kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Extracted, extractAll } from '../../test/fakes/extract.ts';
import { type NpmRegistry, type System, startNpmRegistry } from '../../test/fakes/npm-registry.ts';
import connector from './index.ts';

type Row = Readonly<Record<string, unknown>>;
interface Feature {
  readonly kind: string;
  readonly status?: { readonly support: object; readonly by_compat_key?: object };
  readonly redirect_targets?: readonly string[];
}
interface Published {
  readonly features: Record<string, Feature>;
  readonly groups: object;
  readonly snapshots: object;
}

const file = fileURLToPath(import.meta.resolve('web-features/data.json'));
const published: Published = JSON.parse(readFileSync(file, 'utf8'));

let registry: NpmRegistry;
let system: System;

beforeAll(async () => {
  registry = await startNpmRegistry();
  system = await registry.system();
  await registry.publish({ name: 'web-features', version: '3.40.0', files: dirname(file) });
});
afterAll(() => registry[Symbol.asyncDispose]());

function streamOf(name: string): Stream {
  const stream = connector.streams.find((candidate) => candidate.name === name);
  if (stream === undefined) throw new Error(`no stream ${name}`);
  return stream as Stream;
}

const rowsOf = (stream: Stream, { records }: Extracted): Row[] =>
  records.flatMap((record) => stream.toRow(stream.source.parse(record))).map((row) => stream.row.parse(row) as Row);

async function load(name: string): Promise<Row[]> {
  const stream = streamOf(name);
  return rowsOf(stream, await extractAll(stream, { system }));
}

/** Counted from the package itself, in other words than the connector's. */
function expectedRows(): Record<string, number> {
  const counts = { features: 0, moved_features: 0, browser_support: 0, compat_keys: 0 };
  for (const feature of Object.values(published.features)) {
    if (feature.kind === 'feature') counts.features += 1;
    else counts.moved_features += feature.kind === 'split' ? (feature.redirect_targets ?? []).length : 1;
    counts.browser_support += Object.keys(feature.status?.support ?? {}).length;
    counts.compat_keys += Object.keys(feature.status?.by_compat_key ?? {}).length;
  }
  const { groups, snapshots } = published;
  return { ...counts, groups: Object.keys(groups).length, snapshots: Object.keys(snapshots).length };
}

describe.each(connector.streams.map(({ name }) => name))('%s', (name) => {
  test('holds what the package holds, each key once', async () => {
    const { key } = streamOf(name);
    const rows = await load(name);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows).toHaveLength(expectedRows()[name] ?? Number.NaN);
    expect(new Set(rows.map((row) => JSON.stringify(key.map((column) => row[column])))).size).toBe(rows.length);
  });

  test('describes every column, and knows no others', async () => {
    const columns = columnsOf(streamOf(name).row);
    expect(columns.filter(({ description }) => description === '')).toEqual([]);
    for (const row of await load(name)) expect(Object.keys(row)).toEqual(columns.map((column) => column.name));
  });
});

const feature = async (id: string) => (await load('features')).find((row) => row['id'] === id);

describe('what a row says', () => {
  test('of a feature that is widely available', async () => {
    expect(await feature('grid')).toMatchObject({
      name: 'Grid',
      baseline: 'high',
      baseline_low_date: '2017-10-17',
      baseline_low_date_is_upper_bound: false,
      baseline_high_date: '2020-04-17',
      is_discouraged: false,
      discouraged_reason: null,
      groups: ['grid'],
      snapshots: null,
      caniuse: ['css-grid'],
    });
  });

  test('of a day the source only knows an upper bound of', async () => {
    expect(await feature('output')).toMatchObject({
      baseline_low_date: '2018-10-02',
      baseline_low_date_is_upper_bound: true,
      baseline_high_date: '2021-04-02',
      baseline_high_date_is_upper_bound: true,
    });
  });

  test('of a feature that is discouraged and not everywhere', async () => {
    expect(await feature('import-assertions')).toMatchObject({
      baseline: 'limited',
      baseline_low_date: null,
      baseline_low_date_is_upper_bound: null,
      is_discouraged: true,
      discouraged_alternatives: ['css-modules', 'json-modules'],
      removal_date: '2024-06-13',
    });
  });

  test('of texts with markup, and without', async () => {
    expect(await feature('clip')).toMatchObject({
      description: expect.stringMatching(/^The clip CSS property /),
      description_html: expect.stringMatching(/^The <code>clip<\/code> CSS property /),
      discouraged_reason: expect.stringContaining('deprecated the clip property'),
      discouraged_reason_html: expect.stringContaining('deprecated the <code>clip</code> property'),
    });
  });

  test('of identifiers that went elsewhere', async () => {
    const moved = await load('moved_features');
    expect(moved).toContainEqual({ id: 'masonry', kind: 'moved', target_id: 'grid-lanes' });
    expect(moved.filter(({ id }) => id === 'single-color-gradients')).toEqual([
      { id: 'single-color-gradients', kind: 'split', target_id: 'gradients' },
      { id: 'single-color-gradients', kind: 'split', target_id: 'conic-gradients' },
    ]);
  });

  test('of a browser, with the version as given', async () => {
    const support = (await load('browser_support')).filter((row) => row['feature_id'] === 'output');
    expect(support).toContainEqual({ feature_id: 'output', browser: 'edge', version_added: '≤18' });
  });
});

describe('what a part of a feature says', () => {
  test('of its own Baseline status, which is not that of the feature', async () => {
    const part = (await load('compat_keys')).find(
      ({ compat_key }) => compat_key === 'css.properties.background-attachment',
    );
    expect(part).toEqual({
      feature_id: 'background-attachment',
      compat_key: 'css.properties.background-attachment',
      baseline: 'high',
      baseline_low_date: '2015-07-29',
      baseline_low_date_is_upper_bound: false,
      baseline_high_date: '2018-01-29',
      baseline_high_date_is_upper_bound: false,
      support: expect.objectContaining({ chrome: '1', firefox_android: '4', safari_ios: '3.2' }),
    });
    expect(await feature('background-attachment')).toMatchObject({ baseline: 'limited' });
  });
});

describe('entries the connector does not know', () => {
  let odd: NpmRegistry;
  beforeAll(async () => {
    odd = await startNpmRegistry();
    const { grid, masonry, output } = published.features;
    const features = {
      grid,
      masonry,
      merged: { kind: 'merged', redirect_target: 'grid' },
      output: { ...output, status: { support: {}, baseline: 'medium', by_compat_key: { 'html.output': {} } } },
      nothing: null,
    };
    const contents = JSON.stringify({ features, groups: { css: { title: 'CSS' } }, snapshots: {} });
    await odd.publish({ name: 'web-features', version: '3.41.0', files: { 'data.json': contents } });
  });
  afterAll(() => odd[Symbol.asyncDispose]());

  async function rejected(name: string): Promise<unknown[]> {
    const stream = streamOf(name);
    const { records } = await extractAll(stream, { system: await odd.system() });
    return records.filter((record) => !stream.source.safeParse(record).success).map((record) => (record as Row)['id']);
  }

  test.each([
    ['features', ['merged', 'output', 'nothing']],
    ['browser_support', ['merged', 'output', 'nothing']],
    ['compat_keys', ['merged', 'output', 'nothing']],
    ['moved_features', ['merged', 'nothing']],
    ['groups', ['css']],
  ])('are rejected in sight by %s, the others pass', async (name, ids) => {
    expect(await rejected(name)).toEqual(ids);
    const { records } = await extractAll(streamOf(name), { system: await odd.system() });
    const passing = { groups: 0, features: 2 }[name] ?? 1;
    expect(records).toHaveLength(ids.length + passing);
  });
});

test('an unchanged version is recognised without its tarball', async () => {
  const stream = streamOf('features');
  const [cursor] = (await extractAll(stream, { system })).marks;
  registry.forget();
  expect((await extractAll(stream, { system, cursor })).isUnchanged).toBe(true);
  expect(registry.requests.map(({ asked }) => asked)).toEqual(['packument']);
});
