/** A program of somebody else's: started, listened to, and ended with everything that it started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { readLines } from './said-lines.ts';

export interface Program {
  /** A line for the shell, or a program and its arguments. */
  readonly command: string | readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It could not be started. */
  readonly error?: Error;
}

export const isWindows = process.platform === 'win32';

/**
 * What any program needs to start; none of it is a secret. A Python of `actions/setup-python` looks for its own library where
 * `LD_LIBRARY_PATH` says, where a runner keeps its tools elsewhere than GitHub's own.
 */
const PASSED_ON = [
  ...['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'PATHEXT'],
  'LD_LIBRARY_PATH',
];

/** The part of an environment that any program is given. */
export const passedOn = (env: Program['env']): Program['env'] =>
  Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));

/** Where the packages are, and how to get there: whoever installs is given no other variable, for any may be a secret. */
const OF_INSTALLERS =
  /^(pip_|uv_|npm_config_|(https?|no|all)_proxy$|ssl_cert_|node_extra_ca_certs$|requests_ca_bundle$)/i;

export const installersEnv = (env: Program['env']): Program['env'] => ({
  ...passedOn(env),
  ...Object.fromEntries(Object.entries(env).filter(([name]) => OF_INSTALLERS.test(name))),
});

/** Its own process group, so that a time limit ends everything it started. */
export const spawnOptions = ({ command, cwd, env }: Program) =>
  ({
    cwd,
    env: { ...env },
    shell: typeof command === 'string',
    detached: !isWindows,
  }) as const;

/** The program and its arguments. */
export const wordsOf = ({ command }: Program): [string, string[]] => {
  const [program = '', ...args] = typeof command === 'string' ? [command] : command;
  return [program, args];
};

/** Resolves when it has ended and its pipes are closed; never rejects. */
export function ended(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (isWindows) child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: the whole group has ended, which is what was wanted.
  }
}

export interface Heard extends Ending {
  /** The last line that it printed, on either stream. */
  readonly last: string | undefined;
}

/** Runs a program for what it does; both of its streams are handed on line by line. Ended when `signal` is aborted. */
export async function runProgram(
  program: Program,
  { signal, said }: { readonly signal: AbortSignal; readonly said: (line: string) => void },
): Promise<Heard> {
  const child = spawn(...wordsOf(program), { ...spawnOptions(program), stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => killGroup(child);
  signal.addEventListener('abort', stop, { once: true });
  const both = new PassThrough();
  child.stdout.pipe(both, { end: false });
  child.stderr.pipe(both, { end: false });
  const heard = readLines(both, { redact: (line) => line, said });
  const ending = await ended(child);
  signal.removeEventListener('abort', stop);
  both.end();
  return { ...ending, last: await heard };
}

export interface Printed extends Ending {
  readonly out: string;
  readonly err: string;
}

/** Longer than any program of a cloud takes, and shorter than anybody's patience with one that waits for a network. */
const LONGEST_MS = 5 * 60_000;

/**
 * Runs a program for what it prints. Nothing is typed into it, and no signal of a terminal reaches it: it runs to its end, or until it is
 * ended with everything it started, after `longestMs`.
 */
export async function outputOf(program: Program, longestMs = LONGEST_MS): Promise<Printed> {
  const child = spawn(...wordsOf(program), { ...spawnOptions(program), stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.err += text;
  });
  let error: Error | undefined;
  const limit = setTimeout(() => {
    error = new Error(`It was ended: it took longer than ${longestMs / 60_000} minutes`);
    killGroup(child);
  }, longestMs);
  const ending = await ended(child);
  clearTimeout(limit);
  return { ...ending, ...(error === undefined ? {} : { error }), ...printed };
}
