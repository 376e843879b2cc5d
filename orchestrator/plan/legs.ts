/** Packs runs into the ingest matrix. Pure. */
import type { Config, Job } from '../config/job.ts';
import { handedOn } from '../text/handed-on.ts';
import { expectedSeconds } from './durations.ts';
import { pack, type Room, type Workload } from './packing.ts';
import type { Leg, PlanInput, PlannedRun } from './types.ts';

/** https://docs.github.com/en/actions/reference/limits: jobs of one matrix. */
export const MAX_LEGS = 256;

/**
 * Characters of the matrix as it is handed on. It is a job output, and those end at 1 MB of UTF-16, which are 524,288:
 * https://docs.github.com/en/actions/reference/limits.
 */
export const MAX_MATRIX_LENGTH = 500_000;

/**
 * Characters of the runs of one leg. Its machine has them in a variable and in an argument, and Linux starts no program with one of
 * 131,072 (`MAX_ARG_STRLEN`): https://github.com/actions/runner/issues/1733.
 */
const MAX_RUNS_LENGTH = 130_000;

/** Characters that are left for what a machine needs besides: the packages of its drivers, twice, and its own time limit. */
const MACHINE_LENGTH = 700;

/** GitHub ends a job after 360 minutes: https://docs.github.com/en/actions/reference/limits. */
const MAX_LEG_MINUTES = 350;

/** Runs that must stay together in one leg, one after the other. */
interface Bundle extends Workload {
  readonly name: string;
  /** What stands for its service, when that is `serial`, in this plan and in any other. */
  readonly serial: string | undefined;
  readonly runs: readonly PlannedRun[];
}

export interface Packed {
  readonly legs: readonly Leg[];
  /** Those that found room, in order; the others are for the next plan. */
  readonly runs: readonly PlannedRun[];
}

type PackInput = Pick<PlanInput, 'config' | 'environment' | 'states' | 'secretless'>;

/**
 * With `legs: per_job` one leg a job, with all its slots in order; the jobs of a `serial` service share one. With
 * `packed` as few as take about ten minutes each, at most `max_parallel_jobs`; with `single` they are processes, and take
 * about twenty seconds. More than 256 are packed in any case.
 *
 * Jobs that share a leg see each other's secrets. So only jobs of one service do, or of several that read none: then
 * there may be more legs than `max_parallel_jobs`. When the matrix, or what one leg is told, gets too long, the last runs are left out.
 */
export function packLegs(input: PackInput, runs: readonly PlannedRun[]): Packed {
  const jobs = new Map(input.config.jobs.map((job) => [job.id, job]));
  let kept = runs;
  for (;;) {
    const all = legsOf(input, jobs, kept);
    const legs = all.slice(0, MAX_LEGS);
    const room = new Set(legs.flatMap(({ runs }) => beginningOf(runs).split(' ')));
    if (room.size < kept.length) kept = kept.filter((run) => room.has(nameOfRun(run)));
    if (legs.some(({ runs }) => runs.length > MAX_RUNS_LENGTH)) continue;
    const length = matrixLength(legs);
    if (length <= MAX_MATRIX_LENGTH) return { legs, runs: kept };
    kept = kept.slice(0, Math.floor((kept.length * MAX_MATRIX_LENGTH) / length));
  }
}

/** As many of the runs as a machine can be told of; of each job the first. */
const beginningOf = (runs: string): string =>
  runs.length > MAX_RUNS_LENGTH ? runs.slice(0, runs.lastIndexOf(' ', MAX_RUNS_LENGTH)) : runs;

/** Characters of the matrix, in the form that GitHub hands on. */
export const matrixLength = (legs: readonly Leg[]): number =>
  handedOn(legs.map((leg) => ({ ...leg }))).length + legs.length * MACHINE_LENGTH;

/** A packed leg costs whole minutes and gets about ten of them before there is another. */
const PACKED_SECONDS = 600;

/** Of one machine a leg is a process, which costs a second of its processor. */
const PROCESS_SECONDS = 20;

/** How many legs GitHub and the configuration leave room for. */
export function roomOf({ legs, max_parallel_jobs: most }: Pick<Config, 'legs' | 'max_parallel_jobs'>): Room {
  switch (legs) {
    case 'per_job':
      return { most: MAX_LEGS, fill: 0 };
    case 'packed':
      return { most, fill: PACKED_SECONDS };
    case 'single':
      return { most, fill: PROCESS_SECONDS };
    default:
      return legs satisfies never;
  }
}

type Jobs = ReadonlyMap<string, Job>;

const nameOfRun = ({ job, slot }: PlannedRun): string => `${job}@${slot}`;

function legsOf(input: PackInput, jobs: Jobs, runs: readonly PlannedRun[]): Leg[] {
  const { config, environment } = input;
  const taken = new Set<string>();
  return pack(bundlesOf(input, jobs, runs), roomOf(config)).map((bundles) => {
    const together = bundles.flatMap((bundle) => bundle.runs);
    const minutes = together.reduce((sum, { job }) => sum + (jobs.get(job)?.timeout_minutes ?? 0), 0);
    const name = unique(nameOf(bundles), taken);
    return {
      leg: name,
      runs: together.map(nameOfRun).join(' '),
      environment,
      timeout_minutes: Math.min(minutes, MAX_LEG_MINUTES),
      packages: packagesOf(config, jobs, together).join(' '),
      services: [...new Set(together.map(({ job }) => jobs.get(job)?.service ?? ''))],
      group: bundles.find(({ serial }) => serial !== undefined)?.serial ?? name,
    };
  });
}

function bundlesOf(input: PackInput, jobs: Jobs, runs: readonly PlannedRun[]): Bundle[] {
  const groups = Map.groupBy(runs, ({ job: id }) => bundleOf(input.config, jobs.get(id), id));
  return [...groups.values()].map((together) => {
    const [first = '', ...others] = new Set(together.map(({ job }) => job));
    const job = jobs.get(first);
    return {
      name: (others.length === 0 ? first : job?.service) ?? '',
      serial: isSerial(input.config, job) ? bundleOf(input.config, job, first) : undefined,
      owner: ownerOf(input.config, job, input.secretless),
      seconds: together.reduce((sum, run) => sum + expectedSeconds(jobs.get(run.job), input.states.get(run.job)), 0),
      runs: together,
    };
  });
}

/** What a job's runs are bundled by: its service, when that is `serial`. */
export const bundleOf = (config: Config, job: Job | undefined, id: string): string =>
  isSerial(config, job) ? `service ${job?.service}` : `job ${id}`;

const isSerial = ({ services }: Config, job: Job | undefined): boolean =>
  job !== undefined && services.get(job.service)?.serial === true;

/**
 * Whose secrets a job's machine holds; one name for all services that read none. A `serial` one is always by itself: its
 * machine waits for those of its service, and has no other name to wait by.
 */
export function ownerOf(config: Config, job: Job | undefined, secretless: PlanInput['secretless']): string {
  if (job === undefined) return '';
  return secretless?.has(job.service) && !isSerial(config, job) ? '' : `service ${job.service}`;
}

function nameOf([first, ...others]: readonly Bundle[]): string {
  return others.length === 0 ? `${first?.name}` : `${first?.name}-and-${others.length}-more`;
}

/** Names are told apart without regard to case, as some file systems do. */
function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let copy = 2; taken.has(candidate.toLowerCase()); copy += 1) candidate = `${name}-${copy}`;
  taken.add(candidate.toLowerCase());
  return candidate;
}

/** A job with a command runs no connector: it needs the package of its program, where the service names one. */
function packagesOf({ services }: Config, jobs: Jobs, runs: readonly PlannedRun[]): string[] {
  const packages = runs.map(({ job: id }) => {
    const job = jobs.get(id);
    const service = job && services.get(job.service);
    return job?.command === undefined ? service?.package : service?.program_package;
  });
  return [...new Set(packages)].filter((name) => name !== undefined);
}
