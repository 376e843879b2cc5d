/** A job of crawls over hours: plans, and runs that die, against a service that counts what it is paid for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CrawlSection } from '../../orchestrator/config/crawl.ts';
import type { Job } from '../../orchestrator/config/job.ts';
import { plan } from '../../orchestrator/plan/plan.ts';
import type { JobResult } from '../../orchestrator/result/result.ts';
import { chainOf } from '../../orchestrator/run/bronze/chain.ts';
import { runJob } from '../../orchestrator/run/pipeline.ts';
import type { JobState } from '../../orchestrator/state/job-state.ts';
import { readState, updateState } from '../../orchestrator/state/store.ts';
import { register } from '../../orchestrator/state/transitions.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { mortal, mortalWarehouse } from '../contracts/mortal.ts';
import { memoryWarehouse } from '../contracts/warehouse-memory.ts';
import type { Tested } from '../contracts/warehouse-samples.ts';
import { type CrawlVendor, crawlVendor } from '../fakes/crawl-vendor.ts';
import { startFakeHttp } from '../fakes/http-server.ts';
import { MemoryBucket } from '../fakes/memory-bucket.ts';
import { jobOf } from '../fixtures/job.ts';
import { configOf } from '../fixtures/plan.ts';

const CRAWLED = new URL('../fixtures/connectors/crawled.ts', import.meta.url).href;
const MINUTE_MS = 60_000;

export const SLOT = '2026-11-21T06:00:00.000Z';

export interface CrawlPlace {
  readonly bucket: Bucket;
  readonly warehouse: Tested;
  readonly vendor: CrawlVendor;
  readonly job: Job;
  now: Date;
  state(): Promise<JobState>;
  /** Plans now; then a run of what is due, which dies before the operation of that number, counted from 1. */
  tick(diesAt?: number): Promise<(JobResult & { readonly operations: number }) | undefined>;
  pass(minutes: number): void;
  /** Rows of the table: page by id. */
  rows(): Promise<Map<string, string>>;
  /** Rows of one of the tables of crawls. */
  told(table: string, ...columns: string[]): Promise<readonly (readonly unknown[])[]>;
  /** How many packages the chain has. */
  packages(): Promise<number>;
}

/** `pages` take 10 minutes each, unless the vendor is told otherwise. */
export async function withCrawls<T>(
  pages: readonly string[],
  use: (place: CrawlPlace) => Promise<T>,
  crawl: Partial<Job['crawl']> = {},
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-crawls-'));
  const server = await startFakeHttp();
  const bucket = new MemoryBucket();
  const warehouse = memoryWarehouse();
  let runs = 0;
  /** Of the process that runs: each step of it, on whatever side, asks whether it is its last one. */
  let life = { isOver: false };
  const place: CrawlPlace = {
    bucket,
    warehouse,
    now: new Date('2026-11-21T06:10:00Z'),
    vendor: crawlVendor({ now: () => place.now }),
    job: jobOf({
      ...{ id: 'pages', service: 'crawled', data_type: 'pages', cron: '0 6 * * *', write: 'upsert' },
      options: { pages },
      crawl: CrawlSection.parse({ wait_seconds: 0, ...crawl }),
      max_attempts: 100,
      breaker_failures: 1000,
    }),
    state: async () => (await readState(bucket, 'pages')).state,
    pass(minutes) {
      place.now = new Date(place.now.getTime() + minutes * MINUTE_MS);
    },
    async tick(diesAt = Number.POSITIVE_INFINITY) {
      const { job } = place;
      const config = configOf([job]);
      const states = new Map([[job.id, await place.state()]]);
      const { runs: due } = plan({ config, environment: 'local', states, now: place.now, isAbandoned: () => true });
      const [run] = due;
      if (run === undefined) return undefined;
      runs += 1;
      let operations = 0;
      const own = {
        get isOver() {
          operations += 1;
          return operations >= diesAt;
        },
      };
      life = own;
      const interval = { start: new Date(run.interval.start), end: new Date(run.interval.end) };
      const service = { name: 'crawled', package: CRAWLED, base_url: server.url, auth_url: undefined, serial: false };
      const now = place.now;
      const result = await runJob(
        { job, service, slot: run.slot, interval, mode: 'incremental', secrets: [] },
        {
          ...{ environment: 'local', random: () => 0.5, env: {}, cwd: folder, runId: `run-${runs}` },
          bucket: mortal(bucket, own),
          warehouses: new Map([['main', async () => mortalWarehouse(warehouse, own)]]),
          clock: {
            now: () => now,
            sleep: async (milliseconds, signal) => {
              if (milliseconds < MINUTE_MS) return;
              await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
            },
          },
          holder: { host: 'test', pid: runs },
          isAlive: () => false,
          signal: new AbortController().signal,
          keepTokens: () => () => Promise.reject(new Error('no tokens here')),
          onEvent: () => undefined,
          audienceOf: () => ({ sinks: ['memo'], wants: () => true }),
        },
      );
      return { ...result, operations };
    },
    async rows() {
      const rows = (await warehouse.read({ schema: 'crawled', name: 'pages' }, 'id', 'page')) ?? [];
      return new Map(rows.map(([id, page]) => [String(id), String(page)]));
    },
    told: async (name, ...columns) => (await warehouse.read({ schema: 'crawled', name }, ...columns)) ?? [],
    async packages() {
      const { head } = await place.state();
      let count = 0;
      for await (const _ of chainOf(bucket, head)) count += 1;
      return count;
    },
  };
  // What the process asks may not arrive, or its answer may not.
  server.serve((request) => {
    if (life.isOver) return { fault: 'reset' };
    const reply = place.vendor.answer(request);
    return life.isOver ? { fault: 'reset' } : reply;
  });
  try {
    await updateState(bucket, 'pages', (state) =>
      register(state, { cron: '0 6 * * *', timezone: 'UTC', effective_from: '2026-11-21T05:00:00.000Z' }),
    );
    return await use(place);
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
