import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CrawlVendor, crawlVendor } from '../../../test/fakes/crawl-vendor.ts';
import { type HandClock, handClock } from '../../../test/fakes/hand-clock.ts';
import { type FakeHttp, startFakeHttp } from '../../../test/fakes/http-server.ts';
import { jobOf } from '../../../test/fixtures/job.ts';
import { CrawlSection } from '../../config/crawl.ts';
import type { Job } from '../../config/job.ts';
import type { JobResult } from '../../result/result.ts';
import type { JobState } from '../../state/job-state.ts';
import { readState } from '../../state/store.ts';
import type { Bucket } from '../../storage/contract.ts';
import { openLocalBucket } from '../../storage/local/driver.ts';
import { openDuckDb } from '../../warehouse/duckdb/driver.ts';
import { runJob } from '../pipeline.ts';

const SLOT = '2026-11-21T06:00:00.000Z';
const CRAWLED = new URL('../../../test/fixtures/connectors/crawled.ts', import.meta.url).href;
const MINUTE_MS = 60_000;
const POLL_MS = 30_000;

let server: FakeHttp;
let vendor: CrawlVendor;
let bucket: Bucket;
let clock: HandClock;
let folder: string;
let runs = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemill-crawl-'));
  bucket = openLocalBucket(join(folder, 'bucket'));
  clock = handClock('2026-11-21T06:10:00Z');
  vendor = crawlVendor(clock);
  server = await startFakeHttp();
  server.serve((request) => vendor.answer(request));
});

afterEach(() => server.close());

const stateOf = async (): Promise<JobState> => (await readState(bucket, 'pages')).state;

interface Asked {
  readonly pages?: readonly string[];
  readonly slot?: string;
  readonly crawl?: Partial<Job['crawl']>;
}

function run({ pages = ['a', 'b'], slot = SLOT, crawl = {} }: Asked = {}): Promise<JobResult> {
  runs += 1;
  const job = jobOf({
    ...{ id: 'pages', service: 'crawled', data_type: 'pages', cron: '0 6 * * *', write: 'upsert' },
    options: { pages },
    crawl: CrawlSection.parse({ wait_seconds: 0, ...crawl }),
    retry_attempts: 0,
  });
  const service = { name: 'crawled', package: CRAWLED, base_url: server.url, auth_url: undefined, serial: false };
  const interval = { start: new Date('2026-11-20T06:00:00Z'), end: new Date('2026-11-21T06:00:00Z') };
  const warehouse = async () => openDuckDb({ file: join(folder, 'warehouse.duckdb'), clock });
  return runJob(
    { job, service, slot, interval, mode: 'incremental', secrets: [] },
    {
      ...{ environment: 'local', bucket, clock, random: () => 0.5, env: {}, cwd: folder, runId: `run-${runs}` },
      warehouses: new Map([['main', warehouse]]),
      signal: new AbortController().signal,
      keepTokens: () => () => Promise.reject(new Error('no tokens here')),
      onEvent: () => undefined,
      audienceOf: () => ({ sinks: ['ear'], wants: (kind) => kind.startsWith('run-') }),
    },
  );
}

/** Time passes only while the run sleeps: besides its lease and its limit, which it never stops to wait for. */
async function waitedFor(running: Promise<JobResult>): Promise<JobResult> {
  let result: JobResult | undefined;
  void running.then((ended) => {
    result = ended;
  });
  while (result === undefined) {
    if (clock.sleepers > 2) await clock.pass(POLL_MS);
    await new Promise(setImmediate);
  }
  return result;
}

describe('a source that answers later', () => {
  it('is triggered, and the run ends green without waiting; a later one fetches what there is', async () => {
    expect(await run()).toMatchObject({
      result: 'parked',
      reason: 'waiting for 2 of 2 crawls, asked again after 2026-11-21 06:25 UTC',
      waits: { open: 2, of: 2 },
    });
    expect(await stateOf()).toMatchObject({
      parked: { slot: SLOT },
      crawls: [{ status: 'triggered' }, { status: 'triggered' }],
    });
    expect((await stateOf()).claim).toBeUndefined();
    vendor.minutes.set('b', 100);
    await clock.pass(15 * MINUTE_MS);
    expect(await run()).toMatchObject({ result: 'parked', waits: { open: 1, of: 2 }, totals: { inserted: 2 } });
    await clock.pass(100 * MINUTE_MS);
    const done = await run();
    expect(done).toMatchObject({ result: 'done', totals: { inserted: 2 }, lateness_seconds: 0 });
    expect(vendor.begun).toHaveLength(2);
    expect(vendor.downloads).toEqual(['t1', 't2']);
    const state = await stateOf();
    expect(state.parked).toBeUndefined();
    expect(state).toMatchObject({
      settled_through: SLOT,
      read_through: SLOT,
      crawls: [
        { status: 'done', counts: { page_count: 2 } },
        { status: 'done', files: ['raw/t2.json'] },
      ],
    });
    const copy: unknown = JSON.parse(await readFile(join(folder, 'bucket/raw/t1.json'), 'utf8'));
    expect(copy).toEqual([0, 1].map((id) => ({ id, page: 'a' })));
  });

  it('is one run to whoever is told, until that has ended in any way but waiting', async () => {
    runs = 0;
    await run();
    await clock.pass(1 * MINUTE_MS);
    await run();
    server.serve(() => ({ status: 403 }));
    await clock.pass(100 * MINUTE_MS);
    expect(await run()).toMatchObject({ result: 'failed' });
    server.serve((request) => vendor.answer(request));
    await clock.pass(100 * MINUTE_MS);
    expect(await run()).toMatchObject({ result: 'done' });
    const said = (await stateOf()).outbox?.entries.map(({ type, data }) => [type, data['run'], data['continues']]);
    expect(said).toEqual([
      ['run-started', 'run-1', undefined],
      ['run-started', 'run-2', 'run-1'],
      ['run-started', 'run-3', 'run-1'],
      ['run-failed', 'run-3', 'run-1'],
      ['run-started', 'run-4', undefined],
      ['run-completed', 'run-4', undefined],
    ]);
  });

  it('is waited for as long as its job says, asked each half minute', async () => {
    const running = run({ crawl: { wait_seconds: 900 } });
    const result = await waitedFor(running);
    expect(result).toMatchObject({ result: 'done', totals: { inserted: 4 } });
    const polls = server.requests.filter(({ path }) => /^\/crawls\/t1$/.test(path)).length;
    // Ten minutes, and not at once after it was triggered.
    expect(polls).toBe(20);
    expect((await stateOf()).crawls?.[0]).toMatchObject({ status: 'done', polls: 20 });
  });

  it('is asked no more often than its job says', async () => {
    vendor.minutes.set('a', 'never');
    const running = run({ pages: ['a'], crawl: { wait_seconds: 900, max_polls: 4 } });
    const result = await waitedFor(running);
    expect(result).toMatchObject({ result: 'parked' });
    expect(server.requests.filter(({ path }) => path === '/crawls/t1')).toHaveLength(3);
    expect((await stateOf()).crawls?.[0]).toMatchObject({ status: 'polling', polls: 3, says: 'building' });
  });
});
