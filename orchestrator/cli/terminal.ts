/** The person at the terminal: questions and answers, and the browser on the same machine. */
import { spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline/promises';
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

/** What is pasted comes in pieces, which follow each other faster than anybody types. */
const PASTE_MS = 150;

/**
 * What is typed and not shown; undefined at the end of the input and on Ctrl-C. It ends with its line, or with the last of those that were
 * pasted: the next question would show the rest of a key, and take it for its answer.
 */
export async function askHidden(question: string): Promise<string | undefined> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  try {
    return (await allOf(terminal))?.trim();
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}

function allOf(terminal: Interface): Promise<string | undefined> {
  const lines: string[] = [];
  let quiet: NodeJS.Timeout | undefined;
  terminal.on('line', (line) => {
    lines.push(line);
    clearTimeout(quiet);
    quiet = setTimeout(() => terminal.close(), PASTE_MS);
  });
  return new Promise((resolve) => {
    terminal.once('close', () => {
      clearTimeout(quiet);
      resolve(lines.length === 0 ? undefined : [...lines, terminal.line].join('\n'));
    });
  });
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
