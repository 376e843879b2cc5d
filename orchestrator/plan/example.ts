/** Jobs, configurations and states for the planner's tests: everything usual unless a test says otherwise. */
import type { Config, Job, Service } from '../config/job.ts';
import type { Claim, JobState } from '../state/job-state.ts';
import { plan } from './plan.ts';
import type { Decision, Plan, PlanInput } from './types.ts';

export function jobOf(changes: Partial<Job> = {}): Job {
  return {
    id: 'orders',
    previous_ids: [],
    place: { file: 'ingestion-config.yaml', line: 1, column: 1 },
    service: 'shop',
    data_type: 'orders',
    description: '',
    cron: '0 * * * *',
    timezone: 'UTC',
    environments: [],
    enabled: true,
    command: undefined,
    working_directory: '/',
    dependencies: [],
    options: {},
    columns: undefined,
    primary_key: [],
    write: 'upsert',
    tolerance_minutes: 60,
    catchup: 'latest',
    max_lateness_minutes: undefined,
    max_catchup: 5,
    max_attempts: 3,
    breaker_failures: 5,
    breaker_minutes: 360,
    timeout_minutes: 30,
    retry_attempts: 3,
    max_reject_ratio: 0,
    expect: {},
    ...changes,
  };
}

export function configOf(jobs: readonly Job[], changes: Partial<Config> = {}): Config {
  const services = [...new Set(jobs.map(({ service }) => service))].map((name) => serviceOf(name));
  return {
    file: '/ingestion-config.yaml',
    max_parallel_jobs: 4,
    legs: 'per_job',
    environments: new Map(),
    services: new Map(services.map((service) => [service.name, service])),
    jobs,
    groups: new Map(),
    ...changes,
  };
}

export const serviceOf = (name: string, changes: Partial<Service> = {}): Service => ({
  name,
  package: `@tidemill/${name}`,
  base_url: undefined,
  auth_url: undefined,
  serial: false,
  ...changes,
});

/** The state of a job that was registered on 1 November 2026 and is settled since then as the changes say. */
export function stateOf(job: Job, changes: Partial<JobState> = {}): JobState {
  const { id, cron = '0 0 1 1 *', timezone } = job;
  const schedule = { cron, timezone, effective_from: '2026-11-01T00:00:00.000Z' };
  return { version: 1, job: id, revision: 1, schedule, recent: [], packages: [], ...changes };
}

/** What the planner is asked for `prd` at `NOW`. */
export function inputOf(
  jobs: readonly Job[],
  states: readonly JobState[] = [],
  changes: Partial<PlanInput> = {},
): PlanInput {
  return {
    config: configOf(jobs),
    environment: 'prd',
    states: new Map(states.map((state) => [state.job, state])),
    now: new Date(NOW),
    ...changes,
  };
}

export const NOW = '2026-11-21T08:17:00.000Z';

/** A time of 21 November 2026, `08:00`. */
export const at = (time: string): string => `2026-11-21T${time}:00.000Z`;

/** A claim that is live at `NOW`. */
export const claimOf = (slot: string, changes: Partial<Claim> = {}): Claim => ({
  slot,
  run: 'run-1',
  attempt: 1,
  claimed_at: at('08:05'),
  lease_until: at('08:20'),
  ...changes,
});

/** Makes a claim one whose holder died. */
export const dead = { lease_until: at('08:10') };

/** The plan for one job, settled up to the given time of 21 November. */
export function planFor(
  job: Job,
  settledThrough: string,
  changes: Partial<JobState> = {},
  input: Partial<PlanInput> = {},
) {
  return planOf(inputOf([job], [stateOf(job, { settled_through: at(settledThrough), ...changes })], input));
}

/** A plan with what tests of a single job look at. */
export function planOf(input: PlanInput): Plan & { readonly only: Decision; readonly slots: readonly string[] } {
  const planned = plan(input);
  const [only] = planned.decisions;
  if (only === undefined) throw new Error('there is no decision');
  return { ...planned, only, slots: planned.runs.map(({ slot }) => slot) };
}
