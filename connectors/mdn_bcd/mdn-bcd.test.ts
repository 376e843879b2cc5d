import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { columnsOf, type Stream } from '@tidemill/kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Extracted, extractAll } from '../../test/fakes/extract.ts';
import { type NpmRegistry, type System, startNpmRegistry } from '../../test/fakes/npm-registry.ts';
import connector from './index.ts';

const NAME = '@mdn/browser-compat-data';

type Row = Readonly<Record<string, unknown>>;
type Tree = { readonly [name: string]: Tree };
interface Browser {
  readonly releases: Record<string, { readonly release_date?: string }>;
}

const file = fileURLToPath(import.meta.resolve('@mdn/browser-compat-data'));
const published: Tree & { readonly browsers: Record<string, Browser> } = JSON.parse(readFileSync(file, 'utf8'));

let registry: NpmRegistry;
let system: System;

/** A registry whose newest version holds this data. */
async function registryOf(contents: object): Promise<NpmRegistry> {
  const other = await startNpmRegistry();
  await other.publish({ name: NAME, version: '9.0.0', files: { 'data.json': JSON.stringify(contents) } });
  return other;
}

const [releases, statements] = connector.streams as readonly Stream[] as [Stream, Stream];

const rowsOf = (stream: Stream, { records }: Extracted): Row[] =>
  records.flatMap((record) => stream.toRow(stream.source.parse(record))).map((row) => stream.row.parse(row) as Row);

const keysOf = ({ key }: Stream, rows: readonly Row[]): Set<string> =>
  new Set(rows.map((row) => key.map((column) => row[column]).join('\0')));

describe('support_statements', () => {
  let rows: Row[];
  let run: Extracted;
  beforeAll(async () => {
    await using whole = await startNpmRegistry();
    await whole.publish({ name: NAME, version: '8.1.9', files: dirname(file) });
    run = await extractAll(statements, { system: await whole.system() });
    rows = rowsOf(statements, run);
  });

  /** Key, browser and index of every statement, found by another walk than the connector's: with a stack, upwards. */
  function expectedKeys(): { readonly nodes: number; readonly keys: Set<string> } {
    const keys = new Set<string>();
    let nodes = 0;
    const stack = Object.keys(published).filter((name) => !['__meta', 'browsers'].includes(name));
    const at = (path: string) => path.split('.').reduce<Tree>((tree, name) => tree[name] as Tree, published);
    for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
      const { __compat: compat, ...children } = at(path);
      stack.push(...Object.keys(children).map((name) => `${path}.${name}`));
      if (compat === undefined) continue;
      nodes += 1;
      for (const [browser, support] of Object.entries(compat['support'] as Tree)) {
        const count = Array.isArray(support) ? support.length : 1;
        for (let index = 0; index < count; index += 1) keys.add([path, browser, index].join('\0'));
      }
    }
    return { nodes, keys };
  }

  test('holds every statement of every node, each key once', () => {
    const expected = expectedKeys();
    expect(expected.keys.size).toBeGreaterThan(200_000);
    expect(run.records).toHaveLength(expected.nodes);
    expect(rows).toHaveLength(expected.keys.size);
    expect(keysOf(statements, rows)).toEqual(expected.keys);
  });

  const statement = (key: string, browser: string, index = 0) =>
    rows.find((row) => row['compat_key'] === key && row['browser'] === browser && row['statement_index'] === index);

  test('a version, with what is said of the feature itself', () => {
    expect(statement('css.properties.backdrop-filter', 'firefox')).toMatchObject({
      category: 'css',
      is_supported: true,
      version_added: '103',
      version_removed: null,
      partial_implementation: false,
      prefix: null,
      flags: null,
      notes: [expect.stringContaining('Firefox 123')],
      is_deprecated: false,
      is_standard_track: true,
      tags: ['web-features:backdrop-filter'],
      spec_urls: ['https://drafts.csswg.org/filter-effects-2/#BackdropFilterProperty'],
      mdn_url: 'https://developer.mozilla.org/docs/Web/CSS/Reference/Properties/backdrop-filter',
      source_file: 'css/properties/backdrop-filter.json',
    });
  });

  test('a second statement, about the time before', () => {
    expect(statement('css.properties.backdrop-filter', 'edge', 1)).toMatchObject({
      version_added: '17',
      version_last: '18',
      version_removed: '79',
      prefix: '-webkit-',
    });
  });

  test('no support at all', () => {
    const none = { is_supported: false, version_added: null };
    expect(statement('css.properties.backdrop-filter', 'ie')).toMatchObject(none);
  });

  test('versions stay as given', () => {
    const versions = new Set(rows.map((row) => row['version_added']));
    expect(versions).toContain('preview');
    expect([...versions].filter((version) => String(version).startsWith('≤')).length).toBeGreaterThan(10);
  });
});

describe('support_statements of another time or a broken branch', () => {
  const support = { chrome: { version_added: '1' } };
  const node = { __compat: { support, source_file: 'api/A.json' } };

  async function extractOf(trees: object): Promise<Extracted> {
    await using other = await registryOf({ __meta: {}, browsers: {}, ...trees });
    return await extractAll(statements, { system: await other.system() });
  }

  test('what no version number is given for', async () => {
    const old = { chrome: { version_added: true, version_removed: false }, edge: { version_added: null } };
    const run = await extractOf({ api: { A: { __compat: { ...node.__compat, support: old } } } });
    expect(rowsOf(statements, run)).toMatchObject([
      { browser: 'chrome', is_supported: true, version_added: null, version_removed: null },
      { browser: 'edge', is_supported: null, version_added: null },
    ]);
  });

  test('a new category is read, a branch of another kind is rejected in sight', async () => {
    const broken = { __compat: { ...node.__compat, support: { chrome: { version_added: 17 } } } };
    const run = await extractOf({ quantum: { A: node, B: broken, C: 'soon', D: [node] } });
    expect(run.records.map((record) => (record as Row)['key'])).toEqual([
      'quantum.A',
      'quantum.B',
      'quantum.C',
      'quantum.D',
    ]);
    const passed = run.records.filter((record) => statements.source.safeParse(record).success);
    expect(passed).toEqual([{ key: 'quantum.A', compat: node.__compat }]);
  });
});

describe('browser_releases', () => {
  // The trees of features make nine tenths of the time and nothing of the rows.
  beforeAll(async () => {
    registry = await registryOf({ __meta: published.__meta, browsers: published.browsers });
    system = await registry.system();
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  const CORE = ['chrome', 'chrome_android', 'edge', 'firefox', 'firefox_android', 'safari', 'safari_ios'];
  const load = async (options: object) => rowsOf(releases, await extractAll(releases, { system, options }));
  const countIn = (ids: readonly string[]) =>
    ids.reduce((sum, id) => sum + Object.keys(published.browsers[id]?.releases ?? {}).length, 0);

  test.each([
    ['the core set by default', {}, CORE],
    ['the core set', { browsers: 'core' }, CORE],
    ['all browsers', { browsers: 'all' }, Object.keys(published.browsers)],
    ['a list, each once', { browsers: ['deno', 'bun', 'deno'] }, ['deno', 'bun']],
  ])('%s', async (_, options, ids) => {
    const rows = await load(options);
    expect(rows).toHaveLength(countIn(ids));
    expect(keysOf(releases, rows).size).toBe(rows.length);
    expect([...new Set(rows.map((row) => row['browser']))].sort()).toEqual([...ids].sort());
  });

  test('a release without a date is a row without a date', async () => {
    const dateless = Object.values(published.browsers).flatMap((browser) =>
      Object.values(browser.releases).filter((release) => release.release_date === undefined),
    );
    expect(dateless.length).toBeGreaterThan(0);
    const rows = await load({ browsers: 'all' });
    expect(rows.filter((row) => row['release_date'] === null)).toHaveLength(dateless.length);
  });

  test('what a row says', async () => {
    expect(await load({ browsers: ['chrome'] })).toContainEqual({
      browser: 'chrome',
      version: '100',
      browser_name: 'Chrome',
      browser_type: 'desktop',
      upstream: null,
      release_index: 98,
      release_date: '2022-03-29',
      status: 'retired',
      engine: 'Blink',
      engine_version: '100',
      release_notes: 'https://developer.chrome.com/blog/new-in-chrome-100',
    });
  });

  test('an unknown browser is an error that names the known ones', async () => {
    const failure = extractAll(releases, { system, options: { browsers: ['chrome', 'netscape'] } });
    await expect(failure).rejects.toMatchObject({
      kind: 'config',
      code: 'browser-unknown',
      message: expect.stringContaining('netscape'),
      hint: expect.stringContaining('firefox_android'),
    });
  });

  test('other browsers are other news, the same ones are none', async () => {
    const [cursor] = (await extractAll(releases, { system })).marks;
    registry.forget();
    expect((await extractAll(releases, { system, cursor })).isUnchanged).toBe(true);
    expect(registry.requests.map(({ asked }) => asked)).toEqual(['packument']);
    expect((await extractAll(releases, { system, cursor, options: { browsers: 'all' } })).isUnchanged).toBe(false);
  });

  // The test runner's module loader is more forgiving with npm's CommonJS packages than Node itself.
  test('runs in Node as it is', async () => {
    const script = `
      const { default: connector } = await import(${JSON.stringify(import.meta.resolve('./index.ts'))});
      const [stream] = connector.streams;
      const system = { env: process.env, cwd: process.cwd() };
      const context = { cursor: null, options: stream.options.parse({}), signal: new AbortController().signal, system };
      let records = 0;
      for await (const emission of stream.extract({ ...context, notice() {} })) records += emission.records?.length ?? 0;
      process.stdout.write(String(records));`;
    const node = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], system);
    expect(Number((await node).stdout)).toBeGreaterThan(800);
  });
});

test.each(connector.streams.map((stream) => [stream.name, stream as Stream] as const))(
  '%s describes every column',
  (_, { row }) => {
    expect(columnsOf(row).filter(({ description }) => description === '')).toEqual([]);
  },
);
