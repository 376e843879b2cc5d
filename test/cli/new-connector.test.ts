/** `tidemill new-connector`, in the sources and in a repository of one's own; with packages it is tried in `own-repository.test.ts`. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../orchestrator/app/version.ts';
import { ServiceName } from '../../orchestrator/config/fields.ts';
import { dbtDocuments } from '../../scripts/documents/dbt.ts';
import { workspacesIn } from '../../scripts/packages/workspaces.ts';
import { type Project, project } from './project.ts';

const ROOT = join(import.meta.dirname, '../..');
const KINDS = join(ROOT, 'scripts/connector-kinds');
const LONGEST = `a${'_b2'.repeat(13)}`;
const CONFIG = { 'ingestion-config.yaml': 'jobs: {}\n' };

/** A folder that is to its connectors what the project is. */
async function workspace(): Promise<Project> {
  const { vcs: _, ...biome } = JSON.parse(await readFile(join(ROOT, 'biome.json'), 'utf8')) as { vcs: unknown };
  const own = await project({
    ...CONFIG,
    'biome.json': JSON.stringify(biome),
    'package.json': JSON.stringify({ type: 'module' }),
  });
  for (const shared of ['node_modules', 'test', 'orchestrator']) await symlink(join(ROOT, shared), own.path(shared));
  const compilerOptions = { incremental: false };
  const tsconfig = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: [own.path('connectors')] };
  own.write('tsconfig.json', JSON.stringify(tsconfig));
  return own;
}

interface Ending {
  readonly exit: number;
  readonly output: string;
}

function run(file: string, args: readonly string[], cwd: string, more: object = {}): Promise<Ending> {
  const isInherited = ([name]: [string, unknown]): boolean => !/^(VITEST|NODE_ENV$|TEST$)/.test(name);
  const env = Object.fromEntries(Object.entries(process.env).filter(isInherited));
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env: { ...env, NO_COLOR: '1', ...more } }, (error, stdout, stderr) => {
      resolve({ exit: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
    });
  });
}

const tool = (name: string): string => join(ROOT, 'node_modules/.bin', name);

describe('a new connector', () => {
  let own: Project;
  beforeAll(async () => {
    own = await workspace();
    for (const name of ['my_books', 'x', LONGEST]) expect((await own.run(['new-connector', name])).exit).toBe(0);
    for (const name of ['my_shops', LONGEST.replace('a', 'b')])
      expect((await own.run(['new-connector', name, '--kind', 'browser'])).exit).toBe(0);
  });

  it('has a test, which passes', async () => {
    const { exit, output } = await run(
      tool('vitest'),
      ['run', '--root', own.folder, 'connectors/my_books'],
      own.folder,
    );
    expect(output).toContain('my_books: contacts keeps the connector contract');
    expect(exit, output).toBe(0);
  });

  it('that reads pages has a test of its parser, and leaves the browser out where there is none', async () => {
    const args = ['run', '--root', own.folder, 'connectors/my_shops'];
    const { exit, output } = await run(tool('vitest'), args, own.folder, { TIDEMILL_BROWSER: '/nowhere' });
    expect(exit, output).toBe(0);
    expect(output).toContain('2 passed | 1 skipped');
  });

  it('is correct, whatever its name', async () => {
    expect(await run(tool('tsc'), ['--project', own.folder], own.folder)).toEqual({ exit: 0, output: '' });
  });

  it('is formatted and free of lint, whatever its name', async () => {
    const { exit, output } = await run(tool('biome'), ['check', 'connectors'], own.folder);
    expect(exit, output).toBe(0);
    expect(output).toContain('Checked 31 files');
  });

  it('is called by its own name everywhere', async () => {
    const files = await readdir(own.path('connectors/my_books'));
    expect(files).toContain('my_books.test.ts');
    const texts = files.map((file) => own.read(`connectors/my_books/${file}`));
    for (const file of await readdir(own.path('connectors/my_shops')))
      expect(own.read(`connectors/my_shops/${file}`)).not.toMatch(/acme/i);
    expect(texts.join('\n')).not.toMatch(/acme/i);
    expect(texts.join('\n')).toMatch(/MY_BOOKS_TOKEN/);
    expect(texts.join('\n')).toContain('# My Books');
  });

  it('never takes the place of another', async () => {
    await writeFile(own.path('connectors/x/README.md'), 'mine');
    const { exit, stderr } = await own.run(['new-connector', 'x']);
    expect(exit).toBe(2);
    expect(stderr).toContain('is there already; nothing was changed');
    expect(own.read('connectors/x/README.md')).toBe('mine');
  });

  it('changes nothing else in the sources', () => {
    expect(JSON.parse(own.read('package.json'))).toEqual({ type: 'module' });
    expect(own.read('connectors/x/package.json')).toContain('"@tidemill/kit": "0.1.0"');
  });

  it.each([
    '',
    'X',
    '1x',
    'a-b',
    '../x',
    'a b',
    `${LONGEST}c`,
    'staging',
    'main',
    'information_schema',
    'pg_catalog',
    'kit',
    'orchestrator',
    'node_modules',
  ])('is not called "%s"', async (name) => {
    const before = await readdir(own.path('connectors'));
    const { stderr, exit } = await own.run(['new-connector', name]);
    expect(exit).toBe(2);
    expect(stderr).toContain('cannot name a connector');
    expect(await readdir(own.path('connectors'))).toEqual(before);
  });

  it('has staging models of its tables, which come by `npm run generate`', async () => {
    const documents = await dbtDocuments(own.folder);
    const models = documents.filter(({ path }) => path.includes('/my_books/'));
    expect(models.map(({ path }) => path)).toEqual([
      'dbt/models/staging/my_books/my_books.yml',
      'dbt/models/staging/my_books/stg_my_books__contacts.sql',
    ]);
    expect(models[1]?.text).toContain("from {{ silver('my_books', 'contacts') }}");
  });
});

describe('in a repository of one’s own', () => {
  it('none is called as a package of ours is, which npm would take it for', async () => {
    const own = await project({ ...CONFIG, 'package.json': '{}' });
    const names = (await workspacesIn(ROOT)).flatMap(({ manifest }) => /(?<=^@tidemill\/).*/.exec(manifest.name) ?? []);
    expect(names).toEqual(expect.arrayContaining(['github', 'spotify', 'kit']));
    for (const name of names) expect((await own.run(['new-connector', name])).exit, name).toBe(2);
    const { stderr } = await own.run(['new-connector', 'spotify']);
    expect(stderr).toContain('npm install @tidemill/spotify, then a job with `service: spotify`.');
    expect(existsSync(own.path('connectors'))).toBe(false);
  });

  it('npm is told to link it and to test it, and what was there stays', async () => {
    const own = await project({
      ...CONFIG,
      'package.json': '{\n\t"name": "mine",\n\t"workspaces": ["packages/*"],\n\t"scripts": { "test": "tap" }\n}\n',
    });
    expect((await own.run(['new-connector', 'my_books', '--json'])).json()).toMatchObject({ repository: 'own' });
    expect(own.read('package.json')).toContain('\n\t"name": "mine",\n\t"workspaces": [\n\t\t"packages/*",');
    expect(JSON.parse(own.read('package.json'))).toEqual({
      name: 'mine',
      workspaces: ['packages/*', 'connectors/*'],
      scripts: { test: 'tap' },
    });
    const before = own.read('package.json');
    await own.run(['new-connector', 'my_films']);
    expect(own.read('package.json')).toBe(before);
  });

  it('it is nothing that npm would put in the place of a package of ours', async () => {
    const own = await project({ ...CONFIG, 'package.json': '{}' });
    const ours = (await workspacesIn(ROOT)).map(({ manifest }) => manifest.name.split('@tidemill/')[1] ?? '');
    const names = ours.filter((name) => ServiceName.safeParse(name).success);
    expect(names).toEqual(expect.arrayContaining(['github', 'kit', 'spotify']));
    for (const name of names) {
      const { exit, stderr } = await own.run(['new-connector', name]);
      expect([name, exit, stderr]).toEqual([name, 2, expect.stringContaining(`such as ${name}_api`)]);
    }
    expect(existsSync(own.path('connectors'))).toBe(false);
  });

  it('it wants packages that fit this Tidemill, and may be upgraded', async () => {
    const own = await project({ ...CONFIG, 'package.json': '{}' });
    await own.run(['new-connector', 'my_books']);
    expect(JSON.parse(own.read('connectors/my_books/package.json'))).toMatchObject({
      dependencies: { '@tidemill/kit': `^${version}` },
      devDependencies: { '@tidemill/testing': `^${version}` },
    });
    await own.run(['new-connector', 'my_shops', '--kind', 'browser']);
    expect(JSON.parse(own.read('connectors/my_shops/package.json'))).toMatchObject({
      dependencies: { '@tidemill/kit': `^${version}`, '@tidemill/kit-browser': `^${version}` },
    });
    expect(JSON.parse(own.read('package.json'))).toMatchObject({ scripts: { test: 'vitest run' } });
  });

  it.each([
    [{}, 'new-connector-nowhere'],
    [CONFIG, 'new-connector-package'],
    [{ ...CONFIG, 'package.json': '[]' }, 'init-package'],
    [{ ...CONFIG, 'package.json': '{}', connectors: 'no folder' }, 'files-not-written'],
  ])('it is refused where there is only %j, and nothing is written', async (files, code) => {
    const own = await project(files as Record<string, string>);
    const before = await readdir(own.folder);
    expect((await own.run(['new-connector', 'my_books', '--json'])).json().error).toMatchObject({ code });
    expect(await readdir(own.folder)).toEqual(before);
    expect(existsSync(own.path('connectors/my_books'))).toBe(false);
  });
});

it('the template asks for the same versions as the kit', async () => {
  const dependencies = async (folder: string): Promise<Record<string, string>> => {
    const text = await readFile(join(folder, 'package.json'), 'utf8');
    return (JSON.parse(text) as { dependencies: Record<string, string> }).dependencies;
  };
  const kit = await dependencies(join(ROOT, 'connectors/_kit'));
  const browser = await dependencies(join(KINDS, 'browser/connectors/acme_crm'));
  expect((await dependencies(join(KINDS, 'api/connectors/acme_crm')))['zod']).toBe(kit['zod']);
  expect(browser['zod']).toBe(kit['zod']);
  const { devDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect(browser['linkedom']).toBe(devDependencies.linkedom);
});
