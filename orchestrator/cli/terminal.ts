/** The person at the terminal: questions and answers, and the browser on the same machine. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** One line; undefined at the end of the input and on Ctrl-C. */
export async function askLine(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const ended = new Promise<undefined>((resolve) => terminal.once('close', () => resolve(undefined)));
    const answered = terminal.question(question).catch(() => undefined);
    return (await Promise.race([answered, ended]))?.trim();
  } finally {
    terminal.close();
  }
}

/** One line that is typed and not shown; undefined at the end of the input and on Ctrl-C. */
export async function askHidden(question: string): Promise<string | undefined> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  try {
    const ended = new Promise<undefined>((resolve) => terminal.once('close', () => resolve(undefined)));
    const answered = terminal.question('').catch(() => undefined);
    return (await Promise.race([answered, ended]))?.trim();
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}

/** Everything but a yes is a no. */
export const ask = async (question: string): Promise<boolean> =>
  /^y(es)?$/i.test((await askLine(`${question} [y/N] `)) ?? '');

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  // Not `start`: the shell it belongs to would read the address as commands.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** The address is on the terminal too, so nothing is lost where this does not work. */
export function openBrowser(url: string): void {
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const browser = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  browser.on('error', () => undefined);
  browser.unref();
}
