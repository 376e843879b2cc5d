/** The newest runs, by the records that they left in the bucket. */
import { keys } from '../storage/keys.ts';
import { sideBySide } from '../storage/side-by-side.ts';
import { type RunRecords, readRun } from './report.ts';
import type { Session } from './session.ts';

export interface RunsRequest {
  /** The most of them. */
  readonly limit: number;
  /** The identity of a run: those that are older. */
  readonly before?: string | undefined;
}

export interface RecentRuns {
  /** Newest first. */
  readonly runs: readonly { readonly run: string; readonly records: RunRecords }[];
  /** There are no older ones in the days that are looked at. */
  readonly isWhole: boolean;
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 31;

/** Of the last 31 days. A run that somebody gave an identity which does not begin with its time is not among them. */
export async function recentRuns(session: Session, { limit, before }: RunsRequest): Promise<RecentRuns> {
  const found: string[] = [];
  let isWhole = true;
  for (const day of daysBack(session)) {
    if (before !== undefined && day > before.slice(0, 8)) continue;
    const own = (await runsOf(session, day)).filter((run) => before === undefined || run < before);
    found.push(...own.sort().reverse());
    if (found.length > limit) {
      isWhole = false;
      break;
    }
  }
  const newest = found.slice(0, limit);
  const records = new Map<string, RunRecords>();
  await sideBySide(newest, async (run) => void records.set(run, await readRun(session, run)));
  const runs = newest.flatMap((run) => {
    const own = records.get(run);
    return own === undefined ? [] : [{ run, records: own }];
  });
  return { runs, isWhole };
}

/** As identities of runs begin: `20261121`, newest first. */
function daysBack({ host }: Session): string[] {
  const today = host.clock.now().getTime();
  const days = Array.from({ length: MOST_DAYS }, (_, back) => new Date(today - back * DAY_MS).toISOString());
  return days.map((day) => day.slice(0, 10).replaceAll('-', ''));
}

async function runsOf({ bucket }: Session, day: string): Promise<string[]> {
  const runs = new Set<string>();
  for await (const { key } of bucket.list(keys.runsOf(day))) {
    const run = key.split('/').at(-2) ?? '';
    if (/^\d{8}T\d{6}Z/.test(run)) runs.add(run);
  }
  return [...runs];
}
