import { chmodSync, renameSync, symlinkSync } from 'node:fs';
import { delimiter } from 'node:path';
import { expect, it } from 'vitest';
import { FAKE_PYTHON } from '../fakes/python.ts';
import { configOf, type Project, project } from './project.ts';

const shop = { service: 'shop', command: 'python3 fetch.py', columns: { id: 'bigint' } };
const configured = (setup: object): string =>
  JSON.stringify({ ...JSON.parse(configOf({ orders: shop })), services: { shop: { setup }, other: null } });

async function shopWith(setup: object, files: Record<string, string> = {}): Promise<Project> {
  const here = await project({ 'ingestion-config.yaml': configured(setup), 'bin/python3': FAKE_PYTHON, ...files });
  chmodSync(here.path('bin/python3'), 0o755);
  return here;
}

const envOf = (here: Project) => ({
  PATH: [here.path('bin'), process.env['PATH']].join(delimiter),
  PIP_INDEX_URL: 'https://packages.example/simple',
  MY_TOKEN: 's3cret',
});

it('installs requirements into an environment of the service alone, whose python the command finds, and only when they have changed', async () => {
  const here = await shopWith({ python: 'requirements.txt' }, { 'requirements.txt': 'requests==2.32.3\n' });
  const env = envOf(here);
  const run = async () => (await here.run(['run', 'orders', '--json'], { env })).json().results[0];
  const before = await run();
  expect(before.failure).toMatchObject({
    kind: 'config',
    code: 'setup-missing',
    hint: expect.stringContaining('npx tidemill setup shop'),
  });
  expect((await here.run(['doctor'], { env })).stdout).toMatch(/MISS {2}setup shop .*not installed/);

  const first = await here.run(['setup', 'shop'], { env });
  expect(first.stdout).toContain('shop  | Collecting from https://packages.example/simple, secret: none\n');
  expect(first.stdout).toMatch(/1 service ready, 1 of them installed now\.\n$/);
  expect((await run()).result).toBe('done');
  expect((await here.run(['doctor'], { env })).stdout).toMatch(/ok {4}setup shop/);

  expect((await here.run(['setup', 'shop', '--json'], { env })).json()).toEqual({
    services: [{ service: 'shop', found: 'ready' }],
  });
  here.write('requirements.txt', 'requests==2.32.4\n');
  expect((await run()).failure.message).toContain('has changed since it was installed');
  expect((await here.run(['setup', 'shop', '--json'], { env })).json()).toEqual({
    services: [{ service: 'shop', found: 'outdated' }],
  });
  expect((await here.run(['setup', 'shop', '--again'], { env })).stdout).toContain('1 of them installed now');
  expect((await run()).result).toBe('done');
});

it('installs a list of requirements, again once the list has changed', async () => {
  const here = await shopWith({ python: ['requests==2.32.3'] });
  const env = envOf(here);
  const found = async () => (await here.run(['setup', 'shop', '--json'], { env })).json().services[0].found;
  expect([await found(), await found()]).toEqual(['missing', 'ready']);
  here.write('ingestion-config.yaml', configured({ python: ['requests==2.32.4'] }));
  expect(await found()).toBe('outdated');
});

it('asks uv where there is one, unless only pip is told of an index', async () => {
  const here = await shopWith({ python: ['tap-shop==1.0'] }, { 'bin/uv': UV });
  chmodSync(here.path('bin/uv'), 0o755);
  const { PIP_INDEX_URL: _, ...env } = envOf(here);
  expect((await here.run(['setup', 'shop'], { env })).stdout).toContain('1 of them installed now');
  const venv = here.path('.tidemill/setup/shop/python');
  expect(here.read('asked').trim().split('\n')).toEqual([
    `venv --quiet --no-python-downloads --seed --python python3 ${venv}, secret: none`,
    `pip install --python ${venv}/bin/python tap-shop==1.0, secret: none`,
  ]);
  const again = ['setup', 'shop', '--again'];
  expect((await here.run(again, { env: envOf(here) })).stdout).toContain('Collecting from https://packages.example');
});

const UV = `#!/bin/sh
echo "$*, secret: \${MY_TOKEN:-none}" >> "$(dirname "$0")/../asked"
[ "$1" != venv ] || { for last; do :; done; mkdir -p "$last/bin"; ln -s /bin/sh "$last/bin/python"; }
`;

// https://github.com/pypa/pipx/issues/146
it('installs anew where the interpreter that the environment links to is another one by now', async () => {
  const here = await shopWith({ python: 'requirements.txt' }, { 'requirements.txt': 'requests==2.32.3\n' });
  const env = envOf(here);
  const found = async () => (await here.run(['setup', 'shop', '--json'], { env })).json().services[0].found;
  expect([await found(), await found()]).toEqual(['missing', 'ready']);
  const failure = async () => (await here.run(['run', 'orders', '--json'], { env })).json().results[0].failure.message;
  renameSync(here.path('bin/python3'), here.path('bin/python3.12'));
  expect(await failure()).toContain('is not installed');
  symlinkSync(here.path('bin/python3.12'), here.path('bin/python3'));
  expect(await failure()).toContain('has changed since it was installed');
  expect([await found(), await found()]).toEqual(['outdated', 'ready']);
});

it('remembers nothing of a setup that failed, and says what the installer said last', async () => {
  const here = await shopWith({ python: 'requirements.txt' }, { 'requirements.txt': 'nothing\n', broken: '' });
  const failed = await here.run(['setup', 'shop'], { env: envOf(here) });
  expect([failed.exit, failed.stderr]).toEqual([2, expect.stringContaining('No matching distribution')]);
  expect((await here.run(['run', 'orders', '--json'], { env: envOf(here) })).json().results[0].failure.code).toBe(
    'setup-missing',
  );
});

it('of one service that fails keeps no other from being ready', async () => {
  const services = { shop: { setup: { run: 'exit 3' } }, crm: { setup: { run: 'touch installed' } } };
  const config = JSON.parse(configOf({ orders: shop, deals: { ...shop, service: 'crm', data_type: 'deals' } }));
  const here = await project({ 'ingestion-config.yaml': JSON.stringify({ ...config, services }) });
  const ran = await here.run(['setup', 'shop', 'crm', '--json']);
  expect([ran.exit, ran.json()]).toMatchObject([
    2,
    { services: [{ service: 'crm', found: 'missing' }], faults: [{ code: 'setup-failed' }] },
  ]);
  expect(ran.stderr).toContain('The setup of shop: exit 3 ended with 3');
  expect((await here.run(['setup', 'crm', '--json'])).json().services).toEqual([{ service: 'crm', found: 'ready' }]);
});

it('runs npm ci without scripts and a line of the shell, each where it belongs', async () => {
  const lock = { name: 'x', version: '1.0.0', lockfileVersion: 3, packages: { '': { name: 'x', version: '1.0.0' } } };
  const manifest = { name: 'x', version: '1.0.0', scripts: { preinstall: 'touch ran-a-script' } };
  const here = await shopWith(
    { node: 'fetch', run: 'echo made > made.txt' },
    { 'fetch/package.json': JSON.stringify(manifest), 'fetch/package-lock.json': JSON.stringify(lock) },
  );
  expect((await here.run(['setup', 'shop'], { env: envOf(here) })).exit).toBe(0);
  expect(here.read('made.txt')).toBe('made\n');
  expect(() => here.read('fetch/ran-a-script')).toThrow();
});

it.each([
  [{ python: 'missing.txt' }, 'setup shop', 'missing.txt'],
  [{ run: 'exit 3' }, 'setup shop', 'ended with 3'],
  [{}, 'validate', 'expected python, node or run'],
  [{ pyton: 'x' }, 'validate', 'unknown key "pyton"'],
])('says what is wrong with a setup: %j', async (setup, command, said) => {
  const here = await shopWith(setup);
  const { exit, stdout, stderr } = await here.run(command.split(' '), { env: envOf(here) });
  expect([exit, stdout + stderr]).toEqual([2, expect.stringContaining(said)]);
});

it('names the services there are for one that is not', async () => {
  const here = await shopWith({ run: 'true' });
  expect((await here.run(['setup', 'shp'], { env: envOf(here) })).stderr).toContain('Did you mean "shop"?');
});
