/** What a month of the schedule costs on GitHub, in the minutes that it bills. Pure. */
import type { Config, Job } from '../config/job.ts';
import { expectedSeconds } from './durations.ts';
import { bundleOf, ownerOf, roomOf } from './legs.ts';
import { timetableOf } from './owed.ts';
import { pack, type Workload } from './packing.ts';
import { slotsBetween, type Timetable } from './slots.ts';
import type { PlanInput } from './types.ts';
import { DAY_MS, MINUTE_MS } from './zone.ts';

/** When the workflow asks what is owed: once an hour, at this minute. */
export const TICK_MINUTE = 17;

const DAYS = 30;
const TICK_MS = 60 * MINUTE_MS;

/** Checkout, Node and the installation of a leg, measured; the rest is the jobs' own time. */
const AROUND_SECONDS = 25;

/** A longer configuration would take more time to estimate than to plan. */
const MOST_JOBS = 1000;

export interface MonthOfMinutes {
  readonly days: number;
  /** Ticks, each a machine that plans for at most a minute. */
  readonly plans: number;
  /** Ticks with work, each a machine that reports for at most a minute. */
  readonly reports: number;
  /** Of the legs, by the way they are made up. */
  readonly legs: Readonly<Record<Config['legs'], number>>;
}

/**
 * An estimate of the 30 days from now, of a schedule that GitHub keeps to: each machine is billed by the whole minute
 * (https://docs.github.com/en/billing/reference/actions-runner-pricing). Undefined for more than 1,000 jobs.
 */
export function monthOfMinutes(input: PlanInput): MonthOfMinutes | undefined {
  const { config } = input;
  if (config.jobs.length > MOST_JOBS) return undefined;
  const ticks = dueAt(input);
  const legs = { per_job: 0, packed: 0 };
  const known = new Map<string, Readonly<Record<Config['legs'], number>>>();
  for (const jobs of ticks.values()) {
    const key = jobs.map(({ id }) => id).join(' ');
    const cost = known.get(key) ?? costOf(jobs, input);
    known.set(key, cost);
    legs.per_job += cost.per_job;
    legs.packed += cost.packed;
  }
  return { days: DAYS, plans: (DAYS * DAY_MS) / TICK_MS, reports: ticks.size, legs };
}

/** Which jobs each tick finds owed, by its time; ticks that find none are not among them. */
function dueAt({ config, environment, now }: PlanInput): Map<number, Job[]> {
  const ticks = new Map<number, Job[]>();
  const bySchedule = new Map<string, readonly number[]>();
  for (const job of config.jobs) {
    const isHere = job.environments.length === 0 || job.environments.includes(environment);
    const timetable = timetableOf(job);
    if (!job.enabled || !isHere || timetable === undefined) continue;
    const key = `${timetable.cron} ${timetable.timezone}`;
    const times = bySchedule.get(key) ?? ticksOf(timetable, now);
    bySchedule.set(key, times);
    for (const time of times) {
      const due = ticks.get(time);
      if (due === undefined) ticks.set(time, [job]);
      else due.push(job);
    }
  }
  return ticks;
}

/** The ticks that find a slot of the timetable; slots between two of them are one run. */
function ticksOf(timetable: Timetable, now: Date): number[] {
  const offset = TICK_MINUTE * MINUTE_MS;
  const slots = slotsBetween(timetable, now, new Date(now.getTime() + DAYS * DAY_MS));
  const ticks = Array.from(slots, (slot) => Math.ceil((slot.getTime() - offset) / TICK_MS) * TICK_MS + offset);
  return [...new Set(ticks)];
}

function costOf(jobs: readonly Job[], { config, states, secretless }: PlanInput): Record<Config['legs'], number> {
  const bundles = Map.groupBy(jobs, (job) => bundleOf(config, job, job.id));
  const loads = [...bundles.values()].map((together): Workload => {
    const seconds = together.reduce((sum, job) => sum + expectedSeconds(job, states.get(job.id)), 0);
    return { owner: ownerOf(config, together[0], secretless), seconds };
  });
  const billed = (legs: Config['legs']): number =>
    pack(loads, roomOf({ ...config, legs })).reduce((minutes, leg) => minutes + billedMinutes(leg), 0);
  return { per_job: billed('per_job'), packed: billed('packed') };
}

const billedMinutes = (leg: readonly Workload[]): number =>
  Math.ceil((AROUND_SECONDS + leg.reduce((sum, { seconds }) => sum + seconds, 0)) / 60);
