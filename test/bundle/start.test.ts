/** What is started from a bundle is the same: it finds what lies beside its sources, what is installed, and its own places in a stack. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundledProject } from './project.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const COMMAND = { service: 'shop', data_type: 'orders', columns: { id: 'bigint' }, command: `echo '{"id":1}'` };
const CONFIG = { 'ingestion-config.yaml': JSON.stringify({ jobs: { orders: COMMAND } }) };
/** The warehouse of the environment local, whose engine is native and lies outside. */
const OUTSIDE = ['@duckdb'];

describe('the command line', () => {
  it('runs a job: the drivers are in the bundle, what is native comes from node_modules', async () => {
    const { run, folder } = await bundledProject(CONFIG, OUTSIDE);
    const ran = await run(['run', 'orders', '--json']);
    expect(ran.exit, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout).results).toMatchObject([{ job: 'orders', result: 'done', totals: { inserted: 1 } }]);
    expect((await readFile(join(folder, '.tidemill/local/warehouse.duckdb'))).length).toBeGreaterThan(0);
  });

  it('says what to install where that is missing', async () => {
    const { run } = await bundledProject(CONFIG);
    const ran = await run(['run', 'orders']);
    expect([ran.exit, ran.stdout + ran.stderr]).toEqual([
      2,
      expect.stringContaining('npm install @tidemill/warehouse-duckdb'),
    ]);
  });

  it('loads of its commands only one, and knows them all', async () => {
    const { run } = await bundledProject(CONFIG);
    expect((await run(['--help'])).stdout).toContain('quarantine');
    expect((await run(['plann'])).stderr).toContain('Did you mean plan?');
  });
});

it('every connector and driver can be loaded from it, and describes itself as in the sources', async () => {
  const { bundle } = await bundledProject(CONFIG, OUTSIDE);
  const own = join(bundle, 'node_modules/@tidemill');
  const names = readdirSync(own).sort();
  // A template describes the service that it is asked for.
  const described = '(d.connectorOf?.({ name, options: d.options.parse(d.example) }) ?? d).service';
  const load = `Promise.all(${JSON.stringify(names)}.map(async (name) => {
    const { default: d } = await import('@tidemill/' + name);
    return ${described} ?? 'driver';
  }))`;
  const script = join(bundle, 'load.mjs');
  writeFileSync(script, `console.log(JSON.stringify(await ${load}))`);
  const loaded = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as string[];
  expect(loaded).toEqual(names.map((name) => (/^(events|storage|warehouse)-/.test(name) ? 'driver' : name)));
  expect(loaded.filter((one) => one === 'driver').length).toBeGreaterThan(5);
  for (const name of names) {
    const [told, known] = [join(own, name), join(ROOT, 'node_modules/@tidemill', name)].map((folder) =>
      JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
    );
    expect([told.name, told.version, told.tidemill]).toEqual([known.name, known.version, known.tidemill]);
  }
});

describe('a process reads', () => {
  /** Files of ours and modules of Node that it has loaded. */
  async function loadedBy(
    args: readonly string[],
    files: Readonly<Record<string, string>> = CONFIG,
  ): Promise<string[]> {
    const { run, folder } = await bundledProject(files, OUTSIDE);
    const LOADED = join(folder, 'loaded.json');
    await run(args, {
      LOADED,
      NODE_OPTIONS: `--import ${import.meta.resolve('./loaded.mjs')}`,
      npm_config_registry: NOBODY,
    });
    return JSON.parse(readFileSync(LOADED, 'utf8')) as string[];
  }

  it('for a plan nothing that runs jobs', async () => {
    const loaded = await loadedBy(['plan']);
    expect(loaded).toContain('orchestrator/plan/plan.ts');
    const running = /^orchestrator\/(run\/(?!extract\/connector)|result\/fold|credentials|auth|transform|site|alerts)/;
    expect(loaded.filter((source) => running.test(source))).toEqual([]);
  });

  it('for a leg, though it has an HTTP client, not the one that Node brings', async () => {
    const jobs = { groups: { service: 'web_features', data_type: 'groups' } };
    const loaded = await loadedBy(['run', 'groups'], { 'ingestion-config.yaml': JSON.stringify({ jobs }) });
    expect(loaded).toContain('orchestrator/run/pipeline.ts');
    expect(loaded).toContain('NativeModule _http_client');
    expect(loaded.filter((module) => module.includes('undici'))).toEqual([]);
  });
});

/** An address at which no registry is. */
const NOBODY = 'http://127.0.0.1:9/';

/** A driver from elsewhere with a mistake in it, which is a bug to us. */
const BROKEN = {
  'node_modules/@example/broken/package.json': JSON.stringify({
    name: '@example/broken',
    type: 'module',
    exports: './index.js',
    tidemill: { kind: 'bucket', schemes: ['broken'], location: 'broken://NAME' },
  }),
  'node_modules/@example/broken/index.js': 'export default () => undefined.sense;\n',
  'ingestion-config.yaml': JSON.stringify({
    global: { drivers: ['@example/broken'] },
    environments: { dev: { bucket: 'broken://x', warehouse: 'x.duckdb' } },
    jobs: { orders: COMMAND },
  }),
};

it('the stack of a bug names files and lines of the sources', async () => {
  const { run } = await bundledProject(BROKEN);
  const { exit, stderr } = await run(['plan', '--environment', 'dev']);
  expect([exit, stderr]).toEqual([1, expect.stringContaining("Cannot read properties of undefined (reading 'sense')")]);
  expect(stderr).toMatch(/node_modules\/@example\/broken\/index\.js:1:/);
  const [, file = '', line = ''] = / at openDriver \((orchestrator\/[\w/-]+\.ts):(\d+):\d+\)/.exec(stderr) ?? [];
  expect(file, stderr).toBe('orchestrator/drivers/open.ts');
  expect(readFileSync(join(ROOT, file), 'utf8').split('\n')[Number(line) - 1]).toContain('open({');
  expect(stderr).not.toContain('/chunks/');
});

describe('a bundle that does not fit is not used, which is said, and everything runs from the sources', () => {
  const faults: readonly [string, (bundle: string) => void, Readonly<Record<string, string>>, string][] = [
    ['of another commit', () => undefined, { GITHUB_SHA: 'f00d' }, 'and this is f00d'],
    ['of another Node', (bundle) => change(bundle, { node: 22 }), {}, 'it was made by Node 22, and this is v'],
    ['of other sources', (bundle) => change(bundle, { digest: '' }), PERSON, 'npm run bundle` makes it anew'],
    ['that is not there', (bundle) => rmSync(bundle, { recursive: true }), PERSON, '`npm run bundle` makes it'],
    ['that is damaged', (bundle) => spoil(bundle, 'chunks/main.js'), PERSON, 'it is damaged (files of it are'],
    ['without its manifest', (bundle) => rmSync(join(bundle, 'bundle.json')), {}, 'it is damaged (ENOENT'],
    ['whose manifest is damaged', (bundle) => spoil(bundle, 'bundle.json'), {}, 'it is damaged (Unterminated string'],
    ['that cannot be loaded', (bundle) => spoil(bundle, 'chunks/main.js'), {}, 'it cannot be loaded ('],
    [
      'of which nothing is left',
      (bundle) => writeFileSync(join(bundle, 'chunks/main.js'), ''),
      {},
      'it has no command',
    ],
  ];

  it.each(faults)('%s', async (_, break_, env, words) => {
    const { run, bundle } = await bundledProject(CONFIG);
    break_(bundle);
    const { exit, stdout, stderr } = await run(['plan', '--json'], env);
    expect(exit, stderr).toBe(0);
    expect(stderr).toContain(`The bundle in ${bundle} is not used: `);
    expect(stderr).toContain(words);
    expect(JSON.parse(stdout)).toMatchObject({ environment: 'local' });
  });

  it('but on a person’s machine one of the same sources is', async () => {
    const { run } = await bundledProject(BROKEN);
    const { stderr } = await run(['plan', '--environment', 'dev'], PERSON);
    expect(stderr).toContain('at openDriver (orchestrator/drivers/open.ts:');
  });

  it('and of one that is not there nothing is said', async () => {
    const { run, bundle } = await bundledProject(CONFIG);
    rmSync(bundle, { recursive: true });
    expect(await run(['plan', '--json'])).toMatchObject({ exit: 0, stderr: '' });
  });
});

/** Nobody says which commit it is. */
const PERSON = { CI: '', GITHUB_SHA: '' };

const spoil = (bundle: string, file: string): void => writeFileSync(join(bundle, file), '{"');

function change(bundle: string, to: object): void {
  const file = join(bundle, 'bundle.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...to }));
}
