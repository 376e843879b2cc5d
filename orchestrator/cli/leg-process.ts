/** A leg as a process of its own: it has the secrets of its own services alone, and its end holds up no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import type { ProcessLeg } from '../app/recorded-legs.ts';
import type { Terminal } from './host.ts';
import { relay } from './relay.ts';
import type { Ending, Env } from './subprocess.ts';

/** Where its files lie, and what all legs of a plan are told. */
export interface LegOrder {
  /** Arguments of `tidemill run` behind the runs. */
  readonly args: readonly string[];
  /** An empty folder for what it leaves. */
  readonly folder: string;
  /** Stands before each of its lines. */
  readonly label: string;
  /** Minutes after which it stops in order. */
  readonly limit: number;
  /** Where its error files belong, in a folder of its name. */
  readonly errorDir: string | undefined;
  /** Keep its answer instead of showing it. */
  readonly json?: true | undefined;
}

export interface LegEnd {
  readonly leg: string;
  readonly runs: readonly string[];
  readonly exit: number;
  readonly seconds: number;
  /** Why it ended, where it could not say so itself. */
  readonly error?: TidemillError;
  /** What it answered with `--json`. */
  readonly document?: unknown;
  /** What it wrote for the summary of the step. */
  readonly summary: string;
}

/** As GitHub would with a machine: what has not stopped in order so many minutes after its limit is killed. */
const GRACE_MINUTES = 10;

const STOPPED = 130;

/** What a step has for itself: what a leg wrote there would be taken for the word of the step. */
const OF_THE_STEP = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_PATH', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'];
/** What legs are told by arguments. */
const TOLD = ['TIDEMILL_ERROR_DIR', 'TIDEMILL_TIME_LIMIT'];

export async function runLeg(terminal: Terminal, leg: ProcessLeg, order: LegOrder): Promise<LegEnd> {
  const { clock, interrupted } = terminal;
  const startedAt = clock.now().getTime();
  const summaryFile = join(order.folder, 'summary');
  beginSummary(terminal, summaryFile);
  const { listener, answer } = listen(terminal, order);
  const child = terminal.startAgain(argsOf(leg, order), envOf(terminal, leg, summaryFile), listener);
  const stop = (): void => child.kill('SIGTERM');
  interrupted.addEventListener('abort', stop, { once: true });
  const over = new AbortController();
  const late = clock.sleep((order.limit + GRACE_MINUTES) * 60_000, over.signal).then(
    () => 'overdue' as const,
    () => undefined,
  );
  const fate = await Promise.race([late, child.ended.then(() => undefined)]);
  if (fate === 'overdue') child.kill('SIGKILL');
  const ending = await child.ended;
  listener.end();
  over.abort();
  interrupted.removeEventListener('abort', stop);
  const isStopped = interrupted.aborted && ending.signal === 'SIGTERM';
  const error = isStopped ? undefined : errorOf(leg.name, ending, fate);
  return {
    leg: leg.name,
    runs: leg.runs,
    exit: isStopped ? STOPPED : (ending.code ?? error?.exitCode ?? 1),
    seconds: (clock.now().getTime() - startedAt) / 1000,
    ...(error === undefined ? {} : { error }),
    ...(order.json ? { document: documentIn(answer()) } : {}),
    summary: summaryIn(summaryFile),
  };
}

function argsOf({ name, runs }: ProcessLeg, { args, limit, errorDir, json }: LegOrder): string[] {
  const errors = errorDir === undefined ? [] : ['--error-dir', join(errorDir, name)];
  return [
    'run',
    ...runs,
    ...args,
    '--time-limit',
    Math.max(0.001, limit).toFixed(3),
    ...errors,
    ...(json ? ['--json'] : []),
  ];
}

function envOf({ env, actions }: Terminal, { withheld }: ProcessLeg, summary: string): Env {
  const left = new Set([...withheld, ...OF_THE_STEP, ...TOLD]);
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !left.has(name)));
  return actions === undefined ? own : { ...own, GITHUB_STEP_SUMMARY: summary };
}

function listen({ stdout, stderr, actions }: Terminal, { label, json }: LegOrder) {
  const command = actions === undefined ? undefined : (line: string): void => actions.repeat(line);
  const [out, err] = [stdout, stderr].map(({ write }) => relay(label, { text: write, command }));
  let answer = '';
  const keep = (text: string): void => {
    answer += text;
  };
  const listener = {
    out: json ? keep : (text: string): void => out?.hear(text),
    err: (text: string): void => err?.hear(text),
    end: (): void => [out, err].forEach((each) => void each?.end()),
  };
  return { listener, answer: () => answer };
}

function errorOf(leg: string, { code, signal, error }: Ending, fate: 'overdue' | undefined): TidemillError | undefined {
  const again = 'What it was to run is owed again.';
  if (error !== undefined) {
    return new TidemillError('transient', 'leg-not-started', `The process of the leg ${leg} cannot be started`, {
      hint: `The machine may have no room for it. ${again}`,
      cause: error,
    });
  }
  if (fate === 'overdue') {
    const message = `The leg ${leg} had not stopped ${GRACE_MINUTES} minutes after its time limit, and was killed`;
    return new TidemillError('transient', 'leg-overdue', message, { hint: `What it committed is kept. ${again}` });
  }
  if (signal === null || code !== null) return undefined;
  return new TidemillError('transient', 'leg-killed', `The process of the leg ${leg} was ended by ${signal}`, {
    hint: `The machine may have run out of memory: with a lower max_parallel_jobs fewer run at a time. ${again}`,
  });
}

/** The leg does without where that cannot be: a full disk, or a command that cleans up what is temporary, must not end those beside it. */
function beginSummary({ writeFile }: Terminal, file: string): void {
  try {
    writeFile(file, '');
  } catch {
    // It says so itself.
  }
}

/** What there is of it. */
function summaryIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** One that was killed has answered nothing. */
function documentIn(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
}
