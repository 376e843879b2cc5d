/** What CONTRIBUTING.md says of a new driver, done: nothing but its folder, or its package, is added. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { Cache } from '../cache.ts';
import { generatedFor, makeRepository, type Repository } from '../repository.ts';
import { brokenRules } from '../rules.ts';
import { legsOf, logOf, prints, resultsOf, run, shop } from '../scenario.ts';

/** A bucket that is known by a name, in a folder that only a secret says. */
const MEMO = {
  'package.json': JSON.stringify({
    name: '@tidemill/storage-memo',
    version: '0.1.0',
    private: true,
    type: 'module',
    exports: './driver.ts',
    tidemill: {
      kind: 'bucket',
      schemes: ['memo'],
      location: 'memo://NAME',
      credentials: [
        { name: 'MEMO_ROOT', description: 'Where all memos are.' },
        { name: 'MEMO_PEN', description: 'What they are written with.', optional: true },
      ],
    },
    dependencies: { '@tidemill/kit': '0.1.0', '@tidemill/storage-local': '0.1.0' },
  }),
  'driver.ts': `import { join } from 'node:path';
import openFolder from '@tidemill/storage-local';
import type { Bucket, BucketOptions } from '../../contract.ts';

export default ({ location, env, ...rest }: BucketOptions): Bucket =>
  openFolder({ ...rest, env, location: join(env['MEMO_ROOT'] ?? '', new URL(location).host) });
`,
};

/** A warehouse from elsewhere, as npm installs it: JavaScript, and a dependency of the project. */
const LAKE = {
  'package.json': JSON.stringify({
    name: '@acme/lake',
    version: '1.0.0',
    type: 'module',
    exports: './index.js',
    tidemill: {
      kind: 'warehouse',
      schemes: ['lake'],
      location: 'lake://NAME',
      settings: [{ name: 'LAKE_FOLDER', description: 'Where it lies.' }],
    },
  }),
  'index.js': `import { join } from 'node:path';
import openFile from '@tidemill/warehouse-duckdb';

export default ({ location, env, ...rest }) =>
  openFile({ ...rest, env, location: join(env.LAKE_FOLDER, new URL(location).host + '.duckdb') });
`,
};

/** Who hears of events, from elsewhere as well: one that writes them down, and one that cannot be reached. */
const TAPE = {
  'package.json': JSON.stringify({
    name: '@acme/tape',
    version: '1.0.0',
    type: 'module',
    exports: './index.js',
    tidemill: {
      kind: 'events',
      schemes: ['tape'],
      location: 'tape://NAME',
      settings: [{ name: 'TAPE_FOLDER', description: 'Where the tapes are.' }],
    },
  }),
  'index.js': `import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';

export default ({ location, env }) => ({
  url: location,
  send: async (events, { taken }) => {
    if (location === 'tape://torn') throw new Error('the tape is torn');
    for (const event of events) {
      await appendFile(join(env.TAPE_FOLDER, new URL(location).host), JSON.stringify(event) + '\\n');
      taken(1);
    }
  },
  check: async () => {},
  close: async () => {},
});
`,
};

const JOBS = { orders: shop('orders', prints(1)) };

async function add(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

/** What \`npm install\` writes down of a new workspace. */
async function lock({ folder }: Repository, place: string): Promise<void> {
  const file = join(folder, 'package-lock.json');
  const { packages, ...rest } = JSON.parse(await readFile(file, 'utf8'));
  const { name, version, dependencies } = JSON.parse(await readFile(join(folder, place, 'package.json'), 'utf8'));
  const added = { [place]: { name, version, dependencies }, [`node_modules/${name}`]: { resolved: place, link: true } };
  await writeFile(file, JSON.stringify({ ...rest, packages: { ...packages, ...added } }));
}

/** A repository with the new driver in it, whose environment dev has its bucket there. */
async function withMemo(config: object = {}): Promise<Repository> {
  const dev = { bucket: 'memo://shelf', warehouse: 'silver.duckdb' };
  const repository = await makeRepository({ environments: { dev }, jobs: JOBS, ...config });
  const place = 'orchestrator/storage/memo';
  await add(join(repository.folder, place), MEMO);
  await lock(repository, place);
  return repository;
}

describe('a bucket driver that is a new folder', () => {
  it('is installed, given its secrets and used by a workflow that was only generated anew', async () => {
    const repository = await withMemo();
    const root = repository.outside('memos');
    const workflow = await generatedFor(repository, 'data-ingestion-orchestrator.yaml');
    expect(brokenRules(workflow)).toEqual([]);
    // Of a commit that nothing was planned of yet: the plan makes its bundle, with the driver in it.
    const cache = new Cache();
    const ran = await run(repository, '2026-11-21T06:17:00Z', {
      workflow,
      cache,
      event: { name: 'workflow_dispatch', inputs: { job: 'orders' } },
      secrets: { values: {}, environments: { dev: { MEMO_ROOT: root } } },
    });
    expect(resultsOf(ran), logOf(ran)).toEqual({ plan: 'success', ingest: 'success', report: 'success' });
    expect(legsOf(ran)[0]!.matrix['install']).toBe(
      '-w tidemill -w @tidemill/storage-memo -w @tidemill/warehouse-duckdb',
    );
    expect(legsOf(ran)[0]!.matrix['outside']).toBe('-w @tidemill/warehouse-duckdb');
    expect(JSON.parse(await readFile(join(root, 'shelf/_tidemill/state/orders.json'), 'utf8'))).toMatchObject({
      job: 'orders',
    });
  });
});

describe('on a machine of one’s own, with a warehouse and listeners from elsewhere besides', () => {
  let repository: Repository;

  beforeAll(async () => {
    const dev = { bucket: 'memo://shelf', warehouse: 'lake://sea', events: ['tape://torn', 'tape://reel'] };
    repository = await withMemo({ global: { drivers: ['@acme/lake', '@acme/tape'] }, environments: { dev } });
    const names = ['tidemill', '@tidemill/storage-memo', '@tidemill/warehouse-duckdb'].flatMap((name) => ['-w', name]);
    const npm = fileURLToPath(import.meta.resolve('../npm-ci.ts'));
    expect(await program([npm, 'ci', ...names])).toMatchObject({ exit: 0 });
    await add(join(repository.folder, 'node_modules/@acme/lake'), LAKE);
    await add(join(repository.folder, 'node_modules/@acme/tape'), TAPE);
    await mkdir(repository.outside('tapes'), { recursive: true });
  });

  const program = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    new Promise<{ exit: number; output: string }>((resolve) => {
      const { PATH, NODE_COMPILE_CACHE } = process.env;
      const options = { cwd: repository.folder, env: { PATH, NODE_COMPILE_CACHE, ...env } };
      execFile(process.execPath, args, options, (error, stdout, stderr) => {
        resolve({ exit: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
      });
    });
  const tidemill = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    program(['orchestrator/bin/tidemill.mjs', ...args, '--environment', 'dev'], env);

  const env = (): Record<string, string> => ({
    MEMO_ROOT: repository.outside('memos'),
    LAKE_FOLDER: repository.outside('lakes'),
    TAPE_FOLDER: repository.outside('tapes'),
  });

  it('doctor names the secrets they need, and those they find', async () => {
    const without = await tidemill(['doctor']);
    expect(without).toMatchObject({
      exit: 2,
      output: expect.stringContaining('@tidemill/storage-memo needs MEMO_ROOT'),
    });
    const fine = await tidemill(['doctor'], env());
    expect(fine.output).toMatch(/^ok {4}storage-memo +set: MEMO_ROOT; not set, and not needed: MEMO_PEN$/m);
    expect([fine.exit, fine.output]).toEqual([0, expect.not.stringContaining(repository.outside('memos'))]);
  });

  it('a job runs, and its leg would install the one as a workspace, the other with the root', async () => {
    const ran = await tidemill(['run', 'orders', '--json'], env());
    expect(ran.exit, ran.output).toBe(0);
    expect((await readFile(repository.outside('lakes/sea.duckdb'))).length).toBeGreaterThan(0);
    const told = (await readFile(repository.outside('tapes/reel'), 'utf8')).trim().split('\n');
    const kinds = told.map((line) => JSON.parse(line).data.event_type);
    expect([kinds[0], kinds.at(-1)]).toEqual(['run-started', 'run-completed']);
    expect(ran.output, 'nobody waits for who cannot be told').toContain('the tape is torn');
    const plan = JSON.parse((await tidemill(['plan', '--job', 'orders', '--json'], env())).output);
    expect(plan.matrix.include[0].install).toBe('--include-workspace-root -w tidemill -w @tidemill/storage-memo');
  });

  it('the planner installs the one from elsewhere, too: without it, it could not read the configuration', async () => {
    const { lines } = await generatedFor(repository, 'data-ingestion-orchestrator.yaml');
    const installs = lines.filter((line) => line.includes('-w tidemill'));
    expect(installs).toHaveLength(2);
    for (const line of installs) {
      expect(line).toContain('--include-workspace-root -w tidemill');
      expect(line).toContain('-w @tidemill/storage-memo');
    }
  });

  it('what neither of them opens is refused, with the ways to write it', async () => {
    const file = join(repository.folder, 'ingestion-config.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('memo://shelf', 'memos://shelf'));
    const { exit, output } = await tidemill(['validate'], env());
    expect([exit, output]).toEqual([
      2,
      expect.stringContaining('gs://my-bucket, memo://NAME or s3://my-bucket/prefix'),
    ]);
  });
});
