/**
 * Runs a job's own program. Its standard output is records, one JSON value a line, which are handed on as they came; files
 * it leaves in `$TIDEMILL_OUTPUT` are artifacts; whatever it starts ends with it.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Artifact, type Emission, type Interval, type Lines, TidemillError } from '@tidemill/kit';
import { isJson } from '@tidemill/kit/json-text';
import { redactText } from '@tidemill/kit/redact';
import type { Job } from '../../config/job.ts';

export interface CommandRun {
  readonly job: Job;
  readonly command: string | readonly string[];
  readonly slot: string;
  readonly environment: string;
  readonly interval: Interval;
  readonly signal: AbortSignal;
  /** The environment of this process; the command sees its `dependencies` and what any program needs to start. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told of what a command that failed said before its last line. */
  readonly notice: (message: string) => void;
}

/** What any program needs to start; none of it is a secret. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'PATHEXT'];

const STDERR_LINES = 20;
const STDERR_LINE_CHARS = 64 * 1024;
const PAGE_LINES = 500;
/** Or so many bytes: what a page holds is in memory at once. */
const PAGE_BYTES = 8 * 1024 * 1024;
const LINE_BREAK = 10;
const SPACE = 32;
/** A line longer than this is not a record but a program that never ends its line. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** Exit codes of sysexits.h that a program can use to say who must act. */
const EX_TEMPFAIL = 75;
const EX_NOPERM = 77;

type Child = ChildProcessByStdio<null, Readable, Readable>;

export async function* runCommand(run: CommandRun): AsyncIterable<Emission<never>> {
  const output = await mkdtemp(join(tmpdir(), 'tidemill-command-'));
  if (run.signal.aborted) {
    // Stopped while the folder was made: a program that is started now would hear of no end, and outlive the run.
    await rm(output, { recursive: true, force: true });
    throw run.signal.reason;
  }
  const child = start(run, output);
  const ending = ended(child);
  // Nobody waits for it when the run is stopped and the pipe closed under it.
  const stderr = tail(child.stderr).catch(() => []);
  const stop = (): void => {
    killGroup(child);
    // What left the group may still hold the pipes open.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  run.signal.addEventListener('abort', stop, { once: true });
  try {
    const url = `command:${run.job.id}`;
    for await (const lines of recordLines(child.stdout, run.job.id)) yield { lines, url } satisfies Lines;
    const { code, signal, error } = await ending;
    run.signal.throwIfAborted();
    if (error !== undefined) throw notStarted(run, error);
    if (code !== 0) throw failed(run, code ?? signal ?? 'unknown', await stderr);
    yield* artifacts(output, url);
  } finally {
    run.signal.removeEventListener('abort', stop);
    // Also when the reader gave up: a broken line, a full disk.
    stop();
    await ending;
    await rm(output, { recursive: true, force: true });
  }
}

function start(run: CommandRun, output: string): Child {
  const { command, job, env } = run;
  const names = [...PASSED_ON, ...job.dependencies];
  const passed = Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  const [program = '', ...args] = typeof command === 'string' ? [command] : command;
  return spawn(program, args, {
    cwd: job.working_directory,
    shell: typeof command === 'string',
    env: { ...passed, ...variables(run, output) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group, so that a time limit ends everything it started.
    detached: process.platform !== 'win32',
  });
}

const variables = ({ job, slot, environment, interval }: CommandRun, output: string) => ({
  TIDEMILL_JOB: job.id,
  TIDEMILL_SERVICE: job.service,
  TIDEMILL_DATA_TYPE: job.data_type,
  TIDEMILL_SLOT: slot,
  TIDEMILL_ENVIRONMENT: environment,
  TIDEMILL_INTERVAL_START: interval.start.toISOString(),
  TIDEMILL_INTERVAL_END: interval.end.toISOString(),
  TIDEMILL_OUTPUT: output,
});

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

function ended(child: Child): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function killGroup(child: Child): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: the whole group has ended, which is what was wanted.
  }
}

/**
 * Pages of records. That a line is no JSON, or not UTF-8, is its own affair: it is kept as any other, and rejected when it
 * is loaded. That none of the first page is JSON is a fault of the program.
 */
async function* recordLines(stdout: AsyncIterable<Buffer>, job: string): AsyncIterable<Buffer[]> {
  let isSound = false;
  let bytes = 0;
  let page: Buffer[] = [];
  for await (const lines of linesOf(stdout, job)) {
    for (const line of lines) {
      if (isBlank(line)) continue;
      page.push(line);
      isSound ||= isJson(line);
      bytes += line.length;
      if (page.length < PAGE_LINES && bytes < PAGE_BYTES) continue;
      if (!isSound) throw noJson(job, page.length);
      yield page;
      page = [];
      bytes = 0;
    }
  }
  if (page.length > 0 && !isSound) throw noJson(job, page.length);
  if (page.length > 0) yield page;
}

/** Most lines begin with what is no blank: the others are looked at. */
const isBlank = (line: Buffer): boolean => (line[0] ?? 0) <= SPACE && line.toString().trim() === '';

const noJson = (job: string, lines: number): TidemillError =>
  broken(
    job,
    lines === 1 ? 'the first line of its output is not JSON' : `the first ${lines} lines of its output are not JSON`,
  );

async function* linesOf(chunks: AsyncIterable<Buffer>, job: string): AsyncIterable<Buffer[]> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_BREAK);
    if (end !== -1) {
      yield split(Buffer.concat([...rest, chunk.subarray(0, end)]));
      rest = [];
    }
    rest.push(chunk.subarray(end + 1));
    if (rest.reduce((sum, { length }) => sum + length, 0) > MAX_LINE_BYTES) throw broken(job, 'a line has no end');
  }
  yield split(Buffer.concat(rest));
}

function split(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start <= bytes.length; ) {
    const end = bytes.indexOf(LINE_BREAK, start);
    lines.push(bytes.subarray(start, end === -1 ? bytes.length : end));
    start = end === -1 ? bytes.length + 1 : end + 1;
  }
  return lines;
}

const broken = (job: string, what: string): TidemillError =>
  new TidemillError('source-changed', 'command-output', `${job}: ${what}`, {
    hint: 'The command must print one JSON value a line and nothing else; messages belong on stderr.',
  });

/** The last lines of a stream, which is read to its end whatever happens. */
async function tail(stream: Readable): Promise<string[]> {
  let rest = '';
  let lines: string[] = [];
  for await (const chunk of stream.setEncoding('utf8')) {
    lines = [...lines, ...(rest + chunk).split('\n')];
    rest = lines.pop() ?? '';
    // Not cut short: half a secret would not be known as one.
    if (rest.length > STDERR_LINE_CHARS) rest = '(a line without end)';
    lines = lines.slice(-STDERR_LINES);
  }
  return [...lines, rest].filter((line) => line !== '').slice(-STDERR_LINES);
}

function failed({ job, env, notice }: CommandRun, ending: number | string, stderr: readonly string[]): TidemillError {
  const secrets = job.dependencies.flatMap((name) => env[name] ?? []);
  // The spaces keep a terminal from obeying it.
  const lines = stderr.map((line) => redactText(line, secrets).replace(/\p{Cc}/gu, ' '));
  const last = lines.pop();
  // The bar keeps a line from being a workflow command.
  for (const line of lines) notice(`| ${line}`);
  const message = `${job.id}: the command ended with ${ending}${last === undefined ? '' : `; the last it said: ${last.trim()}`}`;
  if (ending === EX_TEMPFAIL) return new TidemillError('transient', 'command-failed', message);
  if (ending === EX_NOPERM) return new TidemillError('auth', 'command-failed', message);
  return new TidemillError('source-changed', 'command-failed', message, {
    hint: `The program itself failed: look at what it says, and run it by hand. Exit ${EX_TEMPFAIL} asks for another try, ${EX_NOPERM} says that credentials are refused.`,
  });
}

const notStarted = ({ job }: CommandRun, cause: Error): TidemillError =>
  new TidemillError('config', 'command-not-started', `${job.id}: the command cannot be started`, {
    hint: `Is it installed, executable, and is ${job.working_directory} its folder?`,
    cause,
  });

async function* artifacts(folder: string, url: string): AsyncIterable<Artifact> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isFile()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    yield { artifact: createReadStream(join(folder, name)), name, contentType: 'application/octet-stream', url };
  }
}
