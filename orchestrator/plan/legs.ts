/** Packs runs into the ingest matrix. Pure. */
import type { Config, Job } from '../config/job.ts';
import type { Leg, PlannedRun } from './types.ts';

/** https://docs.github.com/en/actions/reference/limits: jobs of one matrix. */
export const MAX_LEGS = 256;

/** The matrix is a job output, and those end at 1 MB of UTF-16; the rest is left for the other outputs. */
export const MAX_MATRIX_BYTES = 400_000;

/** GitHub ends a job after 360 minutes: https://docs.github.com/en/actions/reference/limits. */
const MAX_LEG_MINUTES = 350;

/** Runs that must stay together in one leg, one after the other. */
interface Bundle {
  readonly name: string;
  readonly runs: readonly PlannedRun[];
}

export interface Packed {
  readonly legs: readonly Leg[];
  /** Those that found room, in order; the others are for the next plan. */
  readonly runs: readonly PlannedRun[];
}

/**
 * One leg a job, with all its slots in order; the jobs of a `serial` service share one. More than 256 are packed
 * evenly, neighbours together. When the matrix still gets too long, the last runs are left out.
 */
export function packLegs(config: Config, environment: string, runs: readonly PlannedRun[]): Packed {
  const jobs = new Map(config.jobs.map((job) => [job.id, job]));
  let kept = runs;
  for (;;) {
    const legs = legsOf(config, jobs, environment, kept);
    const bytes = Buffer.byteLength(JSON.stringify({ include: legs }));
    if (bytes <= MAX_MATRIX_BYTES) return { legs, runs: kept };
    kept = kept.slice(0, Math.floor((kept.length * MAX_MATRIX_BYTES) / bytes));
  }
}

type Jobs = ReadonlyMap<string, Job>;

function legsOf(config: Config, jobs: Jobs, environment: string, runs: readonly PlannedRun[]): Leg[] {
  const taken = new Set<string>();
  return spread(bundlesOf(config, jobs, runs)).map((bundles) => {
    const together = bundles.flatMap((bundle) => bundle.runs);
    const minutes = together.reduce((sum, { job }) => sum + (jobs.get(job)?.timeout_minutes ?? 0), 0);
    return {
      leg: unique(nameOf(bundles), taken),
      runs: together.map(({ job, slot }) => `${job}@${slot}`).join(' '),
      environment,
      timeout_minutes: Math.min(minutes, MAX_LEG_MINUTES),
      packages: packagesOf(config, jobs, together).join(' '),
    };
  });
}

function bundlesOf({ services }: Config, jobs: Jobs, runs: readonly PlannedRun[]): Bundle[] {
  const groups = Map.groupBy(runs, ({ job }) => {
    const service = jobs.get(job)?.service ?? '';
    return services.get(service)?.serial === true ? `service ${service}` : `job ${job}`;
  });
  return [...groups.values()].map((together) => {
    const [first, ...others] = [...new Set(together.map(({ job }) => job))];
    const service = jobs.get(first ?? '')?.service;
    return { name: (others.length === 0 ? first : service) ?? '', runs: together };
  });
}

/** At most `MAX_LEGS` lists of neighbours, their lengths at most one apart. */
function spread(bundles: readonly Bundle[]): Bundle[][] {
  const legs = Math.min(bundles.length, MAX_LEGS);
  const start = (leg: number): number => Math.floor((leg * bundles.length) / legs);
  return Array.from({ length: legs }, (_, leg) => bundles.slice(start(leg), start(leg + 1)));
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

/** A job with a command runs no connector, so it needs no package. */
function packagesOf({ services }: Config, jobs: Jobs, runs: readonly PlannedRun[]): string[] {
  const packages = runs.map(({ job: id }) => {
    const job = jobs.get(id);
    return job === undefined || job.command !== undefined ? undefined : services.get(job.service)?.package;
  });
  return [...new Set(packages)].filter((name) => name !== undefined);
}
