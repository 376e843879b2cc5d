import { TidemillError } from '@tidemill/kit';
import type { Config, Job, Service } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import { readingOf } from '../plan/interval.ts';
import { slotAt } from '../plan/slots.ts';
import type { PlannedRun } from '../plan/types.ts';
import { emptyState } from '../state/transitions.ts';
import { checkRunId } from './run-id.ts';
import { parseInstant } from './session.ts';

/**
 * How far the clock of a leg may be behind that of its planner, in minutes. Machines that keep time by NTP are within
 * seconds; the rest is for those that have just been woken up. What lies further ahead is a mistake, and to settle it
 * would silence the job until then.
 */
const CLOCK_SKEW_MINUTES = 15;

/** A job and the slot it is to run for. */
export interface Assignment {
  readonly job: Job;
  readonly service: Service;
  readonly slot: string;
  /** As far as is known before the claim: see `Order`. */
  readonly interval: { readonly start: Date; readonly end: Date };
  /** Of a run by hand: the slot that was asked for, where it stops reading. */
  readonly upTo?: Date;
  /** Of a replay: only packages that were finished then or later, or with rejects that fit by now. */
  readonly replayFrom?: Date | 'quarantine';
  /** Of a replay: names of the warehouses that are loaded once more, if not all of the job. */
  readonly replayInto?: readonly string[];
}

export const assignmentsOf = (config: Config, runs: readonly PlannedRun[]): Assignment[] =>
  runs.map(({ job: id, slot, interval }) => {
    const job = jobOf(config, id);
    const span = { start: new Date(interval.start), end: new Date(interval.end) };
    return { job, service: serviceOf(config, job), slot, interval: span };
  });

/** `job@slot`, as the matrix of a plan says it: the slot is a cron occurrence or a manual run. */
export function assignmentOf(config: Config, text: string, now: Date): Assignment {
  const at = text.indexOf('@');
  const job = jobOf(config, text.slice(0, at));
  const given = text.slice(at + 1);
  const manual = given.startsWith('manual-') ? `manual-${checkRunId(given.slice('manual-'.length))}` : undefined;
  const latest = new Date(now.getTime() + CLOCK_SKEW_MINUTES * 60_000);
  const slot = manual ?? slotOf(job, given, latest);
  const { interval } = readingOf(job, emptyState(job.id), { slot, now });
  return { job, service: serviceOf(config, job), slot, interval };
}

/**
 * The instant, when it is one of the job's slots and not after `latest`: settling any other would make the planner
 * believe that everything before it was settled too.
 */
export function slotOf(job: Job, given: string, latest: Date): string {
  const instant = parseInstant(`the slot of ${job.id}`, given);
  if (job.cron === undefined) {
    throw new TidemillError('config', 'slot-unknown', `${job.id} has no cron, so it has no slots`);
  }
  const nearest = slotAt({ cron: job.cron, timezone: job.timezone }, instant < latest ? instant : latest).toISOString();
  if (nearest === instant.toISOString()) return nearest;
  throw new TidemillError('config', 'slot-unknown', `${given} is not a slot of ${job.id} up to now`, {
    hint: `The one before it is ${nearest}. If this one should have come, is the clock of this machine right?`,
  });
}

function jobOf(config: Config, id: string): Job {
  const job = config.jobs.find((candidate) => candidate.id === id);
  if (job !== undefined) return job;
  const near = nearest(
    id,
    config.jobs.map((candidate) => candidate.id),
  );
  throw new TidemillError('config', 'unknown-job', `There is no job "${id}"`, {
    hint: near === undefined ? '`npx tidemill plan` lists them.' : `Did you mean "${near}"?`,
  });
}

export function serviceOf(config: Config, { service: name }: Job): Service {
  const service = config.services.get(name);
  if (service !== undefined) return service;
  throw new TidemillError('bug', 'service-missing', `The checked configuration lacks the service ${name}`);
}
