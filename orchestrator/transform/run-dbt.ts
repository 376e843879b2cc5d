/** One run of dbt: started, listened to, and what it has left is read. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { TidemillError } from '@tidemill/kit';
import { redactor } from '@tidemill/kit/redact';
import { ended, killGroup, type Program, passedOn, spawnOptions, wordsOf } from '../run/extract/program.ts';
import { type Outcome, outcomeOf } from './run-results.ts';

export interface DbtRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** What it is given besides what any program needs: secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** Of this process: only what any program needs is passed on. */
  readonly inherited: Program['env'];
  /** Where it leaves its results. */
  readonly results: string;
  readonly signal: AbortSignal;
  /** Told of each model and test that has ended. */
  readonly said: (line: string) => void;
}

/** What dbt says when it has understood its project; anything else ended before a model was touched. */
const RAN = new Set<number | null>([0, 1]);

const MOST_COMPLAINTS = 5;

/** Throws `dbt-failed` of kind `config` when it came to no results, with what it said. */
export async function runDbt(run: DbtRun): Promise<Outcome> {
  run.signal.throwIfAborted();
  const env = { ...passedOn(run.inherited), DO_NOT_TRACK: '1', ...run.env };
  const program = { command: [run.program, ...run.args], cwd: run.cwd, env };
  const child = spawn(...wordsOf(program), { ...spawnOptions(program), stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => killGroup(child);
  run.signal.addEventListener('abort', stop, { once: true });
  let isBuilding = false;
  const said = (line: string): void => {
    isBuilding = true;
    run.said(line);
  };
  const heard = Promise.all([linesOf(child.stdout, said), linesOf(child.stderr, said)]);
  const { code, error } = await ended(child);
  run.signal.removeEventListener('abort', stop);
  // What is said once rows are read may hold values of them.
  const clean = redactor(Object.values(run.env));
  const complaints = (await heard)
    .flat()
    .slice(0, isBuilding ? 0 : MOST_COMPLAINTS)
    .map(clean);
  run.signal.throwIfAborted();
  const text = RAN.has(code) ? await readFile(run.results, 'utf8').catch(() => undefined) : undefined;
  if (text !== undefined) return outcomeOf(text);
  throw withoutResults(error?.message ?? complaints[0] ?? `it ended with ${code}`, complaints);
}

const withoutResults = (why: string, complaints: readonly string[]): TidemillError =>
  new TidemillError('config', 'dbt-failed', `dbt has not built anything: ${why}`, {
    hint: [...complaints.slice(1), 'Correct the project of dbt, then run it again.'].join(' '),
  });

/** Hands on what has ended; answers what it complains of. */
async function linesOf(stream: Readable, said: (line: string) => void): Promise<string[]> {
  const complaints: string[] = [];
  for await (const line of createInterface({ input: stream })) {
    const entry = entryOf(line);
    const progress = entry === undefined ? undefined : progressOf(entry);
    if (progress !== undefined) said(progress);
    const complaint = complaintOf(line, entry);
    if (complaint !== undefined) complaints.push(complaint);
  }
  return complaints;
}

/** A line of dbt's log in JSON: https://docs.getdbt.com/reference/events-logging */
interface Entry {
  readonly info?: { readonly name?: string; readonly level?: string; readonly msg?: string };
  readonly data?: {
    readonly index?: number;
    readonly num_models?: number;
    readonly total?: number;
    readonly status?: string;
    readonly execution_time?: number;
    readonly node_info?: { readonly node_name?: string };
  };
}

function entryOf(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `3/9 dim_tracks success 0.1 s`. Its own message is not repeated: it may hold values of rows. */
function progressOf({ info, data }: Entry): string | undefined {
  if (!/^Log(Model|Test|Seed|Snapshot|UnitTest|NodeResult)\w*Result$/.test(info?.name ?? '')) return undefined;
  const { index, num_models, total = num_models, status = '', execution_time = 0, node_info } = data ?? {};
  return `${index}/${total} ${node_info?.node_name} ${status.toLowerCase().split(' ')[0]} ${execution_time.toFixed(1)} s`;
}

function complaintOf(line: string, entry: Entry | undefined): string | undefined {
  if (entry === undefined) return line.trim() === '' ? undefined : line.trim();
  return entry.info?.level === 'error' ? entry.info.msg?.replace(/\s+/g, ' ').trim() : undefined;
}
