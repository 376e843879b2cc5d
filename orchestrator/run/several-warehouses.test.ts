/** One job, two warehouses: what one has, what the other lacks, and what is told of it. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Run, runOnce } from '../../test/cli/world.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import type { JobState } from '../state/job-state.ts';
import { readState, updateState } from '../state/store.ts';
import { register } from '../state/transitions.ts';
import type { Bucket } from '../storage/contract.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import type { Warehouse } from '../warehouse/contract.ts';
import { openDuckDb } from '../warehouse/duckdb/driver.ts';

const SLOT = '2026-11-21T06:00:00.000Z';
const NOW = '2026-11-21T06:17:00.000Z';
const HOURLY = { cron: '0 * * * *', timezone: 'UTC', effective_from: '2026-11-21T05:30:00.000Z' };

let folder: string;
let bucket: Bucket;
let main: Warehouse;
let archive: Warehouse;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemill-several-'));
  bucket = openLocalBucket(join(folder, 'bucket'));
  main = openDuckDb({ file: join(folder, 'main.duckdb'), clock: fakeClock() });
  archive = openDuckDb({ file: join(folder, 'archive.duckdb'), clock: fakeClock() });
});

afterEach(async () => {
  await main.close();
  await archive.close();
});

const up = async (): Promise<Warehouse> => archive;
const away = (): Promise<Warehouse> =>
  Promise.reject(new TidemillError('transient', 'warehouse-locked', 'another process has the file'));

interface Options extends Partial<Pick<Run, 'now' | 'mode' | 'slot' | 'warehouse' | 'replayInto'>> {
  readonly archive?: () => Promise<Warehouse>;
  readonly job?: Partial<Run['job']>;
}

/** The job that is called like its table, into both unless told otherwise. */
const run = (id: string, { archive: open = up, job, ...rest }: Options = {}) =>
  runOnce({
    job: { id, service: 'dated', data_type: id, max_reject_ratio: 1, ...job },
    ...{ bucket, warehouse: main, others: { archive: open }, now: NOW, cwd: folder },
    ...rest,
  });

const stateOf = async (job: string): Promise<JobState> => (await readState(bucket, job)).state;
const rowsOf = async (warehouse: Warehouse, table: string): Promise<number> => {
  const { rows = [] } = (await warehouse.query?.(`SELECT count(*) FROM dated.${table}`)) ?? {};
  return Number(rows[0]?.[0]);
};
const reads = async (): Promise<number> => (await readFile(join(folder, 'reads'), 'utf8')).trim().split('\n').length;

describe('a package', () => {
  it('is loaded into every warehouse; its records count once, its rows for each', async () => {
    const result = await run('flawed');
    const rows = { rows: 25, inserted: 25, updated: 0, unchanged: 0, duplicates: 0, deleted: 0 };
    expect(result).toMatchObject({ result: 'done', totals: { records: 31, rejected: 6, ...rows, packages: 3 } });
    expect(result.targets).toEqual({ main: rows, archive: rows });
    expect([result.quarantine.length, result.rejects]).toEqual([
      6,
      ['said: expected text without NUL and lone surrogates (6×)'],
    ]);
    expect([await rowsOf(main, 'flawed'), await rowsOf(archive, 'flawed')]).toEqual([25, 25]);
    expect((await stateOf('flawed')).fields?.records).toBe(31);
  });

  it('waits for the one that is away; the next attempt loads what that lacks, and nothing twice', async () => {
    const red = await run('log', { slot: SLOT, archive: away });
    expect(red).toMatchObject({
      ...{ result: 'failed', is_settled: false, totals: { records: 31, inserted: 31 } },
      failure: { code: 'warehouse-locked', message: 'into archive: another process has the file' },
      targets: { main: { rows: 31 }, archive: { rows: 0 } },
    });
    const owed = await stateOf('log');
    expect([owed.targets['main'], owed.targets['archive']?.pending.length]).toEqual([{ pending: [] }, 3]);
    const done = await run('log', { slot: SLOT });
    expect(done).toMatchObject({
      ...{ result: 'done', attempt: 2, totals: { records: 31, rows: 0, packages: 0 } },
      targets: { main: { rows: 0 }, archive: { inserted: 31 } },
    });
    expect([await rowsOf(main, 'log'), await rowsOf(archive, 'log')]).toEqual([31, 31]);
    expect((await stateOf('log')).targets).toEqual({ main: { pending: [] }, archive: { pending: [] } });
  });

  it('that ends what there is to read lets the next attempt ask no source', async () => {
    await run('register', { slot: SLOT, archive: away });
    expect(await run('register', { slot: SLOT })).toMatchObject({ result: 'done', attempt: 2 });
    expect([await rowsOf(main, 'register'), await rowsOf(archive, 'register'), await reads()]).toEqual([12, 12, 1]);
  });

  it('is loaded into the second though the first is away', async () => {
    const gone = { ...main, apply: away as never };
    const red = await run('log', { warehouse: gone });
    expect(red).toMatchObject({
      ...{ result: 'failed', totals: { records: 31, rows: 0 } },
      failure: { message: 'into main: another process has the file' },
      targets: { main: { rows: 0 }, archive: { inserted: 31 } },
    });
    expect(await rowsOf(archive, 'log')).toBe(31);
  });
});

describe('a warehouse that is away', () => {
  it('says nothing against the source: runs that serve the others do not open the breaker, as those that serve none do', async () => {
    const gone = { ...main, apply: away as never };
    for (const hour of ['06', '07'])
      await run('log', { now: `2026-11-21T${hour}:17:00Z`, warehouse: gone, archive: away });
    expect((await stateOf('log')).breaker?.failures).toBe(2);
    const red = await run('log', { now: '2026-11-21T08:17:00Z', archive: away });
    expect([red.result, (await stateOf('log')).breaker]).toEqual(['failed', undefined]);
    const owed = await run('log', { now: '2026-11-21T09:17:00Z', archive: away, slot: '2026-11-21T09:00:00.000Z' });
    expect([owed.is_settled, (await stateOf('log')).breaker]).toEqual([false, undefined]);
  });

  it('does not keep the next slot of a job that runs each of them from the others', async () => {
    await updateState(bucket, 'log', (state) => register(state, HOURLY));
    const job = { cron: HOURLY.cron, catchup: 'all' } as const;
    const [six, seven] = [SLOT, '2026-11-21T07:00:00.000Z'];
    const first = await run('log', { job, slot: six, archive: away });
    expect([first.is_settled, await rowsOf(main, 'log')]).toEqual([false, 31]);
    const later = '2026-11-21T07:17:00Z';
    expect(await run('log', { job, slot: seven, archive: away, now: later })).toMatchObject({ result: 'covered' });
    expect(await run('log', { job, slot: six, archive: away, now: later })).toMatchObject({ is_settled: true });
    const second = await run('log', { job, slot: seven, archive: away, now: later });
    expect([second.result, await rowsOf(main, 'log')]).toEqual(['failed', 32]);
    expect((await run('log', { job, slot: seven, now: later })).result).toBe('done');
    expect([await rowsOf(main, 'log'), await rowsOf(archive, 'log')]).toEqual([32, 32]);
  });

  it('is told of beside a source that fails, which is what the run is red for', async () => {
    await run('log', { archive: away });
    await writeFile(join(folder, 'broken'), '');
    const red = await run('log', { archive: away, now: '2026-11-21T07:17:00Z' });
    expect(red).toMatchObject({
      failure: { code: 'dated-broken' },
      notices: ['into archive: another process has the file'],
    });
  });

  it('makes a gate of freshness unmet, by its name', async () => {
    const job = { expect: { fresh_within_minutes: 60, fresh_by: 'at' } };
    expect((await run('log', { job })).gates).toEqual([]);
    const silent = { ...archive, newest: away as never };
    const { gates } = await run('log', { job, archive: async () => silent, now: '2026-11-21T06:20:00Z' });
    expect(gates).toEqual([expect.stringMatching(/^in archive: how new the rows are by at cannot be told/)]);
  });
});

describe('what cannot be loaded', () => {
  it('is left out where it was missed, until all is read anew', async () => {
    await run('register', { archive: away });
    const [lost] = (await stateOf('register')).targets['archive']?.pending ?? [];
    await bucket.remove(lost?.manifest ?? '');
    const later = await run('register', { now: '2026-11-21T08:17:00Z' });
    expect(later).toMatchObject({
      ...{ result: 'done', gates: [] },
      notices: [`missed no more in archive, for everything was read anew: ${lost?.manifest}`],
    });
    expect((await stateOf('register')).targets).toEqual({ main: { pending: [] }, archive: { pending: [] } });
    expect([await rowsOf(main, 'register'), await rowsOf(archive, 'register')]).toEqual([12, 12]);
  });

  it('makes every run red that does not read all anew, by the name of the warehouse', async () => {
    await run('events', { archive: away });
    const [lost] = (await stateOf('events')).targets['archive']?.pending ?? [];
    await bucket.remove(lost?.manifest ?? '');
    for (const time of ['08:17', '09:17']) {
      const { result, gates } = await run('events', { now: `2026-11-21T${time}:00Z` });
      expect([result, gates]).toEqual([
        'done',
        [expect.stringMatching(/^in archive: 1 package not loaded: \S+ is gone;/)],
      ]);
    }
    expect((await stateOf('events')).targets['archive']).toMatchObject({ left_out: [{ manifest: lost?.manifest }] });
    const full = await run('events', { mode: 'full', now: '2026-11-21T10:17:00Z' });
    expect([full.gates, await rowsOf(main, 'events'), await rowsOf(archive, 'events')]).toEqual([[], 35, 35]);
  });

  it('does not let a table without a key be read again, whether all warehouses have a part of it or none has', async () => {
    await run('log', { archive: away });
    const refused = { failure: { code: 'full-refresh-doubles' } };
    expect(await run('log', { mode: 'full' })).toMatchObject(refused);
    const gone = { ...main, apply: away as never };
    await run('log', { warehouse: gone, archive: away, job: { id: 'other' } });
    // What waits is loaded in its turn, and would be there beside what is read again.
    expect(await run('log', { mode: 'full', job: { id: 'other' } })).toMatchObject(refused);
  });
});

describe('a replay', () => {
  it('of one warehouse leaves the other as it is, and fills one that is new', async () => {
    const alone = { job: { id: 'log', service: 'dated', data_type: 'log' }, bucket, warehouse: main, cwd: folder };
    await runOnce({ ...alone, now: NOW });
    const added = await run('log', { now: '2026-11-21T08:17:00Z' });
    expect(added.notices).toEqual([expect.stringContaining('`npx tidemill replay log --warehouse archive`')]);
    expect([await rowsOf(main, 'log'), await rowsOf(archive, 'log')]).toEqual([33, 2]);
    const result = await run('log', { mode: 'replay', replayInto: ['archive'], now: '2026-11-21T08:20:00Z' });
    expect(result).toMatchObject({ result: 'done', totals: { inserted: 33, deleted: 2 } });
    expect([await rowsOf(main, 'log'), await rowsOf(archive, 'log')]).toEqual([33, 33]);
    expect((await stateOf('log')).targets).toEqual({ main: { pending: [] }, archive: { pending: [] } });
    expect(await run('log', { mode: 'replay', now: '2026-11-21T08:25:00Z' })).toMatchObject({
      targets: { main: { inserted: 33 }, archive: { inserted: 33 } },
    });
  });

  it('that one warehouse could not finish goes on there, and is over in the other', async () => {
    await run('log');
    const red = await run('log', { mode: 'replay', archive: away, now: '2026-11-21T06:20:00Z' });
    expect(red).toMatchObject({ result: 'failed', failure: { message: 'into archive: another process has the file' } });
    expect((await stateOf('log')).targets).toMatchObject({
      main: { pending: [] },
      archive: { replay: { done: 0, total: 3 } },
    });
    const next = await run('log', { now: '2026-11-21T06:25:00Z' });
    expect(next).toMatchObject({
      result: 'done',
      targets: { main: { rows: 0 }, archive: { inserted: 31, deleted: 31 } },
    });
    expect([await rowsOf(main, 'log'), await rowsOf(archive, 'log')]).toEqual([31, 31]);
  });
});
