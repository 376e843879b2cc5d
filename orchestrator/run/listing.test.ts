/** Listings that go on in the package of a run that was broken off: within a leg, and when two runs are at it. */
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { mortal } from '../../test/contracts/mortal.ts';
import { standingClock } from '../../test/contracts/standing-clock.ts';
import { memoryWarehouse } from '../../test/contracts/warehouse-memory.ts';
import type { Tested } from '../../test/contracts/warehouse-samples.ts';
import { type FakeHttp, type Reply, startFakeHttp } from '../../test/fakes/http-server.ts';
import { MemoryBucket } from '../../test/fakes/memory-bucket.ts';
import { jobOf } from '../../test/fixtures/job.ts';
import type { JobResult } from '../result/result.ts';
import { readState } from '../state/store.ts';
import type { Bucket } from '../storage/contract.ts';
import { readManifest } from './bronze/manifest.ts';
import { readRecords } from './bronze/records.ts';
import type { Order, World } from './order.ts';
import { runJob } from './pipeline.ts';

const LISTED = new URL('../../test/fixtures/connectors/listed.ts', import.meta.url).href;
const PAGES = 12;

let source: FakeHttp;
let bucket: MemoryBucket;
let warehouse: Tested;

beforeEach(async () => {
  bucket = new MemoryBucket();
  warehouse = memoryWarehouse();
  source = await startFakeHttp();
  onTestFinished(() => source.close());
  serve();
});

/** Two things a page, unless the answer to a page is another one. */
function serve(otherwise: (page: number) => Reply | undefined = () => undefined): void {
  source.serve(({ query }) => {
    const page = Number(query['page'] ?? 1);
    const things = [2 * page - 1, 2 * page].map((id) => ({ id }));
    const next = page < PAGES ? String(page + 1) : null;
    return otherwise(page) ?? { json: { total: 2 * PAGES, things, next } };
  });
}

const asked = (): number[] => source.requests.map(({ query }) => Number(query['page'] ?? 1));
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, index) => from + index);

interface Asked extends Partial<Pick<Order, 'mode' | 'acceptsDeletes' | 'slot'>> {
  readonly at?: string;
  readonly run?: string;
  readonly in?: Bucket;
  readonly retries?: number;
  readonly env?: World['env'];
}

function run({
  at = '06:17',
  run: runId = 'run-1',
  in: own = bucket,
  retries = 0,
  env = {},
  ...order
}: Asked = {}): Promise<JobResult> {
  const clock = standingClock(`2026-11-21T${at}:00Z`);
  const end = new Date('2026-11-21T06:00:00Z');
  return runJob(
    {
      job: jobOf({
        id: 'shelf',
        service: 'listed',
        data_type: 'shelf',
        cron: '0 6 * * *',
        retry_attempts: retries,
        max_attempts: 9,
      }),
      service: { name: 'listed', package: LISTED, base_url: source.url, auth_url: undefined, serial: false },
      slot: end.toISOString(),
      interval: { start: new Date('2026-11-20T06:00:00Z'), end },
      mode: 'incremental',
      secrets: [],
      ...order,
    },
    {
      ...{ environment: 'local', bucket: own, clock, runId, cwd: '/', random: () => 0.5 },
      warehouses: new Map([['main', async () => warehouse]]),
      env: { SOUND_TOKEN: 'sesame', ...env },
      signal: new AbortController().signal,
      keepTokens: () => () => Promise.reject(new Error('no tokens here')),
      onEvent: () => undefined,
    },
  );
}

const stateOf = async () => (await readState(bucket, 'shelf')).state;
const rows = async () => (await warehouse.read({ schema: 'listed', name: 'shelf' }, 'id'))?.length;

/** The ids in the newest package, in their order. */
async function packaged(): Promise<number[]> {
  const manifest = await readManifest(bucket, (await stateOf()).head ?? '');
  const records = (await Array.fromAsync(readRecords(bucket, manifest, {}))).flat();
  return records.map(({ text }) => JSON.parse(String(text)).id);
}

const BROKEN: Reply = { status: 503 };

describe('a listing whose source stumbles', () => {
  it.each<Asked>([{}, { mode: 'full', slot: 'manual-1' }, { mode: 'full', acceptsDeletes: true, slot: 'manual-1' }])(
    'goes on within the same leg: %j',
    async (order) => {
      let stumbles = 5;
      serve((page) => (page === 8 && stumbles-- > 0 ? BROKEN : undefined));
      const { result, notices } = await run({ ...order, retries: 1 });
      expect([result, await rows()]).toEqual(['done', 2 * PAGES]);
      expect(asked()).toEqual([...upTo(7), 8, 8, 8, 8, 8, ...upTo(PAGES, 8)]);
      expect(notices).toContain('goes on with its listing, of which 14 records are kept already');
      expect(await packaged()).toEqual(upTo(2 * PAGES));
    },
  );

  it('is read again from the beginning where what it has begun says another total', async () => {
    serve((page) => (page === 8 ? BROKEN : undefined));
    await run();
    serve((page) => (page === 8 ? { json: { total: 23, things: [{ id: 15 }], next: '9' } } : undefined));
    const { result, gates } = await run({ at: '07:17', run: 'run-2' });
    expect([result, gates.length, (await stateOf()).listing]).toEqual(['done', 1, undefined]);
    expect(await rows(), 'nothing of it is deleted').toBe(23);
  });
});

describe('a listing that was read to its end', () => {
  it('is committed as it is where its run died before that, and nothing is asked for again', async () => {
    const life = { isOver: false };
    const dying = mortal(bucket, life);
    const write: Bucket['write'] = async (key, body, options) => {
      const written = await dying.write(key, body, options);
      if (key.endsWith('/manifest.json')) life.isOver = true;
      return written;
    };
    await run({ in: { ...dying, write } });
    const { head, listing } = await stateOf();
    expect([head, listing?.records]).toEqual([undefined, 20]);
    const { result, notices } = await run({ at: '07:17', run: 'run-2' });
    expect([result, asked(), await rows()]).toEqual(['done', upTo(PAGES), 2 * PAGES]);
    expect(notices).toEqual(['commits a listing whose 24 records are kept already']);
    expect(await stateOf()).toMatchObject({ version: 2, recent: [{ outcome: 'done' }] });
  });
});

describe('two runs at one listing', () => {
  /** The second one claims the slot when the lease of the first is over, and that one is still at work. */
  const LATER = { at: '06:30', run: 'run-2' } as const;

  it.each([1, 2, 3])('never mix what they have, and only one has it: at its listing number %i', async (which) => {
    let writes = 0;
    let second: JobResult | undefined;
    const zombie: Bucket = {
      ...methodsOf(bucket),
      async write(key, body, options) {
        if (key.startsWith('_tidemill/listings/') && ++writes === which) second = await run(LATER);
        return bucket.write(key, body, options);
      },
    };
    const first = await run({ in: zombie });
    expect([first.failure?.code, second?.result]).toEqual(['lease-lost', 'done']);
    expect(await packaged()).toEqual(upTo(2 * PAGES));
    expect(await rows()).toBe(2 * PAGES);
    expect(await stateOf()).toMatchObject({ version: 2, recent: [{ outcome: 'done' }] });
  });

  it('go each in a folder of its own, in one package', async () => {
    serve((page) => (page === 6 ? BROKEN : undefined));
    await run();
    serve((page) => (page === 10 ? BROKEN : undefined));
    await run({ at: '07:17', run: 'run-2' });
    serve();
    await run({ at: '08:17', run: 'run-3' });
    const { parts, continued } = await readManifest(bucket, (await stateOf()).head ?? '');
    const folders = parts.map(({ key }) => key.replace(/^.*run-1-0001\//, '').replace(/part-.*/, ''));
    expect([new Set(folders).size, continued]).toEqual([3, true]);
    expect(parts.map(({ key }) => /part-(\d+)/.exec(key)?.[1])).toEqual(
      upTo(parts.length).map((n) => String(n).padStart(5, '0')),
    );
    expect(await packaged()).toEqual(upTo(2 * PAGES));
  });
});

const methodsOf = (own: Bucket): Bucket => ({
  url: own.url,
  read: (key, options) => own.read(key, options),
  write: (key, body, options) => own.write(key, body, options),
  list: (prefix) => own.list(prefix),
  remove: (key) => own.remove(key),
  check: () => own.check(),
});
