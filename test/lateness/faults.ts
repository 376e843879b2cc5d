/**
 * The parts of Tidemill that a month is made of, and ways in which they could be wrong. None of the faults shows while
 * ticks come in time and machines live; a month of real lateness must find every one, and by the named breach.
 */
import { recordPlan } from '../../orchestrator/app/record.ts';
import type { Job } from '../../orchestrator/config/job.ts';
import { plan } from '../../orchestrator/plan/plan.ts';
import type { Plan, PlanInput } from '../../orchestrator/plan/types.ts';
import { runJob } from '../../orchestrator/run/pipeline.ts';
import type { JobState } from '../../orchestrator/state/job-state.ts';
import { readRenamed } from '../../orchestrator/state/rename.ts';
import { updateState } from '../../orchestrator/state/store.ts';
import { register, settle } from '../../orchestrator/state/transitions.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { keys } from '../../orchestrator/storage/keys.ts';
import { readText } from '../../orchestrator/storage/text.ts';
import type { Breach } from './judge.ts';

export interface Parts {
  readonly plan: typeof plan;
  readonly record: typeof recordPlan;
  readonly read: typeof readRenamed;
  readonly run: typeof runJob;
  /** Everybody's bucket, and the legs' own view of it. */
  readonly bucket: (bucket: Bucket) => Bucket;
  readonly bucketOfLeg: (bucket: Bucket) => Bucket;
}

export const sound: Parts = {
  plan,
  record: recordPlan,
  read: readRenamed,
  run: runJob,
  bucket: (bucket) => bucket,
  bucketOfLeg: (bucket) => bucket,
};

export interface Fault {
  readonly parts: Partial<Parts>;
  /** As what it shows. */
  readonly shows: Breach;
}

/** Found with catchup: latest. */
export const faults: Readonly<Record<string, Fault>> = {
  'a planner that looks for slots within the tolerance': {
    parts: { plan: (input) => withoutLateRuns(plan(input), 60) },
    shows: 'plan',
  },
  'a planner that waits for the dead': {
    parts: { plan: (input) => plan({ ...input, states: withEndlessLeases(input.states) }) },
    shows: 'plan',
  },
  'a planner that runs a renamed job under both ids': {
    parts: { plan: (input) => plan({ ...input, states: withoutSignposts(input.states) }) },
    shows: 'plan',
  },
  'a planner that knows no time zones': {
    parts: { plan: (input) => plan(withJobs(input, { timezone: 'UTC' })) },
    shows: 'plan',
  },
  'a breaker that never probes': {
    parts: { plan: (input) => plan(withJobs(input, { breaker_minutes: 60 * 24 * 365 })) },
    shows: 'plan',
  },
  'a breaker that never opens': {
    parts: { plan: (input) => plan(withJobs(input, { breaker_failures: 1_000_000 })) },
    shows: 'plan',
  },
  'a record that settles twice': { parts: { record: settleAgain }, shows: 'twice' },
  'a record that forgets what ends without a run': {
    parts: { record: (bucket, input, planned) => recordPlan(bucket, input, withoutSettlements(planned)) },
    shows: 'word',
  },
  'a leg that forgets to settle': {
    parts: { bucketOfLeg: (bucket) => deafTo(bucket, 'todoist_projects') },
    shows: 'never',
  },
  'an edited schedule that fires for the past': { parts: { record: registerForThePast }, shows: 'plan' },
  'a claim that ignores what is settled': {
    parts: { bucketOfLeg: (bucket) => blindTo(bucket, 'settled_through') },
    shows: 'twice',
  },
  'a claim that ignores the claim of another': {
    parts: { bucketOfLeg: (bucket) => blindTo(bucket, 'claim') },
    shows: 'leg',
  },
  'a leg that settles its own slot only': {
    parts: { run: (order, world) => runJob({ ...order, job: { ...order.job, catchup: 'all' } }, world) },
    shows: 'leg',
  },
  'a rename that forgets the old state': {
    parts: {
      read: (bucket, { id }) => readRenamed(bucket, { id, previous_ids: [] }),
      record: (bucket, input, planned) => recordPlan(bucket, withJobs(input, { previous_ids: [] }), planned),
      run: (order, world) => runJob({ ...order, job: { ...order.job, previous_ids: [] } }, world),
    },
    shows: 'plan',
  },
  'a leg that reads from the slot before its own': {
    parts: { bucketOfLeg: (bucket) => blindTo(bucket, 'read_through') },
    shows: 'interval',
  },
  'a bucket without compare-and-swap': {
    parts: {
      bucket: (bucket) =>
        changed(bucket, { write: (key, body, { contentType }) => bucket.write(key, body, { contentType }) }),
    },
    shows: 'leg',
  },
};

const withJobs = (input: PlanInput, changes: Partial<Job>): PlanInput => {
  const jobs = input.config.jobs.map((job) => ({ ...job, ...changes }));
  return { ...input, config: { ...input.config, jobs } };
};

type States = PlanInput['states'];

const withEndlessLeases = (states: States): States =>
  mapStates(states, ({ claim, ...state }) =>
    claim === undefined ? state : { ...state, claim: { ...claim, lease_until: '9999-01-01T00:00:00.000Z' } },
  );

const withoutSignposts = (states: States): States => mapStates(states, ({ moved_to: _, ...state }) => state);

const mapStates = (states: States, change: (state: JobState) => JobState): States =>
  new Map([...states].map(([id, state]) => [id, change(state)]));

function withoutLateRuns(planned: Plan, minutes: number): Plan {
  const isNear = (slot: string): boolean =>
    slot.startsWith('manual-') || Date.parse(planned.now) - Date.parse(slot) <= minutes * 60_000;
  const include = planned.matrix.include.filter(({ runs }) => isNear(runs.slice(runs.indexOf('@') + 1)));
  return { ...planned, runs: planned.runs.filter(({ slot }) => isNear(slot)), matrix: { include } };
}

const withoutSettlements = (planned: Plan): Plan => ({
  ...planned,
  records: planned.records.filter(({ kind }) => kind === 'register'),
});

async function settleAgain(bucket: Bucket, input: PlanInput, planned: Plan): Promise<void> {
  await recordPlan(bucket, input, planned);
  for (const record of planned.records) {
    if (record.kind !== 'settle') continue;
    await updateState(bucket, record.job, (state) => settle(state, record.settlements));
  }
}

async function registerForThePast(bucket: Bucket, input: PlanInput, planned: Plan): Promise<void> {
  await recordPlan(bucket, input, planned);
  for (const record of planned.records) {
    if (record.kind !== 'register' || record.change === 'new') continue;
    const schedule = { ...record.schedule, effective_from: new Date(0).toISOString() };
    await updateState(bucket, record.job, (state) => register(state, schedule));
  }
}

/** A view of the states without a field. What was settled stays so all the same when a state is written back. */
function blindTo(bucket: Bucket, field: 'settled_through' | 'claim' | 'read_through'): Bucket {
  const hidden = new Map<string, string>();
  return changed(bucket, {
    async read(key, options) {
      if (!key.startsWith(keys.statePrefix)) return bucket.read(key, options);
      const object = await readText(bucket, key);
      if (object === undefined) return undefined;
      const { [field]: _, ...state } = JSON.parse(object.text) as JobState;
      const { settled_through: through } = JSON.parse(object.text) as JobState;
      if (through !== undefined) hidden.set(key, through);
      return { ...object, body: bytesOf(JSON.stringify(state)) };
    },
    write(key, body, options) {
      if (!key.startsWith(keys.statePrefix) || !(body instanceof Uint8Array)) return bucket.write(key, body, options);
      const state = JSON.parse(Buffer.from(body).toString()) as JobState;
      const through = [hidden.get(key), state.settled_through].filter((each) => each !== undefined).sort();
      const whole = { ...state, ...(through.length === 0 ? {} : { settled_through: through.at(-1) }) };
      return bucket.write(key, Buffer.from(JSON.stringify(whole)), options);
    },
  });
}

/** Writes of the job's settlements are acknowledged and lost. */
function deafTo(bucket: Bucket, job: string): Bucket {
  return changed(bucket, {
    async write(key, body, options) {
      if (key !== keys.state(job) || !(body instanceof Uint8Array)) return bucket.write(key, body, options);
      const { claim } = JSON.parse(Buffer.from(body).toString()) as JobState;
      if (claim !== undefined) return bucket.write(key, body, options);
      return { key, version: 'lost', bytes: body.length, updatedAt: new Date(0) };
    },
  });
}

async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}

const changed = (bucket: Bucket, changes: Partial<Bucket>): Bucket => ({
  url: bucket.url,
  read: (key, options) => bucket.read(key, options),
  write: (key, body, options) => bucket.write(key, body, options),
  list: (prefix) => bucket.list(prefix),
  remove: (key) => bucket.remove(key),
  check: () => bucket.check(),
  ...changes,
});
