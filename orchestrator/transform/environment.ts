/**
 * A Python environment of dbt's own, made by uv. Which packages are in it is its name: another version of one makes another environment, and
 * one that is whole is never touched again.
 */
import { createHash } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { makeFolder } from '@tidemill/kit/folder';
import { installersEnv, isWindows, type Program, runProgram } from '../run/extract/program.ts';

/** 1.12 comes with a package whose installation downloads from GitHub. */
const DBT_CORE = 'dbt-core==1.11.16';
/** What that version of dbt runs on: https://docs.getdbt.com/faqs/Core/install-python-compatibility */
const PYTHON = '>=3.10,<3.14';
const CONSTRAINTS = join(import.meta.dirname, 'constraints.txt');

export interface InstallWorld {
  readonly env: Program['env'];
  readonly signal: AbortSignal;
  /** Told of each line that an installer prints. */
  readonly said: (line: string) => void;
}

/**
 * The path of the program dbt, with the adapter that the requirements name; installed below `folder` unless it is there. Throws
 * `dbt-no-uv` and `dbt-not-installed` of kind `config`.
 */
export async function dbtWith(requirements: readonly string[], folder: string, world: InstallWorld): Promise<string> {
  const wanted = [DBT_CORE, ...requirements];
  const constraints = await readFile(CONSTRAINTS, 'utf8');
  const version = createHash('sha256')
    .update(JSON.stringify([wanted, constraints]))
    .digest('hex');
  const venv = join(folder, version.slice(0, 12));
  const bin = join(venv, isWindows ? 'Scripts' : 'bin');
  const python = join(bin, isWindows ? 'python.exe' : 'python');
  // Its Python is a link, and may lead nowhere after the machine's own has changed.
  const whole = join(venv, 'whole');
  if (!(await isThere(whole)) || !(await isThere(python))) {
    world.said(`installing ${wanted.join(', ')}`);
    await rm(venv, { recursive: true, force: true });
    makeFolder(folder);
    await uv(['venv', '--quiet', '--no-python-downloads', '--python', PYTHON, venv], folder, world);
    // Nothing is built here: a package without a wheel would run code of its own.
    const into = ['--quiet', '--python', python, '--only-binary', ':all:', '--constraints', CONSTRAINTS];
    await uv(['pip', 'install', ...into, ...wanted], folder, world);
    await writeFile(whole, `${wanted.join('\n')}\n`);
  }
  return join(bin, isWindows ? 'dbt.exe' : 'dbt');
}

async function uv(args: readonly string[], cwd: string, world: InstallWorld): Promise<void> {
  world.signal.throwIfAborted();
  const program = { command: ['uv', ...args], cwd, env: installersEnv(world.env) };
  const { code, last, error } = await runProgram(program, world);
  world.signal.throwIfAborted();
  if (error !== undefined) throw withoutUv(error);
  if (code === 0) return;
  const said = last === undefined ? '' : `; the last it said: ${last}`;
  throw new TidemillError('config', 'dbt-not-installed', `dbt cannot be installed: uv ended with ${code}${said}`, {
    hint: 'It needs a Python from 3.10 to 3.13, which `uv python install 3.13` gets, and an index of packages that can be reached.',
  });
}

const withoutUv = (cause: Error): TidemillError =>
  new TidemillError('config', 'dbt-no-uv', 'dbt is installed by uv, and there is no uv', {
    hint: 'Install it: `pipx install uv`, `brew install uv`, or `python3 -m pip install --user uv`.',
    cause,
  });

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
