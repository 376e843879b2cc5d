/** This program once more, as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface Ending {
  /** Null when it was ended by a signal, or did not start. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It could not be started. */
  readonly error?: Error;
}

export interface Subprocess {
  /** When its pipes are closed, too, or nobody who holds them has closed them some seconds later; never rejects. */
  readonly ended: Promise<Ending>;
  /** Does nothing once it has ended. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** Told of what it writes, in pieces. */
export interface Listener {
  out(text: string): void;
  err(text: string): void;
}

export type Env = Readonly<Record<string, string | undefined>>;

const ENV_FILE = /^--env-file(?:-if-exists)?(?:=|$)/;

/** Options of Node but those that fill its environment from a file: what a process is handed is all that it has. */
export const withoutEnvFiles = (options: readonly string[]): string[] =>
  options.filter((option, index) => {
    const before = options[index - 1] ?? '';
    return !ENV_FILE.test(option) && !(ENV_FILE.test(before) && !before.includes('='));
  });

/** `command`: the program and its first arguments. Never throws: that it cannot be started is how it ended. */
export function startProcess(
  command: readonly string[],
  options: { cwd: string; env: Env },
  heard: Listener,
): Subprocess {
  const [program = '', ...args] = command;
  try {
    const child = spawn(program, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A Ctrl-C at the terminal is for the one who started it: that hands on one signal, where two would mean "at once".
      detached: process.platform !== 'win32',
    });
    child.stderr.setEncoding('utf8').on('data', heard.err);
    // A mask that was written before a line must be heard before it: what is ready on both pipes is read in one turn.
    child.stdout.setEncoding('utf8').on('data', (text: string) => setImmediate(heard.out, text));
    return { ended: endOf(child), kill: (signal) => void child.kill(signal) };
  } catch (thrown) {
    // Node says some of the reasons at once, such as arguments that are too long.
    return { ended: Promise.resolve({ code: null, signal: null, error: thrown as Error }), kill: () => undefined };
  }
}

/** What it has said lies in the pipes by then; longer than this only somebody else holds them, such as a browser that it has started. */
const PIPES_MS = 5000;

const endOf = (child: ChildProcess): Promise<Ending> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', () => {
      const letGo = (): void => [child.stdout, child.stderr].forEach((pipe) => void pipe?.destroy());
      // A machine that stood still reads first what is there.
      const late = setTimeout(() => setImmediate(letGo), PIPES_MS);
      child.once('close', () => clearTimeout(late));
    });
    // After the last piece of its output, which comes a turn later.
    child.once('close', (code, signal) => setImmediate(resolve, { code, signal }));
  });
