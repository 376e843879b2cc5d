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

type Way = Config['legs'];
type ByWay = Readonly<Record<Way, number>>;

/** Checkout, Node and the installation of a leg, measured; the rest is the jobs' own time. */
const AROUND_SECONDS = 25;

/** The same of a machine for everything, which plans and reports besides, and signs in twice. Not more than that, added up. */
const AROUND_SINGLE_SECONDS = 35;

/** A longer configuration would take more time to estimate than to plan. */
const MOST_JOBS = 1000;

export interface MonthOfMinutes {
  readonly days: number;
  /** Ticks, each a machine that plans for at most a minute. */
  readonly plans: number;
  /** Ticks with work, each a machine that reports for at most a minute; with `single` it is the one that planned. */
  readonly reports: number;
  /** Of the legs, by the way they are made up; with `single`, what the machines that planned take longer. */
  readonly legs: ByWay;
  /** All together. */
  readonly total: ByWay;
  /** The way that costs least where services with secrets have machines of their own. */
  readonly recommended: Exclude<Way, 'single'>;
}

/**
 * An estimate of the 30 days from now, of a schedule that GitHub keeps to: each machine is billed by the whole minute
 * (https://docs.github.com/en/billing/reference/actions-runner-pricing). Undefined for more than 1,000 jobs.
 */
export function monthOfMinutes(input: PlanInput): MonthOfMinutes | undefined {
  const { config } = input;
  if (config.jobs.length > MOST_JOBS) return undefined;
  const ticks = dueAt(input);
  const known = new Map<string, ByWay>();
  const costs = Array.from(ticks.values(), (jobs) => {
    const key = jobs.map(({ id }) => id).join(' ');
    const cost = known.get(key) ?? costOf(jobs, input);
    known.set(key, cost);
    return cost;
  });
  const sum = (way: Way): number => costs.reduce((minutes, cost) => minutes + cost[way], 0);
  const legs = { per_job: sum('per_job'), packed: sum('packed'), single: sum('single') };
  const [plans, reports] = [(DAYS * DAY_MS) / TICK_MS, ticks.size];
  const machines = plans + reports;
  const total = { per_job: machines + legs.per_job, packed: machines + legs.packed, single: plans + legs.single };
  const recommended = legs.packed < legs.per_job ? 'packed' : 'per_job';
  return { days: DAYS, plans, reports, legs, total, recommended };
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

function costOf(jobs: readonly Job[], { config, states, secretless }: PlanInput): ByWay {
  const bundles = Map.groupBy(jobs, (job) => bundleOf(config, job, job.id));
  const loads = [...bundles.values()].map((together): Workload => {
    const seconds = together.reduce((sum, job) => sum + expectedSeconds(job, states.get(job.id)), 0);
    return { owner: ownerOf(config, together[0], secretless), seconds };
  });
  const legs = (way: Way): number[] => pack(loads, roomOf({ ...config, legs: way })).map(secondsOf);
  const machines = (way: Way): number => legs(way).reduce((sum, leg) => sum + billed(AROUND_SECONDS + leg), 0);
  const one = AROUND_SINGLE_SECONDS + timeOf(legs('single'), config.max_parallel_jobs);
  // Its first minute is that of the plan.
  return { per_job: machines('per_job'), packed: machines('packed'), single: billed(one) - 1 };
}

const secondsOf = (leg: readonly Workload[]): number => leg.reduce((sum, { seconds }) => sum + seconds, 0);

const billed = (seconds: number): number => Math.ceil(seconds / 60);

/** How long processes take of which each begins when there is a place for it: their seconds, in their order. */
function timeOf(processes: readonly number[], places: number): number {
  const ends = Array.from({ length: places }, () => 0);
  for (const seconds of processes) {
    const next = ends.indexOf(Math.min(...ends));
    ends[next] = (ends[next] ?? 0) + seconds;
  }
  return Math.max(0, ...ends);
}
