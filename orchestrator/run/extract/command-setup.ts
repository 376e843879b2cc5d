/**
 * What the commands of a service need installed. It is done before any secret is there, by `tidemill setup`, and remembered
 * by a file that says what it was done for: once one of those things changes, it is to be done again.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import type { Service, Setup } from '../../config/job.ts';
import { installersEnv, isWindows, type Program, runProgram } from './program.ts';

export type Readiness = 'ready' | 'missing' | 'outdated';

type Env = Readonly<Record<string, string | undefined>>;

export interface SetupWorld {
  readonly env: Env;
  readonly signal: AbortSignal;
  /** Told of each line that an installer prints. */
  readonly said: (line: string) => void;
}

/**
 * Programs of the Python environment come first, when there is one; then those of npm packages that are installed for `folder`, as they do
 * for npm's own scripts: a machine that starts Tidemill by its path finds what `npx` finds.
 */
export function pathWith(setup: Setup | undefined, folder: string, env: Env): Readonly<Record<string, string>> {
  const venv = setup?.python === undefined ? undefined : join(setup.environment, 'python');
  const packages = packagesAround(folder);
  const own = [
    ...(venv === undefined ? [] : [binOf(venv)]),
    ...(packages === undefined ? [] : [join(packages, '.bin')]),
  ];
  if (own.length === 0) return {};
  const path = [...own, ...(env['PATH'] === undefined ? [] : [env['PATH']])].join(delimiter);
  return { PATH: path, ...(venv === undefined ? {} : { VIRTUAL_ENV: venv }) };
}

/** The nearest `node_modules`, here or above. */
function packagesAround(folder: string): string | undefined {
  const here = join(folder, 'node_modules');
  if (existsSync(here)) return here;
  const above = dirname(folder);
  return above === folder ? undefined : packagesAround(above);
}

const binOf = (venv: string): string => join(venv, isWindows ? 'Scripts' : 'bin');

/** Throws `setup-missing` when something that the commands need is not there, or is not what it should be by now. */
export async function checkSetup({ name, setup }: Pick<Service, 'name' | 'setup'>): Promise<void> {
  const readiness = await readinessOf(setup);
  if (readiness === 'ready') return;
  const what = readiness === 'missing' ? 'is not installed' : 'has changed since it was installed';
  throw new TidemillError('config', 'setup-missing', `What the commands of ${name} need ${what}`, {
    hint: `Install it: \`npx tidemill setup ${name}\`. The workflow does so by itself after \`npm run generate\`.`,
  });
}

/** Whether what the setup asks for is there. */
export async function readinessOf(setup: Setup | undefined): Promise<Readiness> {
  if (setup === undefined) return 'ready';
  const remembered = await readFile(memoryOf(setup), 'utf8').catch(() => undefined);
  if (remembered === undefined) return 'missing';
  const interpreter = await interpreterOf(setup);
  if (interpreter === undefined) return 'missing';
  if (setup.node !== undefined && !(await isThere(join(setup.node, 'node_modules')))) return 'missing';
  const current = await fingerprintOf(setup).catch(() => undefined);
  return remembered === `${current}\n${interpreter}` ? 'ready' : 'outdated';
}

/**
 * Where the interpreter of the environment really lies: it is a link, packages are those of one version, and a new one of the machine
 * may have taken its place (https://github.com/pypa/pipx/issues/146). Undefined for a link that leads nowhere; empty without Python.
 */
async function interpreterOf({ python, environment }: Setup): Promise<string | undefined> {
  if (python === undefined) return '';
  const link = join(binOf(join(environment, 'python')), isWindows ? 'python.exe' : 'python');
  return realpath(link).catch(() => undefined);
}

/** Installs everything anew. Throws `setup-failed`, `setup-not-started` or `setup-file` of kind `config`. */
export async function prepare({ name, setup }: Service, world: SetupWorld): Promise<void> {
  if (setup === undefined) return;
  await rm(memoryOf(setup), { force: true });
  // First of all: a file that is not there is said before anything is installed.
  const fingerprint = await fingerprintOf(setup);
  await mkdir(setup.environment, { recursive: true });
  // Anew each time: what a requirement does not ask for any more goes as well.
  await rm(join(setup.environment, 'python'), { recursive: true, force: true });
  for (const program of programsOf(setup, installersEnv(world.env))) await install(name, program, world);
  await writeFile(memoryOf(setup), `${fingerprint}\n${await interpreterOf(setup)}`);
}

const memoryOf = ({ environment }: Setup): string => join(environment, 'installed');

/** What was asked for: the texts of the files that say it, and the setup itself. */
async function fingerprintOf({ python, node, run }: Setup): Promise<string> {
  const files = [
    ...(typeof python === 'string' ? [python] : []),
    ...(node === undefined ? [] : [join(node, 'package.json'), join(node, 'package-lock.json')]),
  ];
  const listed = typeof python === 'object' ? [python.join('\n')] : [];
  const texts = [...listed, ...(await Promise.all(files.map(textOf)))];
  return createHash('sha256')
    .update(JSON.stringify([texts, run]))
    .digest('hex');
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new TidemillError('config', 'setup-file', `${file} cannot be read, which a setup names`, {
      hint: 'Correct the setup of the service, or make the file. A package-lock.json is made by `npm install`.',
      cause,
    });
  }
}

function programsOf(setup: Setup, env: Env): Program[] {
  const { folder, node, run } = setup;
  const own = { ...env, ...pathWith(setup, folder, env) };
  return [
    ...pythonPrograms(setup, env, own),
    ...(node === undefined
      ? []
      : [{ command: ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], cwd: node, env }]),
    ...(run === undefined ? [] : [{ command: run, cwd: folder, env: own }]),
  ];
}

function pythonPrograms({ folder, environment, python }: Setup, env: Env, own: Env): Program[] {
  if (python === undefined) return [];
  const venv = join(environment, 'python');
  const interpreter = join(binOf(venv), 'python');
  const [wanted, cwd] = typeof python === 'string' ? [['-r', python], dirname(python)] : [python, folder];
  if (hasUv(env)) {
    return [
      // With pip in it, for lines of the shell that call it.
      { command: ['uv', 'venv', '--quiet', '--no-python-downloads', '--seed', '--python', 'python3', venv], cwd, env },
      { command: ['uv', 'pip', 'install', '--python', interpreter, ...wanted], cwd, env: own },
    ];
  }
  return [
    { command: ['python3', '-m', 'venv', venv], cwd: folder, env },
    { command: [interpreter, '-m', 'pip', 'install', '--disable-pip-version-check', ...wanted], cwd, env: own },
  ];
}

/** Where only pip is told of an index, uv would ask another. */
function hasUv(env: Env): boolean {
  const isToldToPipAlone =
    env['PIP_INDEX_URL'] !== undefined && !Object.keys(env).some((name) => /^UV_.*INDEX/.test(name));
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return !isToldToPipAlone && folders.some((folder) => existsSync(join(folder, isWindows ? 'uv.exe' : 'uv')));
}

async function install(service: string, program: Program, world: SetupWorld): Promise<void> {
  world.signal.throwIfAborted();
  const shown = typeof program.command === 'string' ? program.command : program.command.join(' ');
  const { code, last, error } = await runProgram(program, world);
  world.signal.throwIfAborted();
  if (error !== undefined) {
    throw new TidemillError('config', 'setup-not-started', `The setup of ${service} cannot start ${shown}`, {
      hint: 'Is the program installed, and does the folder exist?',
      cause: error,
    });
  }
  if (code === 0) return;
  const said = last === undefined ? '' : `; the last it said: ${last}`;
  throw new TidemillError('config', 'setup-failed', `The setup of ${service}: ${shown} ended with ${code}${said}`, {
    hint: 'Look at what it printed above. Nothing that needs it runs before it ends well.',
  });
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
