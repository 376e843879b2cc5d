/** Jobs, configurations and states for the planner's tests: everything usual unless a test says otherwise. */
import type { Config, Job, Service } from '../config/job.ts';
import type { JobState } from '../state/job-state.ts';
import type { PlanInput } from './types.ts';

export function jobOf(changes: Partial<Job> = {}): Job {
  return {
    id: 'orders',
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
    max_catchup: 5,
    max_attempts: 3,
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
  serial: false,
  ...changes,
});

/** The state of a job that was registered on 1 November 2026 and is settled since then as the changes say. */
export function stateOf(job: Job, changes: Partial<JobState> = {}): JobState {
  const { id, cron = '0 0 1 1 *', timezone } = job;
  const schedule = { cron, timezone, effective_from: '2026-11-01T00:00:00.000Z' };
  return { version: 1, job: id, revision: 1, schedule, recent: [], packages: [], ...changes };
}

/** A plan for `prd` at 08:17 on 21 November 2026. */
export function inputOf(
  jobs: readonly Job[],
  states: readonly JobState[] = [],
  changes: Partial<PlanInput> = {},
): PlanInput {
  return {
    config: configOf(jobs),
    environment: 'prd',
    states: new Map(states.map((state) => [state.job, state])),
    now: new Date('2026-11-21T08:17:00Z'),
    ...changes,
  };
}
