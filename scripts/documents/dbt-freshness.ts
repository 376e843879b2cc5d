/** How fresh a table can be expected to be, from the schedules of the jobs that load it. */
import type { Job } from '../../orchestrator/config/job.ts';
import { timetableOf } from '../../orchestrator/plan/owed.ts';
import { slotsBetween, type Timetable } from '../../orchestrator/plan/slots.ts';
import type { Freshness } from './dbt-table.ts';

/** Two periods late is worth a look, four are a fault. */
const [WARN_PERIODS, ERROR_PERIODS] = [2, 4];

/** A leap year, the same whenever this is asked. */
const [FROM, THROUGH] = [new Date('2024-01-01T00:00:00Z'), new Date('2025-01-01T00:00:00Z')];
/** As many as a job of every minute has in two days: more slots say nothing new of so dense a schedule. */
const MOST_SLOTS = 2880;

/** By the job of them that runs most often; undefined where none has a schedule. */
export function freshnessOf(jobs: readonly Pick<Job, 'cron' | 'timezone' | 'enabled'>[]): Freshness | undefined {
  const periods = jobs.flatMap((job) => {
    const timetable = job.enabled ? timetableOf(job) : undefined;
    return timetable === undefined ? [] : [longestGap(timetable)];
  });
  if (periods.length === 0) return undefined;
  const period = Math.min(...periods);
  return { warnAfter: WARN_PERIODS * period, errorAfter: ERROR_PERIODS * period };
}

/** The longest time between two slots, in minutes: a job of working days is not late on a Sunday. */
function longestGap(timetable: Timetable): number {
  let [longest, last, slots] = [0, undefined as Date | undefined, 0];
  for (const slot of slotsBetween(timetable, FROM, THROUGH)) {
    if (last !== undefined) longest = Math.max(longest, slot.getTime() - last.getTime());
    last = slot;
    slots += 1;
    if (slots >= MOST_SLOTS) break;
  }
  // One slot a year, or none in this one: as long as the year itself.
  return (longest || THROUGH.getTime() - FROM.getTime()) / 60_000;
}
