import type { Decision } from '../plan/types.ts';
import { keys } from '../storage/keys.ts';
import { writeJson } from '../storage/text.ts';
import { type Assignment, assignmentsOf } from './assignments.ts';
import { jobsWaiting } from './events.ts';
import { type Decided, decidePlan } from './plan.ts';
import { recordPlan } from './record.ts';
import type { Session } from './session.ts';

export interface Tick extends Pick<Decided, 'held' | 'unreadable'> {
  /** What is to run now. */
  readonly assignments: readonly Assignment[];
  /** Jobs whose events wait since an earlier run. */
  readonly waiting: readonly string[];
  /** Slots that end without a run of their own. */
  readonly givenUp: readonly Decision[];
}

/**
 * Plans, and writes what no run will. What it answers is then run, as `runId`. The plan is kept for the report and the history where
 * something comes of it: a crontab may ask every minute, and each time it only says when it last did.
 */
export async function tick(session: Session, runId: string): Promise<Tick> {
  const { bucket } = session;
  const { input, planned, held, unreadable, keepIndex } = await decidePlan(session);
  await recordPlan(bucket, input, planned);
  if (planned.has_work || planned.records.length > 0) await writeJson(bucket, keys.runRecord(runId, 'plan'), planned);
  await writeJson(bucket, keys.lastPlan, { now: planned.now, run: runId });
  await keepIndex();
  const givenUp = planned.decisions.filter(({ decision }) => decision === 'failed');
  const waiting = jobsWaiting(session, input.states);
  return { assignments: assignmentsOf(session.config, planned.runs), waiting, givenUp, held, unreadable };
}

/** What is to run now of that which waited for crawls. Only looks: slots that are owed, and no crawls, are nothing to it. */
export async function resumable(session: Session): Promise<Pick<Tick, 'assignments' | 'waiting' | 'unreadable'>> {
  const { input, planned, unreadable } = await decidePlan(session);
  const resumed = new Set(planned.decisions.filter(({ decision }) => decision === 'resume').map(({ job }) => job));
  const runs = planned.runs.filter(({ job }) => resumed.has(job));
  return { assignments: assignmentsOf(session.config, runs), waiting: jobsWaiting(session, input.states), unreadable };
}
