/** The world outside: the only place that touches the process, the real clock and the console. */
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { makeFolder } from '@tidemill/kit/folder';
import type { Clock } from '@tidemill/kit/retry';
import { type Host, isOnActions } from '../app/host.ts';
import { type Actions, hide, runnerOf, withoutOldCommands } from './actions.ts';
import { checkSecretFile, writeSecretFile } from './secret-file.ts';
import { type Env, type Listener, type Subprocess, startProcess, withoutEnvFiles } from './subprocess.ts';
import { ask, askHidden, askLine, openBrowser } from './terminal.ts';
import { writeWholeFile } from './whole-file.ts';

export interface Output {
  write(text: string): void;
  /** A terminal that shows live progress; false in a pipe, in a file and in CI. */
  readonly isLive: boolean;
  readonly columns: number;
}

/** A host with a terminal: where people read, and may be asked. */
export interface Terminal extends Host {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Asks a person for a yes or a no; undefined where nobody sits at a terminal. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  /** Asks a person for one line, which is undefined when they leave; undefined where nobody sits at a terminal. */
  readonly askLine: ((question: string) => Promise<string | undefined>) | undefined;
  /** The same for what nobody is to see: nothing of the answer is shown. */
  readonly askHidden: ((question: string) => Promise<string | undefined>) | undefined;
  /** Shows an address in the person's browser, if that can be. */
  openBrowser(url: string): void;
  /** GitHub's runner, where one carries this out. */
  readonly actions: Actions | undefined;
  /** Makes the folders on the way. */
  writeFile(path: string, contents: string | Uint8Array): void;
  /** The same for a text in pieces: all of it is there at the end, or what was there before. */
  writeWholeFile(path: string, pieces: AsyncIterable<string>): Promise<void>;
  /** All that comes in, to its end. */
  readInput(): Promise<string>;
  /** This program once more, with other arguments and another environment. */
  startAgain(args: readonly string[], env: Env, heard: Listener): Subprocess;
}

export function realHost(): Terminal {
  const { env } = process;
  const isCi = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false';
  const output = (stream: NodeJS.WriteStream): Output => {
    // Whoever reads may stop reading (`tidemill plan | head`): that is no error of ours.
    stream.on('error', () => undefined);
    return {
      write: (text) => stream.write(isOnActions({ env }) ? withoutOldCommands(text) : text),
      isLive: stream.isTTY === true && !isCi,
      // A terminal that nobody has given a size has 0.
      columns: stream.columns || 120,
    };
  };
  const actions = runnerOf({ env });
  return {
    env,
    cwd: process.cwd(),
    clock: { now: () => new Date(), sleep },
    random: Math.random,
    nonce: randomBytes(4).toString('hex'),
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    interrupted: interruption(),
    user: env['GITHUB_ACTOR'] || systemUser(),
    ask: process.stdin.isTTY === true && !isCi ? ask : undefined,
    askLine: process.stdin.isTTY === true && !isCi ? askLine : undefined,
    askHidden: process.stdin.isTTY === true && !isCi ? askHidden : undefined,
    openBrowser,
    // The runners of a fleet share names and process numbers: there, only the lease tells who lives.
    holder: isCi ? undefined : { host: machine(), pid: process.pid },
    isAlive,
    runtime: { node: process.version, system: `${process.platform} ${process.arch}` },
    isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true,
    readFile: (path) => readFileSync(path, 'utf8'),
    actions,
    onSecret: (secret) => hide(actions, secret),
    writeFile: (path, contents) => {
      makeFolder(dirname(path));
      writeFileSync(path, contents);
    },
    writeWholeFile,
    readInput: () => text(process.stdin),
    startAgain: (args, env, heard) => {
      const self = [process.execPath, ...withoutEnvFiles(process.execArgv), process.argv[1] ?? ''];
      return startProcess([...self, ...args], { cwd: process.cwd(), env }, heard);
    },
    writeSecretFile,
    checkSecretFile,
  };
}

const sleep: Clock['sleep'] = async (milliseconds, signal) => {
  // Timers of Node hold at most 2^31 - 1 milliseconds, about 24 days; nothing here waits as long.
  await setTimeout(Math.min(milliseconds, 2 ** 31 - 1), undefined, signal === undefined ? {} : { signal });
};

/** The first signal asks for an orderly end; the second one ends the process, as it does without a handler. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => controller.abort(new Error(`stopped by ${name}`)));
  }
  return controller.signal;
}

/** A process in a container may run as somebody the system does not know. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/** This boot of this machine, where the system says it: process numbers mean nothing after a restart. */
function machine(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return hostname();
  }
}

function isAlive({ pid }: NonNullable<Host['holder']>): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
