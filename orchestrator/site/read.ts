/** Reads what the last days left in the bucket, and no more than that. */
import type { Bucket } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { sideBySide } from '../storage/side-by-side.ts';
import { readText } from '../storage/text.ts';
import { type Ended, type Held, instantOf, type PlanRecord, planOf, type Run, runOf } from './records.ts';

export const DAY_MS = 86_400_000;

/** Records that are read at most, about a minute over HTTP: 500 hourly jobs leave as many in four days. */
const MOST_RECORDS = 50_000;

/** GitHub ends a machine after 6 hours, and a leg may have waited for its own as long. */
const LOST_MS = 12 * 3_600_000;

export interface History {
  /** Midnight UTC. */
  readonly from: Date;
  readonly to: Date;
  /** Oldest first, without those that found their work done. */
  readonly runs: readonly Run[];
  readonly ended: readonly Ended[];
  /** By the newest plan of all jobs. */
  readonly held: readonly Held[];
  /** When a recording plan was last made. */
  readonly lastPlan?: Date;
  /** Days that were asked for and left out, because there are too many records. */
  readonly daysLeftOut: number;
  /** Records that are damaged. */
  readonly unreadable: number;
}

export interface Span {
  readonly now: Date;
  /** Calendar days in UTC, today included. */
  readonly days: number;
  readonly mostRecords?: number;
}

/**
 * Run ids begin with their UTC time, so a day's runs are found by the prefix of their keys, however old the bucket is.
 * A run that somebody gave another id is not in the history.
 */
export async function readHistory(bucket: Bucket, { now, days, mostRecords = MOST_RECORDS }: Span): Promise<History> {
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const found: string[] = [];
  let read = 0;
  for (; read < days; read += 1) {
    const own = await keysOf(bucket, new Date(today - read * DAY_MS));
    if (found.length + own.length > mostRecords && read > 0) break;
    found.push(...own.slice(-mostRecords));
  }
  const { runs, plans, unreadable } = await readRecords(bucket, found);
  const newest = plans.filter(({ held }) => held !== undefined).reduce<PlanRecord | undefined>(newer, undefined);
  const lastPlan = Math.max(await lastTick(bucket), ...plans.map(({ at }) => at));
  return {
    from: new Date(today - (read - 1) * DAY_MS),
    to: now,
    runs: [...runs.filter(({ ending }) => ending !== 'covered'), ...lostRuns(plans, runs, now)].sort(
      (a, b) => a.startedAt - b.startedAt,
    ),
    ended: plans.flatMap(({ ended }) => ended),
    held: newest?.held ?? [],
    ...(lastPlan === Number.NEGATIVE_INFINITY ? {} : { lastPlan: new Date(lastPlan) }),
    daysLeftOut: days - read,
    unreadable,
  };
}

const newer = (a: PlanRecord | undefined, b: PlanRecord): PlanRecord => (a === undefined || a.at < b.at ? b : a);

/** A `tick` records only plans of something. */
async function lastTick(bucket: Bucket): Promise<number> {
  const object = await readText(bucket, keys.lastPlan);
  const value = object === undefined ? undefined : parsed(object.text);
  const at = typeof value === 'object' && value !== null && 'now' in value ? instantOf(value.now) : undefined;
  return at ?? Number.NEGATIVE_INFINITY;
}

async function keysOf(bucket: Bucket, day: Date): Promise<string[]> {
  const prefix = keys.runsOf(day.toISOString().slice(0, 10).replaceAll('-', ''));
  const found: string[] = [];
  for await (const { key } of bucket.list(prefix)) found.push(key);
  return found;
}

interface Records {
  readonly runs: Run[];
  readonly plans: PlanRecord[];
  unreadable: number;
}

async function readRecords(bucket: Bucket, found: readonly string[]): Promise<Records> {
  const records: Records = { runs: [], plans: [], unreadable: 0 };
  await sideBySide(found, async (key) => {
    const object = await readText(bucket, key);
    if (object === undefined) return;
    const id = key.split('/').at(-2) ?? '';
    const value = parsed(object.text);
    const plan = key === keys.runRecord(id, 'plan') ? planOf(id, value) : undefined;
    const run = plan === undefined ? runOf(id, value) : undefined;
    if (plan !== undefined) records.plans.push(plan);
    else if (run !== undefined) records.runs.push(run);
    else records.unreadable += 1;
  });
  return records;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Runs that were planned and never reported. Of a job that did report, the other slots only waited for the one that failed. */
function lostRuns(plans: readonly PlanRecord[], runs: readonly Run[], now: Date): Run[] {
  const name = (run: string, job: string): string => `${run} ${job}`;
  const reported = new Set(runs.map(({ run, job }) => name(run, job)));
  return plans
    .filter(({ at }) => at < now.getTime() - LOST_MS)
    .flatMap(({ run, at, planned }) =>
      planned
        .filter(({ job }) => !reported.has(name(run, job)))
        .map(({ job, slot }): Run => {
          return { job, service: '', slot, run, ending: 'lost', startedAt: at, seconds: 0, records: 0 };
        }),
    );
}
