import { TidemillError } from '@tidemill/kit';
import type { Config, Job, Service } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import { intervalOf } from '../plan/owed.ts';
import type { PlannedRun } from '../plan/types.ts';
import { parseInstant } from './session.ts';

/** A job and the slot it is to run for. */
export interface Target {
  readonly job: Job;
  readonly service: Service;
  readonly slot: string;
  readonly interval: { readonly start: Date; readonly end: Date };
}

export const ordersOf = (config: Config, runs: readonly PlannedRun[]): Target[] =>
  runs.map(({ job: id, slot, interval }) => {
    const job = jobOf(config, id);
    const span = { start: new Date(interval.start), end: new Date(interval.end) };
    return { job, service: serviceOf(config, job), slot, interval: span };
  });

/** `job@slot`, as the matrix of a plan says it: the slot is a cron occurrence or a manual run. */
export function targetOf(config: Config, text: string, now: Date): Target {
  const at = text.indexOf('@');
  const job = jobOf(config, text.slice(0, at));
  const given = text.slice(at + 1);
  const slot = given.startsWith('manual-') ? given : parseInstant(`the slot of ${job.id}`, given).toISOString();
  return { job, service: serviceOf(config, job), slot, interval: intervalOf(job, slot, now) };
}

function jobOf(config: Config, id: string): Job {
  const job = config.jobs.find((candidate) => candidate.id === id);
  if (job !== undefined) return job;
  const near = nearest(
    id,
    config.jobs.map((candidate) => candidate.id),
  );
  throw new TidemillError('config', 'unknown-job', `There is no job "${id}"`, {
    hint: near === undefined ? '`tidemill plan` lists them.' : `Did you mean "${near}"?`,
  });
}

function serviceOf(config: Config, { service: name }: Job): Service {
  const service = config.services.get(name);
  if (service !== undefined) return service;
  throw new TidemillError('bug', 'service-missing', `The checked configuration lacks the service ${name}`);
}
