/** What the actions that our workflows use do to a machine, as far as the steps after them can tell. */
import { cpSync } from 'node:fs';
import { copyFile, glob, mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAKE_PYTHON } from '../fakes/python.ts';
import { FAKE_UV } from '../fakes/uv.ts';
import type { Cache } from './cache.ts';
import type { Machine } from './machine.ts';
import type { CacheMode } from './workflow.ts';

/** What stands in for npm on a machine. */
const NPM = fileURLToPath(import.meta.resolve('./npm-ci.ts'));

/** What the file that logs in to Google Cloud holds. */
export const GOOGLE_TOKEN = 'Bearer tok_of_the_runner';

export interface ActionWorld {
  /** The permissions of the job, as it lists them. */
  readonly permissions: Readonly<Record<string, string>>;
  readonly machine: Machine;
  /** Folder of what a checkout of the repository brings. */
  readonly repository: string;
  /** The same of other commits, by their names. */
  readonly commits?: Readonly<Record<string, string>> | undefined;
  readonly artifacts: Artifacts;
  readonly cache: Cache;
  /** What the job may do with it. */
  readonly cacheMode: CacheMode;
  /** Done when the steps have run, if they went well. */
  readonly afterwards: (() => void)[];
}

/** By name: the files, and the days they are kept. */
export type Artifacts = Map<string, { readonly files: ReadonlyMap<string, string>; readonly days: number }>;

export interface Action {
  /** Every input a step may give it. */
  readonly inputs: readonly string[];
  /** Answers its outputs. Throws when the action would fail. */
  readonly run: (
    inputs: Readonly<Record<string, string>>,
    world: ActionWorld,
  ) => Promise<Readonly<Record<string, string>> | undefined>;
}

export const actions: Readonly<Record<string, Action>> = {
  'actions/checkout': {
    inputs: ['persist-credentials', 'path', 'ref'],
    run: async ({ path = '', ref }, { machine, repository, commits = {} }) => {
      const folder = ref === undefined ? repository : commits[ref];
      if (folder === undefined) throw new Error(`A branch or tag with the name '${ref}' could not be found`);
      // Many small files: asking for one after the other takes ten times as long.
      cpSync(folder, join(machine.workspace, path), { recursive: true });
    },
  },
  'actions/setup-node': {
    inputs: ['node-version', 'cache'],
    run: async ({ 'node-version': version = '', cache }, { machine }) => {
      if (!/^\d+$/.test(version)) throw new Error(`no Node version: ${version}`);
      const found = [];
      for await (const file of glob('package-lock.json', { cwd: machine.workspace })) found.push(file);
      if (cache === 'npm' && found.length === 0) throw new Error('Dependencies lock file is not found');
      machine.addPath(await nodeFolder(machine));
    },
  },
  'actions/setup-python': {
    inputs: ['python-version', 'cache', 'cache-dependency-path'],
    run: async ({ 'python-version': version = '', cache, 'cache-dependency-path': paths = '' }, { machine }) => {
      // A version that YAML takes for a number loses its zero: 3.1.
      if (!/^3\.\d{2}$/.test(version)) throw new Error(`The version '${version}' was not found`);
      const found = await matching(paths.trim(), machine.workspace);
      if (cache === 'pip' && found.length === 0) throw new Error(`No file matched to [${paths}]`);
      machine.addPath(await pythonFolder(machine));
    },
  },
  'actions/cache': {
    inputs: ['path', 'key'],
    run: async (inputs, { cache, cacheMode, machine, afterwards }) => {
      const outputs = cache.restore(inputs, cacheMode, machine);
      if (outputs['cache-hit'] !== 'true') afterwards.push(() => cache.save(inputs, cacheMode, machine));
      return outputs;
    },
  },
  'actions/cache/restore': {
    inputs: ['path', 'key'],
    run: async (inputs, { cache, cacheMode, machine }) => cache.restore(inputs, cacheMode, machine),
  },
  'actions/cache/save': {
    inputs: ['path', 'key'],
    run: async (inputs, { cache, cacheMode, machine }) => {
      cache.save(inputs, cacheMode, machine);
      return undefined;
    },
  },
  'google-github-actions/auth': {
    inputs: ['workload_identity_provider', 'service_account'],
    // https://github.com/google-github-actions/auth: the file goes to the workspace and holds the way to a token.
    run: async ({ workload_identity_provider: provider = '' }, { machine, permissions }) => {
      if (permissions['id-token'] !== 'write')
        throw new Error('the job cannot ask for an identity: no id-token: write');
      if (!/^projects\/\d+\/locations\/global\/workloadIdentityPools\//.test(provider)) {
        throw new Error(`no workload identity provider: ${provider}`);
      }
      const file = join(machine.workspace, 'gha-creds-0123456789abcdef.json');
      await writeFile(file, JSON.stringify({ type: 'external_account', headers: { Authorization: GOOGLE_TOKEN } }));
      machine.export({ GOOGLE_APPLICATION_CREDENTIALS: file, GOOGLE_GHA_CREDS_PATH: file });
    },
  },
  'actions/upload-artifact': {
    inputs: ['name', 'path', 'if-no-files-found', 'retention-days'],
    run: async (inputs, { machine, artifacts }) => {
      const {
        name = 'artifact',
        path = '',
        'if-no-files-found': none = 'warn',
        'retention-days': days = '90',
      } = inputs;
      if (/["<>|*?:\\/\r\n]/.test(name) || name === '') throw new Error(`an artifact cannot have the name "${name}"`);
      if (artifacts.has(name)) throw new Error(`Conflict: an artifact with the name "${name}" is there already`);
      const files = await matching(path, machine.workspace);
      if (files.length === 0 && none === 'error') throw new Error(`No files were found with the path ${path}`);
      if (files.length === 0) return;
      artifacts.set(name, { files: await copied(files, machine, name), days: Number(days) });
    },
  },
  'actions/upload-pages-artifact': {
    inputs: ['path'],
    run: async ({ path = '' }, { machine, artifacts }) => {
      const files = await matching(`${path}/*`, machine.workspace);
      if (files.length === 0) throw new Error(`No files were found with the path ${path}`);
      artifacts.set(PAGES_ARTIFACT, { files: await copied(files, machine, PAGES_ARTIFACT), days: 1 });
    },
  },
  'actions/deploy-pages': {
    inputs: [],
    run: async (_, { permissions, artifacts }) => {
      for (const name of ['pages', 'id-token']) {
        if (permissions[name] !== 'write') throw new Error(`the job cannot publish: no ${name}: write`);
      }
      if (!artifacts.has(PAGES_ARTIFACT)) throw new Error(`No artifacts named "${PAGES_ARTIFACT}" were found`);
    },
  },
};

const PAGES_ARTIFACT = 'github-pages';

/** Copies of the files, which stay when the machine is gone. */
async function copied(files: readonly string[], machine: Machine, artifact: string): Promise<Map<string, string>> {
  const kept = join(machine.folder, 'artifacts', artifact);
  await mkdir(kept, { recursive: true });
  const copies = files.map(async (file) => {
    const copy = join(kept, basename(file));
    await copyFile(file, copy);
    return [basename(file), copy] as const;
  });
  return new Map(await Promise.all(copies));
}

/** A folder with this process's Node, and an npm that needs no network. */
async function nodeFolder(machine: Machine): Promise<string> {
  const folder = join(machine.folder, 'tools', 'node');
  await mkdir(folder);
  const cache = await compileCache(machine);
  const node = `NODE_COMPILE_CACHE='${cache}' NODE_COMPILE_CACHE_PORTABLE=1 exec '${process.execPath}'`;
  await writeProgram(join(folder, 'node'), `${node} "$@"`);
  await writeProgram(join(folder, 'npm'), `exec node '${NPM}' "$@"`);
  return folder;
}

async function pythonFolder(machine: Machine): Promise<string> {
  const folder = join(machine.folder, 'tools', 'python');
  await mkdir(folder);
  await writeFile(join(folder, 'python3'), FAKE_PYTHON, { mode: 0o755 });
  await writeFile(join(folder, 'fake-uv'), FAKE_UV, { mode: 0o755 });
  return folder;
}

/**
 * Where Node keeps what it compiled: one folder for all machines of a test run. By their own link, for what is cached
 * goes by its way from the cache, and a checkout lies elsewhere on every machine. It halves the time of a process.
 */
async function compileCache(machine: Machine): Promise<string> {
  const shared = join(tmpdir(), 'compile-cache-of-machines');
  await mkdir(shared, { recursive: true });
  const link = join(machine.folder, 'tools', 'compile-cache');
  await symlink(shared, link);
  return link;
}

const writeProgram = (path: string, script: string): Promise<void> =>
  writeFile(path, `#!/bin/bash\n${script}\n`, { mode: 0o755 });

/** Patterns, one a line; those that begin with `!` take files out again. Hidden files are never taken. */
async function matching(patterns: string, cwd: string): Promise<string[]> {
  const lines = patterns.split('\n').filter((line) => line !== '');
  const exclude = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const found: string[] = [];
  for (const line of lines.filter((pattern) => !pattern.startsWith('!'))) {
    for await (const file of glob(line, { cwd, exclude }))
      if (!basename(file).startsWith('.')) found.push(resolve(cwd, file));
  }
  for (const file of found) {
    if (/["<>|*?:\r\n]/.test(file)) throw new Error(`an artifact cannot hold a file with the path ${file}`);
  }
  return found;
}
