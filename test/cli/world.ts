/** Runs of single jobs as a process has them that may be killed, beside the command line. */

import type { JobResult } from '../../orchestrator/result/result.ts';
import type { Order, World } from '../../orchestrator/run/order.ts';
import { runJob } from '../../orchestrator/run/pipeline.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import type { Warehouse } from '../../orchestrator/warehouse/contract.ts';
import { mortal, mortalWarehouse } from '../contracts/mortal.ts';
import { jobOf } from '../fixtures/job.ts';

export interface Run extends Partial<Pick<Order, 'mode' | 'interval' | 'slot' | 'replayInto' | 'replayFrom'>> {
  readonly job: Parameters<typeof jobOf>[0];
  readonly bucket: Bucket;
  /** The one called main. */
  readonly warehouse: Warehouse;
  /** What opens the others, by name. */
  readonly others?: Readonly<Record<string, () => Promise<Warehouse>>>;
  /** When it starts; the clock stands still. */
  readonly now: string;
  readonly cwd: string;
  /** The connector's module; the dated one if not given. */
  readonly connector?: string;
  /** Where its service lives, if not where the connector says. */
  readonly baseUrl?: string;
  /** The environment of the process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Dies before this operation on the bucket or the warehouse, counted from 1. */
  readonly diesAt?: number;
}

let runs = 0;

const DATED = new URL('dated-connector.ts', import.meta.url).href;

/** One run by hand in a process of its own, as far as anybody can tell; and how many operations it came to. */
export async function runOnce(run: Run): Promise<JobResult & { readonly operations: number }> {
  runs += 1;
  let operations = 0;
  const life = {
    get isOver() {
      operations += 1;
      return operations >= (run.diesAt ?? Number.POSITIVE_INFINITY);
    },
  };
  const { job, now, cwd } = run;
  const service = {
    name: job.service ?? 'example',
    package: run.connector ?? DATED,
    base_url: run.baseUrl,
    auth_url: undefined,
    serial: false,
  };
  const end = new Date(now);
  const interval = run.interval ?? { start: new Date(end.getTime() - 3_600_000), end };
  const order = {
    job: jobOf(job),
    service,
    slot: run.slot ?? `manual-${runs}`,
    ...(run.replayInto === undefined ? {} : { replayInto: run.replayInto }),
    ...(run.replayFrom === undefined ? {} : { replayFrom: run.replayFrom }),
    interval,
    mode: run.mode ?? 'incremental',
    secrets: [],
  };
  const world: World = {
    environment: 'local',
    bucket: mortal(run.bucket, life),
    warehouses: new Map([
      ['main', async () => mortalWarehouse(run.warehouse, life)],
      ...Object.entries(run.others ?? {}),
    ]),
    clock: { now: () => end, sleep: untilAborted },
    random: () => 0.5,
    env: run.env ?? {},
    cwd,
    keepTokens: () => () => Promise.reject(new Error('no source here has access tokens')),
    runId: `run-${runs}`,
    // A dead run's claim is not waited for.
    holder: { host: 'test', pid: runs },
    isAlive: () => false,
    signal: new AbortController().signal,
    onEvent: () => undefined,
  };
  return { ...(await runJob(order, world)), operations };
}

/** Leases, time limits and waits between tries only end by being aborted. */
const untilAborted = (_: number, signal?: AbortSignal): Promise<void> =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
