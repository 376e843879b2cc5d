import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HandClock, handClock } from '../../test/fakes/hand-clock.ts';
import { type FakeHttp, type Reply, startFakeHttp } from '../../test/fakes/http-server.ts';
import { jobOf } from '../../test/fixtures/job.ts';
import type { Job } from '../config/job.ts';
import { observers } from '../events/observers.ts';
import type { Mode, Observer, RunEvent } from '../events/run-event.ts';
import { fold, type RunSoFar } from '../result/fold.ts';
import type { JobResult } from '../result/result.ts';
import { resultOf } from '../result/result-of.ts';
import type { JobState } from '../state/job-state.ts';
import { readState } from '../state/store.ts';
import type { Bucket } from '../storage/contract.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import { openDuckDb } from '../warehouse/duckdb/driver.ts';
import type { World } from './order.ts';
import { runJob } from './pipeline.ts';

/** A later observer, as one that sends run events elsewhere: nobody else knows of it. */
function sink(): Observer & { readonly heard: RunEvent[] } {
  const heard: RunEvent[] = [];
  return { heard, on: async (event) => void heard.push(event) };
}

const SLOT = '2026-11-21T06:00:00.000Z';
const NOW = '2026-11-21T06:17:00Z';
const SOUND = new URL('../../test/fixtures/connectors/sound.ts', import.meta.url).href;

/** Full pages of events, a minute apart. */
const PAGE = 100;
const page = (number: number): Reply => ({
  json: Array.from({ length: PAGE }, (_, index) => {
    const at = new Date(Date.UTC(2026, 10, 1) + (number * PAGE + index) * 60_000).toISOString();
    return { id: `${number}-${index}`, name: 'rain', at };
  }),
});

let source: FakeHttp;
let bucket: Bucket;
let clock: HandClock;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemill-pipeline-'));
  bucket = openLocalBucket(join(folder, 'bucket'));
  source = await startFakeHttp();
  clock = handClock(NOW);
});

afterEach(() => source.close());

/** Answers each page by its number, which counts from 1. */
function serve(answer: (number: number) => Reply): void {
  source.serve(({ query }) => answer(Number(query['page'])));
}

const stateOf = async (): Promise<JobState> => (await readState(bucket, 'events')).state;

function run(
  changes: Partial<Job> = {},
  { slot = SLOT, ...world }: Partial<World> & { readonly slot?: string } = {},
  mode: Mode = 'incremental',
): Promise<JobResult> {
  const job = jobOf({ id: 'events', service: 'sound', data_type: 'events', cron: '0 6 * * *', ...changes });
  const service = { name: 'sound', package: SOUND, base_url: source.url, auth_url: undefined, serial: false };
  const interval = { start: new Date('2026-11-20T06:00:00Z'), end: new Date(SLOT) };
  return runJob(
    { job, service, slot, interval, mode, secrets: ['sesame'] },
    {
      environment: 'local',
      bucket,
      warehouses: new Map([['main', async () => openDuckDb({ file: join(folder, 'warehouse.duckdb'), clock })]]),
      clock,
      random: () => 0.5,
      env: { SOUND_TOKEN: 'sesame' },
      cwd: folder,
      runId: 'run-1',
      signal: new AbortController().signal,
      keepTokens: () => () => Promise.reject(new Error('no tokens here')),
      onEvent: () => undefined,
      ...world,
    },
  );
}

/** The second page never comes. */
const stallsAfterPageOne = (number: number): Reply => (number === 1 ? page(1) : { fault: 'stall' });

const firstMark = { version: 1, value: { since: '2026-11-01T03:19:00.000Z' } };

/** The first page is committed, and the source is being waited for. */
const untilCommitted = (): Promise<void> =>
  expect.poll(async () => (await stateOf()).targets['main']?.pending).toHaveLength(1);

describe('a run that takes too long', () => {
  it('stops in order at the time of its job, and keeps what its last mark covered', async () => {
    serve(stallsAfterPageOne);
    const running = run({ timeout_minutes: 30 });
    await untilCommitted();
    await clock.pass(30 * 60_000);
    expect(await running).toMatchObject({ result: 'failed', failure: { code: 'time-limit' }, is_settled: false });
    const state = await stateOf();
    expect(state).toMatchObject({ cursor: firstMark, attempt: { count: 1 }, breaker: { failures: 1 } });
    expect(state.claim).toBeUndefined();
  });

  it('stops in order when the machine has no more time, and has not failed by that', async () => {
    serve(stallsAfterPageOne);
    const machine = new AbortController();
    const running = run({}, { signal: machine.signal });
    await untilCommitted();
    machine.abort(new TidemillError('transient', 'time-limit', 'this machine was still running'));
    expect(await running).toMatchObject({ result: 'failed', failure: { code: 'time-limit', exit: 4 } });
    const state = await stateOf();
    expect(state).toMatchObject({ cursor: firstMark });
    expect([state.claim, state.attempt, state.breaker]).toEqual([undefined, undefined, undefined]);
    expect(await run({}, { signal: machine.signal })).toMatchObject({ result: 'failed', attempt: 0 });
  });

  it('goes on from there the next time', async () => {
    serve(stallsAfterPageOne);
    const machine = new AbortController();
    const running = run({}, { signal: machine.signal });
    await untilCommitted();
    machine.abort(new TidemillError('transient', 'time-limit', 'this machine was still running'));
    await running;
    serve((number) => (number === 1 ? page(2) : { json: [] }));
    const { result, totals } = await run({}, { runId: 'run-2' });
    expect([result, totals.records, totals.inserted]).toEqual(['done', 2 * PAGE, 2 * PAGE]);
    expect((await stateOf()).targets).toEqual({ main: { pending: [] } });
  });
});

describe('a source that fails', () => {
  it('is read again from the last commit within the run, after waits that grow', async () => {
    let refusals = 0;
    serve((number) => {
      if (number === 1) return refusals < 9 ? page(1) : { json: [] };
      refusals += 1;
      return { status: 503 };
    });
    const running = run({ retry_attempts: 2 });
    // One more than renew the lease and end the run is asleep between two attempts; else time stands still.
    const ticking = setInterval(() => void (clock.sleepers > 2 && clock.pass(30_000)), 5);
    const { result, notices, attempt } = await running.finally(() => clearInterval(ticking));
    expect([result, attempt]).toEqual(['done', 1]);
    expect(notices).toEqual(['read again from the last commit after a fault, 2×']);
  });

  it('is read anew once: what a full refresh has committed, its next try does not read again', async () => {
    let refusals = 0;
    serve((number) => {
      if (number === 1) return refusals < 5 ? page(1) : { json: [] };
      refusals += 1;
      return { status: 503 };
    });
    const running = run({ retry_attempts: 1 }, {}, 'full');
    const ticking = setInterval(() => void (clock.sleepers > 2 && clock.pass(30_000)), 5);
    const { result, totals } = await running.finally(() => clearInterval(ticking));
    expect([result, totals.packages]).toEqual(['done', 1]);
    expect(source.requests.map(({ query }) => query['since'])).toEqual([
      ...Array.from({ length: source.requests.length - 1 }, () => '2000-01-01T00:00:00Z'),
      firstMark.value.since,
    ]);
  });

  it('that asks for an hour ends the run, resumably, with what was committed', async () => {
    serve((number) => (number === 1 ? page(1) : { status: 429, headers: { 'retry-after': '3600' } }));
    const running = run({ retry_attempts: 5 });
    expect(await running).toMatchObject({ result: 'failed', failure: { kind: 'quota' }, is_settled: false });
    expect(await stateOf()).toMatchObject({
      cursor: firstMark,
      targets: { main: { pending: [] } },
      attempt: { count: 1 },
    });
    // The page itself, and one refusal: nobody knocks again who was told to wait.
    expect(source.requests).toHaveLength(2);
  });
});

describe('a bucket that would lose updates', () => {
  it('is refused before anything is claimed or asked for', async () => {
    const unfit = new TidemillError('config', 'bucket-no-preconditions', 'The store ignores the preconditions');
    const careless: Bucket = { ...bucket, checkPreconditions: () => Promise.reject(unfit) };
    serve(() => page(1));
    const { result, failure } = await run({}, { bucket: careless });
    expect([result, failure?.code]).toEqual(['failed', 'bucket-no-preconditions']);
    expect(source.requests).toEqual([]);
    expect(await Array.fromAsync(bucket.list(''))).toEqual([]);
  });
});

describe('what is told of a run', () => {
  it('is all there is to know: an observer that nobody knows of can make the result, and the log, of it', async () => {
    serve((number) => (number < 3 ? page(number) : { json: [] }));
    const [one, broken] = [sink(), { on: () => Promise.reject(new Error('cannot be reached')) }];
    const all = observers([one, broken]);
    const result = await run({}, { onEvent: (event) => all.on(event) });
    expect(await all.settled()).toMatchObject([{ message: 'Error: cannot be reached' }]);
    const [first, ...rest] = one.heard;
    expect([first?.type, rest.at(-1)?.type]).toEqual(['started', 'done']);
    const types = one.heard.map(({ type }) => type);
    for (const type of ['claimed', 'requested', 'page_read', 'committed', 'rows_mapped', 'loaded'] as const) {
      expect(types, type).toContain(type);
    }
    const told = one.heard.reduce<RunSoFar | undefined>(fold, undefined);
    expect(told === undefined ? undefined : resultOf(told)).toEqual(result);
    expect(result).toMatchObject({ result: 'done', totals: { records: 2 * PAGE, inserted: 2 * PAGE } });
  });

  it('is no new field before a first run ended well, however many packages and attempts that takes', async () => {
    const pageWith = (number: number, fields: object): Reply => ({
      json: (page(number).json as object[]).map((record) => ({ ...record, ...fields })),
    });
    serve((number) => {
      if (number < 3) return number === 1 ? page(1) : pageWith(2, { rain: 1 });
      return { status: 404 };
    });
    expect(await run()).toMatchObject({ result: 'failed', totals: { packages: 2 } });
    serve((number) => (number === 1 ? pageWith(3, { rain: 1, wind: 2 }) : { json: [] }));
    const first = await run({}, { runId: 'run-2' });
    expect([first.result, first.drift]).toEqual(['done', undefined]);
    serve((number) => (number === 1 ? pageWith(4, { rain: 1, fog: 3 }) : { json: [] }));
    const second = await run({}, { runId: 'run-3', slot: 'manual-3' });
    expect([second.result, second.drift]).toEqual(['done', { added: ['fog'], missing: [] }]);
  });

  it('never holds a secret of the job, nor does its state', async () => {
    serve(() => ({ status: 401, json: { error: 'the token sesame is refused' } }));
    const one = sink();
    const result = await run({ description: 'open sesame' }, { onEvent: one.on });
    expect(result).toMatchObject({ result: 'failed', failure: { kind: 'auth' } });
    expect(JSON.stringify([one.heard, await stateOf()])).not.toContain('sesame');
  });
});
