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
}

export interface Child {
  readonly milliseconds: number;
  /** Of the processor, the system's for it included. */
  readonly cpuSeconds: number;
  /** Peak resident memory, in bytes. */
  readonly peakBytes: number;
  readonly stdout: string;
}

/** A process writes seconds of the processor and the peak memory to descriptor 3 when it ends; kilobytes on every platform. */
export const TELLS = `data:text/javascript,import{writeSync}from'node:fs';process.on('exit',()=>{const{userCPUTime:u,systemCPUTime:s,maxRSS}=process.resourceUsage();writeSync(3,((u+s)/1e6)+' '+maxRSS)})`;

/** Runs Node with the arguments. Throws when it does not end with 0. */
export async function runNode(args: readonly string[], env: Record<string, string> = {}): Promise<Child> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', TELLS, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const [out, errors, told] = [text(child.stdout), text(child.stderr), text(child.stdio[3] as Readable)];
  const [code] = (await once(child, 'exit')) as [number | null];
  const milliseconds = performance.now() - started;
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}\n${await errors}`);
  const [cpuSeconds = Number.NaN, kilobytes = Number.NaN] = (await told).split(' ').map(Number);
  return { milliseconds, cpuSeconds, peakBytes: kilobytes * 1024, stdout: await out };
}

async function text(stream: Readable | null): Promise<string> {
  let all = '';
  for await (const chunk of stream ?? []) all += String(chunk);
  return all;
}

/** The median of an odd number of measurements, taken one after the other. */
export async function median(times: number, measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let index = 0; index < times; index += 1) values.push(await measure());
  return middle(values);
}

export const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Milliseconds an action takes. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}

export const ms = (value: number): string => `${Math.round(value)} ms`;
export const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
export const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;
