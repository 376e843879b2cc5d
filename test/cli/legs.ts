/** Legs of one slot: the job they run, processes of their own to run it in, and what is left when they are done. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { readText } from '../../orchestrator/storage/text.ts';
import { configOf, type Project, project } from './project.ts';
import { query } from './silver.ts';
import type { Place } from './stores.ts';

/** Half an hour before the clock of `project()`. */
export const SLOT = '2026-11-21T06:00:00.000Z';
/** What a leg of the workflow is told to run. */
const legOf = (slot: string) => ['run', `people@${slot}`, '--json'] as const;
export const LEG = legOf(SLOT);
export const PEOPLE = {
  columns: { id: 'bigint', name: 'text' },
  cron: '0 6 * * *',
  write: 'append',
  // Of what may pass; nothing here may.
  retry_attempts: 3,
} as const;

const TIDEMILL = fileURLToPath(new URL('../../orchestrator/bin/tidemill.mjs', import.meta.url));
const PRELOAD = new URL('leg-preload.ts', import.meta.url).href;

/**
 * A program that leaves a line in `runs` and prints two records. With `first: 'waits'` its first run does not end before
 * there is a file `go`. Rows without a key: whatever came twice would be there twice.
 */
export function sourceIn(first: 'waits' | 'ends' = 'ends'): readonly string[] {
  const script = `
    const { appendFileSync, existsSync, readFileSync } = require('node:fs');
    appendFileSync('runs', 'run\\n');
    const isFirst = readFileSync('runs', 'utf8') === 'run\\n';
    console.log('{"id":1,"name":"a"}\\n{"id":2,"name":"b"}');
    const end = () => ${first === 'waits'} && isFirst && !existsSync('go') ? setTimeout(end, 10) : undefined;
    end();`;
  return [process.execPath, '--eval', script];
}

/** A project whose job `people` keeps its state and bronze in a folder, or at the place. */
export async function peopleProject(place: Place | undefined, first: 'waits' | 'ends' = 'ends'): Promise<Project> {
  return project({
    'ingestion-config.yaml': inBucket(configOf({ people: { ...PEOPLE, command: sourceIn(first) } }), place),
  });
}

/** One whose rows wait, when they are first loaded, for a file `go`: `slow-connector.ts`. */
export async function slowProject(): Promise<Project> {
  const services = { slow: { package: 'tidemill' } };
  const jobs = { people: { service: 'slow', data_type: 'things', cron: PEOPLE.cron } };
  return project({ 'ingestion-config.yaml': JSON.stringify({ services, jobs }) });
}

/** The configuration, with the environment `local` in the bucket. */
function inBucket(config: string, place: Place | undefined): string {
  if (place === undefined) return config;
  return JSON.stringify({ ...JSON.parse(config), environments: { local: { bucket: place.location } } });
}

/** How often the source was read. */
export const runsOf = (here: Project): number =>
  existsSync(here.path('runs')) ? here.read('runs').split('\n').length - 1 : 0;

export const STATE = '_tidemill/state/people.json';

export async function stateOf(bucket: Bucket) {
  const text = (await readText(bucket, STATE))?.text;
  return text === undefined ? undefined : JSON.parse(text);
}

/** Every row of the table, whole. */
export const silverOf = (here: Project, table = 'example.people'): Promise<readonly (readonly string[])[]> =>
  query(here, `SELECT * FROM ${table} ORDER BY bronze_object_path, bronze_line`);

export const manifestsIn = (contents: ReadonlyMap<string, string>): string[] =>
  [...contents.keys()].filter((key) => key.endsWith('/manifest.json'));

/** A process that runs `tidemill`. */
export interface Leg {
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly exit: number | null; readonly stdout: string; readonly stderr: string }>;
}

interface LegOptions {
  /** The longest file it may write. */
  readonly maxFileBytes?: number;
  /** Instead of `SLOT`. */
  readonly slot?: string;
}

export function startLeg(
  here: Project,
  env: Readonly<Record<string, string>> = {},
  { maxFileBytes, slot = SLOT }: LegOptions = {},
): Leg {
  const { PATH = '', HOME = '', TMPDIR = '', NODE_COMPILE_CACHE = '' } = process.env;
  const command = [process.execPath, '--import', PRELOAD, TIDEMILL, ...legOf(slot)];
  // In blocks of 512 bytes: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_25
  const limit = maxFileBytes === undefined ? '' : `ulimit -f ${maxFileBytes / 512} && `;
  // Not CI's variables: there a process is no holder that others can look up.
  const child = spawn('sh', ['-c', `${limit}exec "$@"`, 'sh', ...command], {
    cwd: here.folder,
    env: { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE, TIDEMILL_NOW: '2026-11-21T06:30:00Z', ...env },
  });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const all = Promise.all([exit, text(child.stdout), text(child.stderr)]);
  return { process: child, ended: all.then(([exit, stdout, stderr]) => ({ exit, stdout, stderr })) };
}

/** Waits for something to come true; what has not in four minutes is an error that says what it was. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 24_000; tries += 1) {
    if (await isTrue()) return;
    await setTimeout(10);
  }
  throw new Error(`it never came true that ${what}`);
}

/** Stops the process in the middle of whatever it does, and waits until it stands still. */
export async function stopLeg({ process: child }: Leg): Promise<void> {
  child.kill('SIGSTOP');
  const stat = (): string => readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  await until('the process is stopped', () =>
    stat()
      .replace(/^.*\) /, '')
      .startsWith('T'),
  );
}

export const touch = (here: Project, file: string): void => writeFileSync(join(here.folder, file), '');
