/** A project folder of its own, and the command line run in it: in this process, with a clock that is told the time. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@tidemill/kit/retry';
import { isOnActions } from '../../orchestrator/app/host.ts';
import { type Actions, hide } from '../../orchestrator/cli/actions.ts';
import type { Output, Terminal } from '../../orchestrator/cli/host.ts';
import { main } from '../../orchestrator/cli/main.ts';
import { checkSecretFile, writeSecretFile } from '../../orchestrator/cli/secret-file.ts';
import { startProcess } from '../../orchestrator/cli/subprocess.ts';
import { writeWholeFile } from '../../orchestrator/cli/whole-file.ts';
import { type FakeRunner, fakeRunner } from '../fakes/github-runner.ts';

export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What GitHub's runner was told; nothing without `GITHUB_ACTIONS`. */
  readonly runner: Omit<FakeRunner, keyof Actions>;
  /** What `--json` printed. Throws when it is not one JSON document. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of many shapes.
  readonly json: () => any;
}

export interface Project {
  readonly folder: string;
  readonly path: (...parts: string[]) => string;
  readonly write: (file: string, text: string) => void;
  readonly read: (file: string) => string;
  /** Runs `tidemill <args>`; `now` stands still for its whole duration. */
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Outcome>;
}

export interface RunOptions {
  readonly now?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly interrupted?: AbortSignal;
  /** Carries the step out where `GITHUB_ACTIONS` says so; a new one if not given. */
  readonly runner?: FakeRunner;
  /** Instead of `now`. */
  readonly clock?: Clock;
  /** What the person at the terminal says to a question; without it there is no terminal. */
  readonly answer?: 'yes' | 'no';
  /** Told of what is written to stdout, as it comes. */
  readonly hears?: (text: string) => void;
  /** What comes in by the standard input. */
  readonly input?: string;
  /** Somebody sits at the terminal: what they type when asked, having read what was said, and what their browser does. */
  readonly person?: { readonly type?: (said: string) => string | undefined; readonly browse?: (url: string) => void };
}

const NOW = '2026-11-21T06:30:00Z';
const BIN = fileURLToPath(new URL('../../orchestrator/bin/tidemill.mjs', import.meta.url));

let processes = 0;

export async function project(files: Readonly<Record<string, string>>): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-project-'));
  const path = (...parts: string[]): string => join(folder, ...parts);
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  return {
    folder,
    path,
    write,
    read: (file) => readFileSync(path(file), 'utf8'),
    run: async (args, options = {}) => {
      const isLive = options.person !== undefined;
      const [stdout, stderr] = [captured(isLive, options.hears), captured(isLive)];
      const runner = options.runner ?? fakeRunner();
      const exit = await main(args, hostIn(folder, stdout, stderr, { ...options, runner }));
      return { exit, stdout: stdout.text(), stderr: stderr.text(), runner, json: () => JSON.parse(stdout.text()) };
    },
  };
}

function captured(isLive: boolean, hears?: (text: string) => void): Output & { text(): string } {
  let all = '';
  return {
    write: (text) => {
      all += text;
      hears?.(text);
    },
    isLive,
    columns: 200,
    text: () => all,
  };
}

function hostIn(
  folder: string,
  stdout: Output,
  stderr: ReturnType<typeof captured>,
  { now = NOW, env = {}, runner, interrupted, clock, answer, person, input = '' }: RunOptions,
): Terminal {
  processes += 1;
  const typed =
    person &&
    (async (question: string) => {
      stderr.write(question);
      return person.type === undefined ? '' : person.type(stderr.text());
    });
  const actions = isOnActions({ env }) ? runner : undefined;
  return {
    env: { PATH: process.env['PATH'], ...env },
    cwd: folder,
    clock: clock ?? {
      now: () => new Date(now),
      sleep: async (milliseconds, signal) => {
        await setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal });
      },
    },
    random: () => 0,
    nonce: `test${processes}`,
    stdout,
    stderr,
    interrupted: interrupted ?? new AbortController().signal,
    user: 'tester',
    askLine: typed,
    askHidden: typed,
    openBrowser: (url) => person?.browse?.(url),
    ask: answer === undefined ? undefined : async () => answer === 'yes',
    holder: undefined,
    isAlive: () => undefined,
    runtime: { node: process.version, system: `${process.platform} ${process.arch}` },
    isFile: (file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true,
    readFile: (file) => readFileSync(file, 'utf8'),
    actions,
    onSecret: (secret) => hide(actions, secret),
    writeFile: (file, text) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    writeWholeFile,
    readInput: async () => input,
    startAgain: (args, env, heard) => startProcess([process.execPath, BIN, ...args], { cwd: folder, env }, heard),
    writeSecretFile,
    checkSecretFile,
  };
}

/** A configuration of command jobs: each prints the given records. */
export function configOf(jobs: Readonly<Record<string, JobFields>>): string {
  const services = { example: {} };
  const entries = Object.entries(jobs).map(([id, { prints, ...fields }]) => {
    return [id, { service: 'example', data_type: id, command: printing(prints), ...fields }];
  });
  // JSON is YAML.
  return JSON.stringify({ services, jobs: Object.fromEntries(entries) }, undefined, 2);
}

/** Not Node: to start it takes most of the time of a small run. */
const printing = (records: readonly unknown[] = []): readonly string[] =>
  records.length === 0 ? ['true'] : ['printf', '%s\\n', ...records.map((record) => JSON.stringify(record))];

interface JobFields extends Readonly<Record<string, unknown>> {
  readonly prints?: readonly unknown[];
}
