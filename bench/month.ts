/** What GitHub bills for a month of this repository's jobs on one machine a tick: an estimate, which the plan's summary shows. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openConfig } from '../orchestrator/app/session.ts';
import type { Job } from '../orchestrator/config/job.ts';
import { monthOfMinutes } from '../orchestrator/plan/minutes.ts';
import type { JobState } from '../orchestrator/state/job-state.ts';
import { type Row, times } from './measure.ts';

const ROOT = resolve(import.meta.dirname, '..');
const NOW = '2026-11-01T00:00:00.000Z';
/** A run that has news, and not much of it. */
const SECONDS = 10;
const MOST = 800;

export async function monthRow(): Promise<Row> {
  const host = { env: {}, cwd: ROOT, isFile: existsSync, readFile: (path: string) => readFileSync(path, 'utf8') };
  const config = openConfig(host as unknown as Parameters<typeof openConfig>[0], {});
  const states = new Map(config.jobs.map((job) => [job.id, stateOf(job)]));
  const secretless = new Set(['web_features', 'mdn_bcd', 'npm']);
  const { per_job = 0, single = Number.NaN } =
    monthOfMinutes({ config, environment: 'dev', states, now: new Date(NOW), secretless })?.total ?? {};
  return {
    what: `month of the ${config.jobs.length} jobs of this repository, ${SECONDS} s each, legs: single`,
    measured: `${single} minutes`,
    limit: `${per_job} with legs: per_job`,
    ratio: times(single / per_job),
    budget: `≤ ${MOST} minutes`,
    isMet: single <= MOST,
  };
}

function stateOf({ id, cron = '', timezone }: Job): JobState {
  const schedule = { cron, timezone, effective_from: NOW };
  const recent = [{ slot: NOW, at: NOW, outcome: 'done' as const, seconds: SECONDS }];
  return { version: 2, job: id, revision: 1, schedule, recent, targets: {} };
}
