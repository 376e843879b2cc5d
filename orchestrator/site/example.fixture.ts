/** A made-up past for tests: jobs of all kinds, every ending there is, and the same each time. */
import { jobOf } from '../../test/fixtures/job.ts';
import type { Job } from '../config/job.ts';
import { nextSlot, slotsBetween } from '../plan/slots.ts';
import type { Decision } from '../plan/types.ts';
import type { JobState } from '../state/job-state.ts';
import { emptyState } from '../state/transitions.ts';
import type { Known } from './overview.ts';
import { DAY_MS } from './read.ts';
import type { Ended, Run } from './records.ts';

export const NOW = new Date('2026-11-21T15:20:00.000Z');

const crons = ['7 * * * *', '0 */6 * * *', '30 5 * * *', '15 6 * * 1-5', undefined] as const;

/** Numbers from 0 to 1 that look random: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

export interface Size {
  readonly jobs: number;
  readonly days?: number;
}

/** Job 1 is late, job 2 is paused, job 3 missed slots; one run in forty fails. */
export function example({ jobs: count, days = 14 }: Size): Known {
  const random = sequence(5);
  const from = new Date(Math.floor(NOW.getTime() / DAY_MS) * DAY_MS - (days - 1) * DAY_MS);
  const jobs = Array.from({ length: count }, (_, index) => job(index, count));
  const runs = jobs.flatMap((one, index) => runsOf(one, index, { from, random }));
  return {
    environment: 'dev',
    now: NOW,
    jobs,
    states: new Map(jobs.map((one) => [one.id, stateOf(one, from)])),
    decisions: jobs.map(decisionOf),
    history: {
      from,
      to: NOW,
      runs: runs.sort((a, b) => a.startedAt - b.startedAt),
      ended: jobs.slice(2, 3).map(missed),
      lastPlan: new Date('2026-11-21T15:17:00Z'),
      daysLeftOut: 0,
      unreadable: 0,
    },
  };
}

function job(index: number, count: number): Job {
  const service = `service_${String.fromCharCode(97 + (index % Math.max(3, Math.ceil(count / 20))))}`;
  return jobOf({ id: `${service}_stream_${index}`, service, cron: crons[index % crons.length] });
}

function runsOf(one: Job, index: number, { from, random }: { from: Date; random: () => number }): Run[] {
  const until = index === 1 ? new Date(NOW.getTime() - 3 * DAY_MS) : NOW;
  const slots = one.cron === undefined ? [] : [...slotsBetween({ cron: one.cron, timezone: 'UTC' }, from, until)];
  const usual = 2 + random() * 60;
  return slots.flatMap((slot): Run[] => {
    const startedAt = slot.getTime() + 10 * 60_000;
    const run = {
      job: one.id,
      service: one.service,
      slot: slot.toISOString(),
      run: `${slot.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-1-1`,
      startedAt,
      seconds: usual * (0.7 + random()),
      records: Math.floor(random() ** 3 * 40 * usual),
      ending: 'done',
    } as const;
    if (random() > 1 / 40) return [run];
    const failed = {
      ...run,
      ending: 'failed',
      records: 0,
      failure: failures[Math.floor(random() * 3)] ?? failures[0],
    } as const;
    return random() < 0.5 ? [failed] : [failed, { ...run, startedAt: startedAt + 3_600_000 }];
  });
}

const failures = [
  { code: 'http-status', who: 'nobody yet: the next plan tries again' },
  { code: 'token-refused', who: 'you: renew the credentials' },
  { code: 'source-changed', who: 'who maintains the connector or the command: the source says something new' },
] as const;

const missed = ({ id }: Job): Ended => ({
  job: id,
  slot: '2026-11-19T05:30:00.000Z',
  outcome: 'missed',
  at: Date.parse('2026-11-19T09:17:00Z'),
  slots: 1,
});

function stateOf({ id, cron }: Job, from: Date): JobState {
  if (cron === undefined) return emptyState(id);
  return { ...emptyState(id), schedule: { cron, timezone: 'UTC', effective_from: from.toISOString() } };
}

function decisionOf({ id, cron }: Job, index: number): Decision {
  if (cron === undefined) return { job: id, decision: 'manual_only', reason: '' };
  if (index === 2) return { job: id, decision: 'paused', reason: '' };
  return { job: id, decision: 'not_due', reason: '', next: nextSlot({ cron, timezone: 'UTC' }, NOW).toISOString() };
}
