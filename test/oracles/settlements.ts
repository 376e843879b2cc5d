/** What becomes of owed slots, told one slot after the other: nothing is counted, and nothing is known of where endings change. */
import type { Job } from '../../orchestrator/config/job.ts';
import type { JobState, Settlement } from '../../orchestrator/state/job-state.ts';

type Ending = Pick<Settlement, 'outcome' | 'reason'>;

/** The settlements of the slots, in order: those of one ending that follow each other are one. */
export function oneByOne(slots: Iterable<Date>, at: string, endingOf: (slot: Date) => Ending): Settlement[] {
  const settlements: Settlement[] = [];
  for (const instant of slots) {
    const slot = instant.toISOString();
    const ending = endingOf(instant);
    const last = settlements.at(-1);
    if (last === undefined || last.outcome !== ending.outcome || last.reason !== ending.reason) {
      settlements.push({ slot, ...ending, at });
    } else {
      const count = (last.count ?? 1) + 1;
      settlements[settlements.length - 1] = { ...last, slot, from: last.from ?? last.slot, count };
    }
  }
  return settlements;
}

/** How a slot ends that gets no run any more, by itself. */
export function endingAlone(job: Job, { attempt, claim }: JobState, instant: Date, now: Date): Ending {
  const slot = instant.toISOString();
  const recorded = attempt?.slot === slot ? attempt.count : 0;
  const died = claim?.slot === slot ? claim.attempt : 0;
  const tries = Math.max(recorded, died);
  if (tries >= job.max_attempts) {
    const why = tries === recorded ? attempt?.reason : 'the run ended without a word';
    return { outcome: 'failed', reason: `attempt ${tries} of ${job.max_attempts}: ${why}` };
  }
  const tolerance = job.catchup === 'none' ? job.tolerance_minutes : Number.POSITIVE_INFINITY;
  const most = Math.min(tolerance, job.max_lateness_minutes ?? Number.POSITIVE_INFINITY);
  if (now.getTime() - instant.getTime() <= most * 60_000) return { outcome: 'superseded' };
  const reason = `more than ${most} min late`;
  return tries === 0 ? { outcome: 'missed', reason } : { outcome: 'failed', reason: `tried, and now ${reason}` };
}
