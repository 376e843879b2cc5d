/** A repository of somebody's own: a configuration, and Tidemill as the packages that `npm run pack` makes. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { commitAll } from './commit.ts';

const SOURCES = resolve(import.meta.dirname, '../..');

export interface OwnRepository {
  readonly folder: string;
  /** Below its bucket, which is a folder beside it. */
  readonly bucket: string;
  /** Writes the configuration, and the workflows that `tidemill generate` makes of it, and commits both. */
  readonly configure: (config: object) => Promise<void>;
  /** Prints what the command prints. */
  readonly tidemill: (...args: string[]) => Promise<string>;
}

/** With these packages of ours, and what they need, installed. */
export async function ownRepository(packages: readonly string[]): Promise<OwnRepository> {
  const root = await mkdtemp(join(tmpdir(), 'own-'));
  const folder = join(root, 'repository');
  const bucket = join(root, 'bucket');
  for (const made of [join(folder, 'packages'), bucket]) await mkdir(made, { recursive: true });
  await addPackages(folder, packages);
  await writeFile(join(folder, '.gitignore'), 'node_modules\n.tidemill\n');
  await execute('npm', ['ci', '--ignore-scripts', '--prefer-offline'], folder);
  const tidemill = (...args: string[]): Promise<string> =>
    execute('node', [join('node_modules', 'tidemill', 'bin', 'tidemill.mjs'), ...args], folder);
  return {
    folder,
    bucket,
    tidemill,
    configure: async (config) => {
      // JSON is YAML.
      const environments = { dev: { bucket, warehouse: 'lake' } };
      await writeFile(join(folder, 'ingestion-config.yaml'), JSON.stringify({ environments, ...config }, undefined, 2));
      await tidemill('generate');
      await commitAll(folder);
    },
  };
}

/** The packages of others are those of our lockfile, so that npm has them in its cache and need not ask. */
async function addPackages(folder: string, packages: readonly string[]): Promise<void> {
  const packed = await mkdtemp(join(tmpdir(), 'packed-'));
  await execute('node', [join(SOURCES, 'scripts/pack.ts'), packed], SOURCES);
  const { version } = await readJson<{ version: string }>(join(SOURCES, 'orchestrator/package.json'));
  const place = (name: string): string => `packages/${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
  for (const name of packages)
    await copyFile(join(packed, place(name).slice('packages/'.length)), join(folder, place(name)));
  const dependencies = Object.fromEntries(packages.map((name) => [name, `file:${place(name)}`]));
  const manifest = { name: 'my-data', private: true, type: 'module', dependencies };
  const { packages: all } = await readJson<Lockfile>(join(SOURCES, 'package-lock.json'));
  const others = Object.entries(all).filter(([path, { link }]) => path.startsWith('node_modules/') && link !== true);
  const lock = { name: 'my-data', lockfileVersion: 3, requires: true, packages: Object.fromEntries(others) };
  for (const [file, content] of Object.entries({ 'package.json': manifest, 'package-lock.json': lock })) {
    await writeFile(join(folder, file), JSON.stringify(content, undefined, 2));
  }
  // Takes ours in, and out what nobody needs.
  await execute('npm', ['install', '--package-lock-only', '--ignore-scripts', '--prefer-offline'], folder);
}

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly link?: true }>>;
}

const readJson = async <T>(file: string): Promise<T> => JSON.parse(await readFile(file, 'utf8')) as T;

async function execute(file: string, args: readonly string[], cwd: string): Promise<string> {
  return (await promisify(execFile)(file, args, { cwd })).stdout;
}
