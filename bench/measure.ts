/** Measuring: children with their time and peak memory, medians, and the table. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../orchestrator/bin/tidemill.mjs', import.meta.url));

/** One budget of `docs/architecture.md`, as measured. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  /** What it is held against, measured in the same run. */
  readonly limit: string;
  readonly ratio: string;
  readonly budget: string;
  readonly isMet: boolean;
  /** `work`, such as CPU seconds and bytes, is the same on a busy machine; what stands on the clock is not. */
  readonly judgedBy?: 'work';
}

export interface Child {
  readonly milliseconds: number;
  /** Of the processor, the system's for it included. */
  readonly cpuSeconds: number;
  /** Peak resident memory, in bytes. */
  readonly peakBytes: number;
  readonly stdout: string;
}

/**
 * A process writes seconds of the processor and its peak memory in kilobytes to descriptor 3 when it ends. Linux counts into `maxRSS` what
 * its parent had when it was forked, and not into VmHWM: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
export const TELLS = `data:text/javascript,import{readFileSync,writeSync}from'node:fs';process.on('exit',()=>{const{userCPUTime:u,systemCPUTime:s,maxRSS}=process.resourceUsage();let peak=maxRSS;try{peak=/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status','utf8'))[1]}catch{}writeSync(3,((u+s)/1e6)+' '+peak)})`;

/** Runs Node with the arguments, compiling everything anew. Throws when it does not end with one of these codes. */
export async function runNode(
  args: readonly string[],
  env: Record<string, string> = {},
  exits: readonly number[] = [0],
): Promise<Child> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', TELLS, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1', ...env },
  });
  const [out, errors, told] = [text(child.stdout), text(child.stderr), text(child.stdio[3] as Readable)];
  const [code] = (await once(child, 'exit')) as [number | null];
  const milliseconds = performance.now() - started;
  if (!exits.includes(code ?? -1)) throw new Error(`node ${args.join(' ')} ended with ${code}\n${await errors}`);
  const [cpuSeconds = Number.NaN, kilobytes = Number.NaN] = (await told).split(' ').map(Number);
  return { milliseconds, cpuSeconds, peakBytes: kilobytes * 1024, stdout: await out };
}

async function text(stream: Readable | null): Promise<string> {
  let all = '';
  for await (const chunk of stream ?? []) all += String(chunk);
  return all;
}

/** Node with nothing to do, which every start is held against. */
export async function bareNode(): Promise<Child> {
  const all: Child[] = [];
  for (let round = 0; round < 7; round += 1) all.push(await runNode(['-e', '0']));
  return middle(all, ({ milliseconds }) => milliseconds);
}

/** How often as long as it works a process takes that has nothing to wait for, when nobody else wants the processors. */
const IDLE = 2;

export interface Busyness {
  readonly isBusy: boolean;
  readonly text: string;
}

/** Whether others have the machine: seen by a bare Node, on the clock and by its processor's time. */
export async function busyness(): Promise<Busyness> {
  const { milliseconds, cpuSeconds } = await bareNode();
  const ratio = milliseconds / (cpuSeconds * 1000);
  return { isBusy: ratio > IDLE, text: `a bare Node takes ${times(ratio)} as long as it works` };
}

/** The one in the middle, by that number. */
export const middle = <T>(all: readonly T[], by: (one: T) => number): T =>
  all.toSorted((a, b) => by(a) - by(b))[Math.floor(all.length / 2)] as T;

/** The median of an odd number of measurements, taken one after the other. */
export async function median(times: number, measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let index = 0; index < times; index += 1) values.push(await measure());
  return middle(values, Number);
}

/** Milliseconds an action takes. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}

export const ms = (value: number): string => `${Math.round(value)} ms`;
export const cpu = (seconds: number): string => `${seconds.toFixed(2)} CPU s`;
export const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
export const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;
