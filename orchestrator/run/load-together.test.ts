/** Runs of many marks: what waits is loaded together, and whatever is wrong with one package is that one's alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { TidemillError } from '@tidemill/kit';
import { assert, beforeEach, describe, expect, it } from 'vitest';
import { type Run, runOnce } from '../../test/cli/world.ts';
import { memoryWarehouse } from '../../test/contracts/warehouse-memory.ts';
import type { Tested } from '../../test/contracts/warehouse-samples.ts';
import { type DataType, type Day, rowsAfter } from '../../test/kills/dataset.ts';
import { SERVICE, slots } from '../../test/kills/source.ts';
import type { JobState } from '../state/job-state.ts';
import { readState, updateState } from '../state/store.ts';
import type { Bucket } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import type { Load, Warehouse } from '../warehouse/contract.ts';

const SOURCE = new URL('../../test/kills/source.ts', import.meta.url).href;
const MARKS = 9;

let folder: string;
let bucket: Bucket;
let memory: Tested;
/** How many packages each load had. */
let loads: number[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemill-together-'));
  bucket = openLocalBucket(join(folder, 'bucket'));
  memory = memoryWarehouse();
  loads = [];
});

/** The warehouse, with something before each load. */
const watched = (before: (load: Load) => void | Promise<void> = () => undefined): Warehouse => ({
  ...memory,
  async apply(load) {
    loads.push(load.packages.length);
    await before(load);
    return memory.apply(load);
  },
});

const run = (type: DataType, day: Day, more: Partial<Run> = {}) =>
  runOnce({
    job: { service: SERVICE, id: type, data_type: type, cron: '0 6 * * *', retry_attempts: 0, max_reject_ratio: 1 },
    ...{ bucket, warehouse: watched(), connector: SOURCE, cwd: folder },
    ...(more.mode === 'replay' ? {} : { slot: slots[day] }),
    now: new Date(Date.parse(slots[day]) + 600_000).toISOString(),
    interval: { start: new Date(Date.parse(slots[day]) - 86_400_000), end: new Date(slots[day]) },
    ...more,
  });

const stateOf = async (type: DataType): Promise<JobState> => (await readState(bucket, type)).state;
const pendingOf = async (type: DataType) => (await stateOf(type)).targets['main']?.pending ?? [];

const rowsIn = async (type: DataType): Promise<string[]> =>
  ((await memory.read({ schema: SERVICE, name: type }, 'id', 'n', 'chars')) ?? []).map((row) => row.join(' ')).sort();
const expected = (type: DataType, days: readonly Day[]): string[] =>
  rowsAfter(type, days)
    .map((row) => row.join(' '))
    .sort();

const away = (): never => {
  throw new TidemillError('transient', 'warehouse-lost', 'the warehouse is away');
};

/** Reads the day, and nothing of it is loaded. */
async function onlyRead(type: DataType, day: Day): Promise<void> {
  const { result } = await run(type, day, { warehouse: watched(away) });
  expect(result).toBe('failed');
  expect(await pendingOf(type)).not.toEqual([]);
  loads = [];
}

describe('a run of many marks', () => {
  it('is one load of its warehouse, and comes to what one load a mark does', async () => {
    const states: number[] = [];
    const counting: Bucket = {
      ...bucket,
      write(key, body, options) {
        if (key === keys.state('marks')) states.push(1);
        return bucket.write(key, body, options);
      },
    };
    const { totals, rejects, quarantine } = await run('marks', 2, { bucket: counting });
    expect([totals.packages, loads]).toEqual([MARKS, [MARKS]]);
    expect(await rowsIn('marks')).toEqual(expected('marks', [2]));
    // The claim, the marks, the end of the source, the load of them all, the settlement.
    expect(states).toHaveLength(1 + MARKS + 1 + 1);
    const own = { bucket: openLocalBucket(join(folder, 'other')), memory: memoryWarehouse() };
    const single: Warehouse = {
      ...own.memory,
      async apply(load) {
        if (load.packages.length > 1) throw new TidemillError('config', 'warehouse-memory', 'too little memory');
        return own.memory.apply(load);
      },
    };
    const other = await run('marks', 2, { bucket: own.bucket, warehouse: single });
    expect({ ...other.totals, bytes: 0 }).toEqual({ ...totals, bytes: 0 });
    expect([other.rejects, other.quarantine.length]).toEqual([rejects, quarantine.length]);
    const table = { schema: SERVICE, name: 'marks' };
    const from = ['id', 'n', 'bronze_line', 'ingested_at'] as const;
    expect((await own.memory.read(table, ...from))?.sort()).toEqual((await memory.read(table, ...from))?.sort());
  });

  it('goes on with what waits, some of which the warehouse has already', async () => {
    const drops = { isBroken: true };
    const broken: Bucket = {
      ...bucket,
      async write(key, body, options) {
        const isDrop = key === keys.state('marks') && drops.isBroken && loads.length > 0;
        if (isDrop) throw new TidemillError('config', 'disk-full', 'no space left');
        return bucket.write(key, body, options);
      },
    };
    // Loaded, and the state does not know.
    await run('marks', 1, { bucket: broken });
    expect([loads, (await pendingOf('marks')).length]).toEqual([[4], 4]);
    loads = [];
    let isAway = true;
    const warehouse = watched(() => {
      if (!isAway) return;
      isAway = false;
      away();
    });
    const { result, totals } = await run('marks', 2, { warehouse });
    expect([result, loads]).toEqual(['done', [4, MARKS]]);
    expect([totals.packages, await pendingOf('marks')]).toEqual([MARKS - 4, []]);
    expect(await rowsIn('marks')).toEqual(expected('marks', [2]));
  });

  it('loads nothing of any where another run has taken its claim', async () => {
    const warehouse = watched(async () => {
      await updateState(bucket, 'marks', (state) => {
        const { claim = assert.fail() } = state;
        return { ...state, claim: { ...claim, run: 'another' } };
      });
    });
    const { result, failure } = await run('marks', 2, { warehouse });
    expect([result, failure?.code, loads]).toEqual(['failed', 'lease-lost', [MARKS]]);
    expect([await memory.loadedJobs(), await rowsIn('marks')]).toEqual([new Set(), []]);
  });
});

/** Removes the part of a package, whose manifest is of that key. */
const removePart = (manifest: string): Promise<void> =>
  rm(join(fileURLToPath(bucket.url), manifest.replace('manifest.json', 'part-00001.ndjson.gz')));

describe('of packages that wait', () => {
  it.each([
    ['in the middle', 3, [MARKS, 3, MARKS - 4]],
    ['of the first mark', 0, [MARKS, MARKS - 1]],
  ])('one %s that bronze lacks is passed over, and the others are loaded', async (_, at, expectedLoads) => {
    await onlyRead('marks', 2);
    const { manifest } = (await pendingOf('marks'))[at] ?? assert.fail();
    await removePart(manifest);
    const { result, gates } = await run('marks', 2);
    expect([result, loads]).toEqual(['done', expectedLoads]);
    expect(gates).toEqual([expect.stringContaining('1 package not loaded')]);
    const target = (await stateOf('marks')).targets['main'];
    expect(target).toEqual({ pending: [], left_out: [{ manifest, reason: expect.stringContaining('is gone') }] });
    expect((await memory.read({ schema: 'staging', name: 'ingestion_state' }, 'package_id'))?.length).toBe(MARKS - 1);
  });

  it('the newest waits when bronze lacks it, and those before it are loaded', async () => {
    await onlyRead('marks', 2);
    const last = (await pendingOf('marks')).at(-1) ?? assert.fail();
    await removePart(last.manifest);
    const { failure } = await run('marks', 2);
    expect([failure?.code, await pendingOf('marks')]).toEqual(['bronze-missing', [last]]);
    expect(await memory.lastPackage('marks')).toMatch(/-0008$/);
  });

  it('one with a value that the warehouse refuses goes without that record, and all others as they are', async () => {
    await onlyRead('marks', 2);
    const isRefused = ({ values }: { readonly values: readonly (string | null)[] }): boolean => values[1] === '21';
    const warehouse: Warehouse = {
      ...memory,
      async apply(load) {
        loads.push(load.packages.length);
        const packages = [];
        for (const one of load.packages) {
          const batches = await Array.fromAsync(one.rows);
          if (batches.some(({ rows }) => rows.some(isRefused)))
            throw new TidemillError('bug', 'warehouse-value', 'a value was refused');
          packages.push({
            ...one,
            rows: (async function* () {
              yield* batches;
            })(),
          });
        }
        return memory.apply({ ...load, packages });
      },
    };
    const { result, totals, quarantine } = await run('marks', 2, { warehouse });
    expect(result).toBe('done');
    expect(loads.filter((packages) => packages > 1)).toEqual([MARKS, 5, 4, 2, 2]);
    const texts = await Promise.all(quarantine.map(textAt));
    const refused = texts
      .join('')
      .split('\n')
      .filter((line) => line.includes('warehouse-refused'));
    expect(refused.map((line) => JSON.parse(JSON.parse(line).record_text).n)).toEqual([21]);
    expect((await memory.read({ schema: 'staging', name: 'ingestion_state' }, 'package_id'))?.length).toBe(MARKS);
    expect(totals.rejected).toBe(1 + 5);
  });
});

const textAt = async (key: string): Promise<string> => {
  const chunks = await Array.fromAsync((await bucket.read(key))?.body ?? []);
  return gunzipSync(Buffer.concat(chunks)).toString();
};

describe('a replay', () => {
  it.each<[DataType, number]>([
    ['marks', MARKS],
    ['clicks', 3],
  ])('of %s loads what was read once more together, and its table is what it was', async (type, packages) => {
    await run(type, 2);
    const before = await rowsIn(type);
    loads = [];
    const { result, totals } = await run(type, 2, { mode: 'replay' });
    expect([result, loads]).toEqual(['done', [packages]]);
    expect(await rowsIn(type)).toEqual(before);
    expect(totals.packages).toBe(0);
    expect((await stateOf(type)).targets['main']).toEqual({ pending: [] });
  });

  it('counts what bronze lacks, and goes on behind it', async () => {
    await run('marks', 2);
    const manifests = await manifestsOf('marks');
    await removePart(manifests[5] ?? '');
    loads = [];
    const { failure } = await run('marks', 2, { mode: 'replay' });
    expect([failure?.code, loads]).toEqual(['bronze-missing', [MARKS, 5, 3]]);
    const target = (await stateOf('marks')).targets['main'];
    expect(target).toMatchObject({ pending: [], left_out: [{ manifest: manifests[5] }] });
    expect(target?.replay).toBeUndefined();
  });
});

async function manifestsOf(type: DataType): Promise<string[]> {
  const objects = await Array.fromAsync(bucket.list(keys.packagesOf(SERVICE, type)));
  return objects.map(({ key }) => key).filter((key) => key.endsWith('/manifest.json'));
}
