/**
 * Answers that are lost: the store carries a write out and the run is not told; then nobody answers for a while; then,
 * before the next try, somebody else has changed the job's state. Whatever is lost, each record is in silver once.
 */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '@tidemill/kit/retry';
import type { Job } from '../../orchestrator/config/job.ts';
import type { JobResult } from '../../orchestrator/result/result.ts';
import { chainOf } from '../../orchestrator/run/bronze/chain.ts';
import type { Manifest } from '../../orchestrator/run/bronze/manifest.ts';
import { readRecords } from '../../orchestrator/run/bronze/records.ts';
import { runJob } from '../../orchestrator/run/pipeline.ts';
import type { JobState } from '../../orchestrator/state/job-state.ts';
import { pause, resume } from '../../orchestrator/state/operate.ts';
import { readState, updateState } from '../../orchestrator/state/store.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openLake } from '../../orchestrator/warehouse/lake/driver.ts';
import { memoryWarehouse } from '../contracts/warehouse-memory.ts';
import { readable, type Tested } from '../contracts/warehouse-samples.ts';
import { jobOf } from '../fixtures/job.ts';
import { type DataType, readOn, rowsAfter } from './dataset.ts';
import { SERVICE, slots } from './source.ts';
import type { Loss, Store } from './weather.ts';

/** A job without a key, so that what is read twice is there twice, and what its table must hold in the end. */
interface Scenario {
  readonly job: Job;
  readonly rows: readonly string[];
  readonly records: number;
  /** Loads once more what a run without losses has read: what is lost is lost of that. */
  readonly isReplayed?: true;
  /** The warehouse keeps its tables in the same bucket, so that its answers are lost, too. */
  readonly isLake?: true;
}

const SLOT = slots[2];
const FIELDS = { cron: '0 6 * * *', retry_attempts: 2, max_attempts: 100, breaker_failures: 1000, max_reject_ratio: 1 };

const streamOf = (type: DataType): Scenario => ({
  job: jobOf({ id: type, service: SERVICE, data_type: type, ...FIELDS }),
  rows: rowsAfter(type, [2]).map((row) => row.join(' ')),
  records: readOn(type, [2]).length,
});

/** Reads all it has in each try, marks nothing, and never writes the same bytes twice. */
const commandIn = (folder: string): Scenario => ({
  job: jobOf({
    ...{ id: 'lines', service: SERVICE, data_type: 'lines', ...FIELDS, working_directory: folder },
    command: `echo >> tries; printf '1\\n%*s2\\n' "$(wc -l < tries)" ''`,
  }),
  rows: ['1', '2'],
  records: 2,
});

/** Makes a scenario for one trial; what it needs lies in the folder. */
export type NewScenario = (folder: string) => Promise<Scenario>;

/** By what is peculiar to the job. */
export const scenarios: Readonly<Record<string, NewScenario>> = {
  'goes on behind its marks': async () => streamOf('clicks'),
  'goes on behind its checkpoints': async () => streamOf('feed'),
  'has an artifact and no mark': async () => streamOf('readings'),
  'has rejects': async () => streamOf('forms'),
  'is replayed': async () => ({ ...streamOf('clicks'), isReplayed: true }),
  'loads into the lake': async () => ({ ...streamOf('clicks'), isLake: true }),
  'lists everything': async () => streamOf('shelf'),
  'is a command': async (folder) => commandIn(await mkdtemp(join(folder, 'command-'))),
};

/** None; so long that a write is given up; that the ledger gives up; that the run does. */
const OUTAGES = [0, 1, 4, 1000];

/** Everything that can be lost of a run of so many writes, or every so manieth of it. */
function* losses(writes: number, every = 1): Generator<Loss> {
  let index = 0;
  for (let write = 1; write <= writes; write += 1) {
    for (const outage of OUTAGES) {
      for (const changer of ['nobody', 'somebody'] as const) {
        if (index++ % every === 0) yield { write, outage, changer };
      }
    }
  }
}

export interface Violation {
  readonly loss: Loss | 'none';
  readonly complaints: readonly string[];
}

/** Tries a scenario undisturbed, and then with one loss after the other. Answers how often, and what was broken. */
export async function loseAnswers(
  newStore: () => Promise<Store>,
  scenario: () => Promise<Scenario>,
  every = 1,
): Promise<{ readonly trials: number; readonly violations: readonly Violation[] }> {
  const { writes, complaints } = await tryOut(await newStore(), await scenario());
  if (complaints.length > 0) return { trials: 1, violations: [{ loss: 'none', complaints }] };
  const violations: Violation[] = [];
  let trials = 1;
  for (const loss of losses(writes, every)) {
    const tried = await tryOut(await newStore(), await scenario(), loss);
    trials += 1;
    if (tried.complaints.length > 0) violations.push({ loss, complaints: tried.complaints });
  }
  return { trials, violations };
}

interface Trial {
  /** How many writes of the first run reached the store. */
  readonly writes: number;
  /** Sentences; none when every promise was kept. */
  readonly complaints: readonly string[];
}

/** More than any loss needs. */
const MOST_RUNS = 4;
const LEASE_MINUTES = 30;

/** Runs the job, with the loss if there is one, and again until a run has nothing to do; then looks at what is there. */
async function tryOut(store: Store, scenario: Scenario, loss?: Loss): Promise<Trial> {
  const { weather } = store;
  const { job, isReplayed, isLake } = scenario;
  const mode = isReplayed ? 'replay' : 'incremental';
  const memory = memoryWarehouse();
  const complaints: string[] = [];
  if (isReplayed) {
    const first = { bucket: store.truth, warehouse: memory, clock: weather.clock(SLOT), number: 0 };
    await run(job, { ...first, mode: 'incremental' });
  }
  weather.meet(loss, () => change(store.truth, job.id));
  let writes = 0;
  for (let number = 1; number <= MOST_RUNS; number += 1) {
    const clock = weather.clock(new Date(Date.parse(SLOT) + number * LEASE_MINUTES * 60_000).toISOString());
    const bucket = createsBronze(store.open(clock), complaints);
    const warehouse = isLake ? lakeOf(bucket, clock) : memory;
    const result = await run(job, { bucket, warehouse, clock, number, mode });
    if (isLake) await warehouse.close();
    if (number === 1) writes = weather.writes;
    await weather.clear();
    const isDone = (await settlements(store.truth, job)).at(-1) === 'done';
    if (result.result === 'done' && !isDone) complaints.push('a run says that it is done, and its slot is not');
    if (result.result === 'done' || result.result === 'covered') break;
  }
  const cannot = (error: unknown): string[] => [`what is left cannot be read: ${error}`];
  const warehouse = isLake ? lakeOf(store.truth, weather.clock(SLOT)) : memory;
  complaints.push(...(await verdict(store.truth, warehouse, scenario).catch(cannot)));
  if (isLake) await warehouse.close();
  return { writes, complaints };
}

const lakeOf = (bucket: Bucket, clock: Clock): Tested => readable(openLake({ bucket, clock, random: () => 0.5 }));

interface Running {
  readonly bucket: Bucket;
  readonly warehouse: Tested;
  readonly clock: Clock;
  readonly number: number;
  readonly mode: 'incremental' | 'replay';
}

function run(job: Job, { bucket, warehouse, clock, number, mode }: Running): Promise<JobResult> {
  const service = { name: SERVICE, package: new URL('source.ts', import.meta.url).href };
  const interval = { start: new Date(slots[1]), end: new Date(SLOT) };
  return runJob(
    {
      ...{ job, slot: mode === 'replay' ? `manual-${number}` : SLOT, interval, mode, secrets: [] },
      service: { ...service, base_url: undefined, auth_url: undefined, serial: false },
    },
    {
      ...{ environment: 'local', bucket, clock, cwd: '/', runId: `run-${number}` },
      warehouses: new Map([['main', async () => warehouse]]),
      random: () => 0.5,
      env: { PATH: process.env['PATH'] },
      signal: new AbortController().signal,
      keepTokens: () => () => Promise.reject(new Error('no tokens here')),
      onEvent: () => undefined,
      audienceOf: () => ({ sinks: ['ear'], wants: () => true }),
    },
  );
}

/** Somebody pauses the job and lets it go on: neither is a reason for a run to stop. */
async function change(bucket: Bucket, job: string): Promise<void> {
  const audit = { at: SLOT, who: 'somebody', why: 'a look' };
  await updateState(bucket, job, (state) => pause(state, audit));
  await updateState(bucket, job, (state) => resume(state, audit));
}

/** The bucket, with a complaint about each object of bronze that might have taken the place of another one. */
function createsBronze(bucket: Bucket, complaints: string[]): Bucket {
  return {
    url: bucket.url,
    read: (key, options) => bucket.read(key, options),
    list: (prefix) => bucket.list(prefix),
    remove: (key) => bucket.remove(key),
    check: () => bucket.check(),
    write(key, body, options) {
      if (key.startsWith('bronze/') && options.onlyIf !== 'absent') complaints.push(`${key} is not created only`);
      return bucket.write(key, body, options);
    },
  };
}

async function settlements(bucket: Bucket, job: Job): Promise<string[]> {
  const { recent } = (await readState(bucket, job.id)).state;
  return recent.map(({ outcome }) => outcome);
}

async function verdict(
  bucket: Bucket,
  warehouse: Tested,
  { job, rows, records, isReplayed }: Scenario,
): Promise<string[]> {
  const { state } = await readState(bucket, job.id);
  const chain: Manifest[] = [];
  let kept = 0;
  for await (const link of chainOf(bucket, state.head)) {
    if ('missing' in link) return [`${link.missing} is gone`];
    chain.unshift(link.manifest);
    for await (const batch of readRecords(bucket, link.manifest, {})) kept += batch.length;
  }
  const table = { schema: SERVICE, name: job.data_type };
  const columns = job.command === undefined ? ['id', 'n', 'chars'] : ['record'];
  const found = ((await warehouse.read(table, ...columns)) ?? []).map((row) => row.join(' '));
  const recorded = await warehouse.read({ schema: 'staging', name: 'ingestion_state' }, 'package_id');
  // Those of a replay have its name behind their own.
  const loaded = (recorded ?? []).flat().filter((id) => !(isReplayed && id?.includes('~')));
  const [pending, outcomes] = [state.targets['main']?.pending, await settlements(bucket, job)];
  return [
    ...differing('rows of silver', found.toSorted(), rows.toSorted()),
    ...differing('records in bronze', kept, records),
    ...differing(
      'packages of silver',
      loaded,
      chain.map((manifest) => manifest.package),
    ),
    ...differing('how its slots ended', isReplayed ? outcomes.slice(-1) : outcomes, ['done']),
    ...differing('packages that wait', pending, []),
    ...differing('the replay', state.targets['main']?.replay, undefined),
    ...differing('the claim', state.claim, undefined),
    ...eventFaults(state, chain, outcomes.filter((outcome) => outcome === 'done').length),
  ];
}

/** Each change is told of once, whatever became of its answer. */
function eventFaults({ outbox }: JobState, chain: readonly Manifest[], runs: number): string[] {
  const ids = (outbox?.entries ?? []).map(({ id }) => id);
  const of = (kind: string): string[] => ids.filter((id) => id.startsWith(`${kind}:`));
  return [
    ...differing('events', new Set(ids).size, ids.length),
    ...differing(
      'packages that are told of',
      of('package-committed'),
      chain.map(({ package: name }) => `package-committed:${name.replaceAll('.', ':')}`),
    ),
    ...differing('runs that have ended well', of('run-completed').length, runs),
  ];
}

const differing = (what: string, found: unknown, expected: unknown): string[] =>
  isDeepStrictEqual(found, expected)
    ? []
    : [`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`];
