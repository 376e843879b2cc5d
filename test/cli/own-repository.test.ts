/** `npm create tidemill` and what comes after it, with the packages as they are published: each command is a process of its own. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { stagePackages } from '../../scripts/packages/stage.ts';

const ROOT = join(import.meta.dirname, '../..');
const OURS = /^(\..*|@tidemill|tidemill|create-tidemill)$/;
const FLAGS = ['--bucket', 'gs://my-data', '--environment', 'dev', '--service', 'spotify', '--no-schedule'];

interface Ending {
  readonly exit: number;
  readonly stdout: string;
  readonly output: string;
}

function node(cwd: string, ...args: readonly string[]): Promise<Ending> {
  const isInherited = ([name]: [string, unknown]): boolean => !/^(VITEST|NODE_ENV$|TEST$)/.test(name);
  const env = Object.fromEntries(Object.entries(process.env).filter(isInherited));
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env: { ...env, NO_COLOR: '1', CI: 'true' } }, (error, stdout, stderr) => {
      resolve({ exit: error === null ? 0 : Number(error.code), stdout, output: `${stdout}${stderr}` });
    });
  });
}

let repository: string;
let created: Ending;
const tidemill = (...args: string[]): Promise<Ending> =>
  node(repository, 'node_modules/tidemill/bin/tidemill.mjs', ...args);
const read = (path: string): Promise<string> => readFile(join(repository, path), 'utf8');

/** As npm installs them: ours in their published form, and those of others. */
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-own-'));
  const packages = join(folder, 'node_modules');
  await stagePackages({ root: ROOT, folder: packages, repository: undefined });
  const others = (await readdir(join(ROOT, 'node_modules'))).filter((name) => !OURS.test(name));
  for (const name of others) await symlink(join(ROOT, 'node_modules', name), join(packages, name));
  created = await node(folder, 'node_modules/create-tidemill/create-tidemill.mjs', 'my-data', ...FLAGS);
  repository = join(folder, 'my-data');
  // From here on it is what `npm install` brings into the repository.
  await rename(packages, join(repository, 'node_modules'));
});

it('npm create tidemill makes the repository, and says what it took by default', () => {
  expect(created.exit, created.output).toBe(0);
  expect(created.output).toContain('warehouse: lake, as nothing else was said');
  expect(created.stdout).toContain('  cd my-data\n  npm install\n');
});

describe('in the repository', () => {
  it('nothing of Tidemill lies outside its packages', async () => {
    const folders = (await readdir(repository)).filter((name) => name !== 'node_modules');
    expect(folders.sort()).toEqual([
      ...['.github', '.gitignore', 'README.md', 'commands', 'ingestion-config.yaml', 'job-groups.yaml', 'package.json'],
    ]);
    expect(await readdir(join(repository, 'commands'))).toEqual(['heartbeat.mjs']);
  });

  it('the configuration is valid, its schemas are there, and the workflows are fresh', async () => {
    expect(await tidemill('validate')).toMatchObject({ exit: 0, output: expect.stringContaining('no fault') });
    expect((await tidemill('generate', '--check')).output).toBe('3 files, all fresh.\n');
    for (const file of ['ingestion-config.yaml', 'job-groups.yaml']) {
      const [, schema = ''] = /^# yaml-language-server: \$schema=(.*)$/m.exec(await read(file)) ?? [];
      expect(JSON.parse(await read(schema))).toHaveProperty('$schema');
    }
  });

  it('it depends on packages that are published', async () => {
    const { dependencies, devDependencies } = JSON.parse(await read('package.json'));
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
      expect(JSON.parse(await read(`node_modules/${name}/package.json`))).not.toHaveProperty('private');
    }
  });

  it('the example runs at once', async () => {
    const { exit, output } = await tidemill('run', '--group', 'starter');
    expect(exit, output).toBe(0);
    expect(output).toContain('1 job done: 1 inserted');
  });

  it('init changes nothing', async () => {
    expect((await tidemill('init')).stdout).toContain('Everything is here already; nothing was written.');
  });
});

it('a connector of one’s own is made, tested, configured and known to the workflows', async () => {
  const made = await tidemill('new-connector', 'acme_crm');
  expect(made.exit, made.output).toBe(0);
  expect(JSON.parse(await read('package.json'))).toMatchObject({ workspaces: ['connectors/*'] });
  // What `npm install` does with a workspace.
  await mkdir(join(repository, 'node_modules/@tidemill'), { recursive: true });
  await symlink('../../connectors/acme_crm', join(repository, 'node_modules/@tidemill/acme_crm'));
  const tested = await node(repository, 'node_modules/vitest/vitest.mjs', 'run', 'connectors/acme_crm');
  expect(tested.exit, tested.output).toBe(0);
  expect(tested.output).toContain('acme_crm: contacts keeps the connector contract');
  const job = 'service: acme_crm, data_type: contacts, cron: "17 * * * *"';
  const config = (await read('ingestion-config.yaml')).replace('services:\n', 'services:\n  acme_crm:\n');
  await writeFile(join(repository, 'ingestion-config.yaml'), `${config}\n  acme_crm_contacts: { ${job} }\n`);
  expect(await tidemill('validate')).toMatchObject({ exit: 0 });
  expect((await tidemill('generate')).exit).toBe(0);
  expect(await read('.github/workflows/data-ingestion-orchestrator.yaml')).toContain('secrets.ACME_CRM_TOKEN');
  expect(await tidemill('run', 'acme_crm_contacts')).toMatchObject({
    exit: 3,
    output: expect.stringContaining('ACME_CRM_TOKEN'),
  });
});
