import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createConnector } from './create-connector.ts';
import { dbtDocuments } from './documents/dbt.ts';

const ROOT = join(import.meta.dirname, '..');
const TEMPLATE = join(import.meta.dirname, 'connector-template');
const LONGEST = `a${'_b2'.repeat(13)}`;

/** A folder that is to its connectors what the project is. */
async function workspace(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-new-connector-'));
  await mkdir(join(folder, 'connectors'));
  for (const shared of ['node_modules', 'test', 'orchestrator'])
    await symlink(join(ROOT, shared), join(folder, shared));
  const { vcs: _, ...biome } = JSON.parse(await readFile(join(ROOT, 'biome.json'), 'utf8')) as { vcs: unknown };
  await writeFile(join(folder, 'biome.json'), JSON.stringify(biome));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const compilerOptions = { incremental: false };
  const tsconfig = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: [join(folder, 'connectors')] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  return folder;
}

interface Ending {
  readonly exit: number;
  readonly output: string;
}

function run(file: string, args: readonly string[], cwd: string): Promise<Ending> {
  const isInherited = ([name]: [string, unknown]): boolean => !/^(VITEST|NODE_ENV$|TEST$)/.test(name);
  const env = Object.fromEntries(Object.entries(process.env).filter(isInherited));
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env: { ...env, NO_COLOR: '1' } }, (error, stdout, stderr) => {
      resolve({ exit: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
    });
  });
}

const tool = (name: string): string => join(ROOT, 'node_modules/.bin', name);
const command = (...args: string[]): Promise<Ending> =>
  run(process.execPath, [join(import.meta.dirname, 'new-connector.ts'), ...args], ROOT);

describe('a new connector', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await workspace();
    for (const name of ['my_books', 'x', LONGEST]) await createConnector(name, join(folder, 'connectors'));
  });

  it('has a test, which passes', async () => {
    // Its own configuration would be that of this project: a limit that only ends what hangs.
    const limits = ['--testTimeout=300000', '--hookTimeout=300000'];
    const args = ['run', '--root', folder, ...limits, 'connectors/my_books'];
    const { exit, output } = await run(tool('vitest'), args, folder);
    expect(output).toContain('my_books: contacts keeps the connector contract');
    expect(exit, output).toBe(0);
  });

  it('is correct, whatever its name', async () => {
    expect(await run(tool('tsc'), ['--project', folder], folder)).toEqual({ exit: 0, output: '' });
  });

  it('is formatted and free of lint, whatever its name', async () => {
    const { exit, output } = await run(tool('biome'), ['check', 'connectors'], folder);
    expect(exit, output).toBe(0);
    expect(output).toContain('Checked 15 files');
  });

  it('is called by its own name everywhere', async () => {
    const files = await readdir(join(folder, 'connectors/my_books'));
    expect(files).toContain('my_books.test.ts');
    const texts = await Promise.all(files.map((file) => readFile(join(folder, 'connectors/my_books', file), 'utf8')));
    expect(texts.join('\n')).not.toMatch(/acme/i);
    expect(texts.join('\n')).toMatch(/MY_BOOKS_TOKEN/);
    expect(texts.join('\n')).toContain('# My Books');
  });

  it('never takes the place of another', async () => {
    const connectors = join(folder, 'connectors');
    const readme = join(connectors, 'x/README.md');
    await writeFile(readme, 'mine');
    await expect(createConnector('x', connectors)).rejects.toThrow('is there already');
    expect(await readFile(readme, 'utf8')).toBe('mine');
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
  ])('is not called "%s"', async (name) => {
    const connectors = join(folder, 'connectors');
    const before = await readdir(connectors);
    await expect(createConnector(name, connectors)).rejects.toThrow('cannot name a connector');
    expect(await readdir(connectors)).toEqual(before);
  });
});

it('its tables have staging models, which come by `npm run generate`', async () => {
  const folder = await workspace();
  await createConnector('my_books', join(folder, 'connectors'));
  await writeFile(join(folder, 'ingestion-config.yaml'), 'jobs: {}\n');
  const documents = await dbtDocuments(folder);
  expect(documents.map(({ path }) => path)).toEqual([
    'dbt/models/staging/my_books/my_books.yml',
    'dbt/models/staging/my_books/stg_my_books__contacts.sql',
  ]);
  expect(documents[1]?.text).toContain("from {{ silver('my_books', 'contacts') }}");
});

describe('npm run new-connector', () => {
  it('explains itself', async () => {
    const { exit, output } = await command('--help');
    expect(exit).toBe(0);
    expect(output).toContain('npm run new-connector -- acme_crm');
  });

  it.each([[[]], [['a', 'b']], [['--force']]])('refuses %j and says how it is used', async (args) => {
    const { exit, output } = await command(...args);
    expect(exit).toBe(2);
    expect(output).toContain('Usage: npm run new-connector -- NAME');
  });

  it('says what a name must be', async () => {
    const { exit, output } = await command('Acme');
    expect(exit).toBe(2);
    expect(output).toContain('lower-case letters');
  });
});

it('the template asks for the same versions as the kit', async () => {
  const dependencies = async (folder: string): Promise<Record<string, string>> => {
    const text = await readFile(join(folder, 'package.json'), 'utf8');
    return (JSON.parse(text) as { dependencies: Record<string, string> }).dependencies;
  };
  const kit = await dependencies(join(ROOT, 'connectors/_kit'));
  expect((await dependencies(TEMPLATE))['zod']).toBe(kit['zod']);
});
