/** Runs that say everything, of a source that contradicts itself or has lost most of what it had. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { standingClock } from '../../test/contracts/standing-clock.ts';
import { memoryWarehouse } from '../../test/contracts/warehouse-memory.ts';
import type { Tested } from '../../test/contracts/warehouse-samples.ts';
import { type FakeHttp, startFakeHttp } from '../../test/fakes/http-server.ts';
import { jobOf } from '../../test/fixtures/job.ts';
import type { Job } from '../config/job.ts';
import type { JobResult } from '../result/result.ts';
import { readState } from '../state/store.ts';
import type { Bucket } from '../storage/contract.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import { readManifest } from './bronze/manifest.ts';
import type { Order } from './order.ts';
import { runJob } from './pipeline.ts';

const LISTED = new URL('../../test/fixtures/connectors/listed.ts', import.meta.url).href;

let source: FakeHttp;
let bucket: Bucket;
let warehouse: Tested;
let runs: number;

beforeEach(async () => {
  bucket = openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-everything-')));
  source = await startFakeHttp();
  warehouse = memoryWarehouse();
  runs = 0;
});

afterEach(() => source.close());

/** The source has things up to this number. */
const serve = (edition: number, count: number, total = count): void =>
  source.serve(() => ({
    json: { edition, total, things: Array.from({ length: count }, (_, index) => ({ id: index + 1 })) },
  }));

function run(changes: Partial<Job> = {}, order: Partial<Order> = {}): Promise<JobResult> {
  runs += 1;
  const clock = standingClock('2026-11-21T06:17:00Z');
  const end = clock.now();
  return runJob(
    {
      job: jobOf({ id: 'things', service: 'listed', data_type: 'things', ...changes }),
      service: { name: 'listed', package: LISTED, base_url: source.url, auth_url: undefined, serial: false },
      slot: `manual-${runs}`,
      interval: { start: new Date(end.getTime() - 3_600_000), end },
      mode: 'incremental',
      secrets: [],
      ...order,
    },
    {
      environment: 'local',
      bucket,
      warehouses: new Map([['main', async () => warehouse]]),
      clock,
      random: () => 0.5,
      env: { SOUND_TOKEN: 'sesame' },
      cwd: '/',
      runId: `run-${runs}`,
      signal: new AbortController().signal,
      keepTokens: () => () => Promise.reject(new Error('no tokens here')),
      onEvent: () => undefined,
    },
  );
}

const rows = async (): Promise<number | undefined> =>
  (await warehouse.read({ schema: 'listed', name: 'things' }, 'id'))?.length;
const cursor = async (): Promise<unknown> => (await readState(bucket, 'things')).state.cursor?.value;

const ACCEPTED = { mode: 'full', acceptsDeletes: true } as const;

describe('a list that is shorter than the source says', () => {
  beforeEach(async () => {
    serve(1, 6);
    expect(await run()).toMatchObject({ result: 'done', gates: [] });
    serve(2, 2, 6);
  });

  it('is read again, and kept without deleting a row: red with both numbers, until it is whole', async () => {
    const asked = source.requests.length;
    const red = await run({ retry_attempts: 2 });
    expect(source.requests.length - asked).toBe(3);
    expect(red).toMatchObject({ result: 'done', totals: { records: 2, unchanged: 2, deleted: 0 } });
    expect(red.gates).toEqual([expect.stringMatching(/says that it has 6 records, and 2 came: .*--accept-deletes/)]);
    expect([await rows(), await cursor()]).toEqual([6, { edition: 1 }]);
    serve(2, 5);
    expect(await run()).toMatchObject({ result: 'done', gates: [], totals: { deleted: 1 } });
    expect([await rows(), await cursor()]).toEqual([5, { edition: 2 }]);
  });

  it('is whole when it is so at the second look', async () => {
    let looks = 0;
    source.serve(() => {
      looks += 1;
      return { json: { edition: 2, total: 3, things: [{ id: 1 }, { id: 2 }, ...(looks > 1 ? [{ id: 3 }] : [])] } };
    });
    expect(await run({ retry_attempts: 1 })).toMatchObject({ result: 'done', gates: [], totals: { deleted: 3 } });
  });

  it('deletes nothing either when it is loaded once more', async () => {
    await run();
    expect(await run({}, { mode: 'replay' })).toMatchObject({ result: 'done', totals: { deleted: 0 } });
    expect(await rows()).toBe(6);
  });

  it('takes the place of no package that cannot be loaded: a whole one does', async () => {
    const away = new TidemillError('transient', 'warehouse-away', 'not now');
    const there = warehouse;
    warehouse = { ...there, apply: () => Promise.reject(away) };
    serve(2, 4);
    const { failure, trace } = await run();
    expect(failure).toMatchObject({ code: 'warehouse-away' });
    warehouse = there;
    const { parts } = await readManifest(bucket, trace?.manifests[0] ?? '');
    await bucket.remove(parts[0]?.key ?? '');
    serve(3, 2, 6);
    const lacking = expect.stringContaining('1 package not loaded');
    const short = await run();
    expect(short.gates).toEqual(expect.arrayContaining([lacking, expect.stringContaining('6 records')]));
    const missed = async () => (await readState(bucket, 'things')).state.targets['main']?.left_out?.length;
    expect(await missed()).toBe(1);
    serve(3, 5);
    expect(await run()).toMatchObject({ result: 'done', gates: [] });
    expect([await missed(), await rows()]).toEqual([undefined, 5]);
  });

  it('is believed when a person says so', async () => {
    expect(await run({}, ACCEPTED)).toMatchObject({ result: 'done', gates: [], totals: { deleted: 4 } });
    expect([await rows(), await cursor()]).toEqual([2, { edition: 2 }]);
  });
});

describe('a source that has lost most of what it had', () => {
  it('is read again by every run, and red, until a person says that it is gone', async () => {
    serve(1, 50);
    await run();
    serve(2, 5);
    for (const _ of ['the edition', 'is news', 'each time']) {
      const red = await run();
      expect(red.gates).toEqual([expect.stringMatching(/^45 of 50 rows .* were left/)]);
      expect([await rows(), await cursor()]).toEqual([50, undefined]);
    }
    expect(await run({}, ACCEPTED)).toMatchObject({ gates: [], totals: { deleted: 45 } });
    expect([await rows(), await cursor()]).toEqual([5, { edition: 2 }]);
    expect(await run()).toMatchObject({ result: 'done', gates: [], totals: { packages: 0 } });
  });

  it('is not believed either by a warehouse that is loaded anew', async () => {
    serve(1, 50);
    await run();
    serve(2, 5);
    await run();
    await run();
    warehouse = memoryWarehouse();
    expect(await run({}, { mode: 'replay' })).toMatchObject({ result: 'done', gates: [], totals: { deleted: 0 } });
    expect(await rows()).toBe(50);
    await run({}, ACCEPTED);
    warehouse = memoryWarehouse();
    await run({}, { mode: 'replay' });
    expect(await rows()).toBe(5);
  });

  it('is green again when it has found what it had', async () => {
    serve(1, 50);
    await run();
    serve(2, 5);
    expect((await run()).gates).toHaveLength(1);
    serve(3, 50);
    expect(await run()).toMatchObject({ result: 'done', gates: [], totals: { unchanged: 50, deleted: 0 } });
    expect(await cursor()).toEqual({ edition: 3 });
  });
});

describe('everything with a record that does not fit, of a source that otherwise tells changes', () => {
  const job = { id: 'told', data_type: 'told' };
  const told = async () => (await warehouse.read({ schema: 'listed', name: 'told' }, 'id'))?.flat();
  /** All that there is to whoever asks from this edition on; nothing new to the others. */
  const tell = (edition: number, wholeTo: readonly number[], ids: readonly unknown[]): void =>
    source.serve(({ path }) => {
      const whole = wholeTo.includes(Number(path.split('/').at(-1)));
      return { json: { edition, whole, things: whole ? ids.map((id) => ({ id })) : [] } };
    });

  it('is asked for again, for its changes never name what it did not: no row outlives the odd record', async () => {
    tell(1, [0], [1, 2, 3]);
    await run(job);
    tell(2, [0, 1], [1, 2, 'odd']);
    expect(await run(job)).toMatchObject({
      result: 'done',
      totals: { rejected: 1, deleted: 0 },
      notices: [expect.stringMatching(/nothing was deleted .*: the next run asks for everything again/)],
    });
    tell(3, [0], [1, 2]);
    expect(await run(job)).toMatchObject({ result: 'done', totals: { deleted: 1 } });
    expect(await told()).toEqual(['1', '2']);
    expect((await readState(bucket, 'told')).state.cursor?.value).toEqual({ edition: 3 });
  });
});
