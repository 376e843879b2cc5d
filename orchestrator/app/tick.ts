import type { Decision } from '../plan/types.ts';
import { type Assignment, assignmentsOf } from './assignments.ts';
import { type Decided, decidePlan } from './plan.ts';
import { recordPlan } from './record.ts';
import type { Session } from './session.ts';

export interface Tick extends Pick<Decided, 'held' | 'unreadable'> {
  /** What is to run now. */
  readonly assignments: readonly Assignment[];
  /** Slots that end without a run of their own. */
  readonly givenUp: readonly Decision[];
}

/** Plans, and writes what no run will. What it answers is then run. */
export async function tick(session: Session): Promise<Tick> {
  const { input, planned, held, unreadable, keepIndex } = await decidePlan(session);
  await recordPlan(session.bucket, input, planned);
  await keepIndex();
  const givenUp = planned.decisions.filter(({ decision }) => decision === 'failed');
  return { assignments: assignmentsOf(session.config, planned.runs), givenUp, held, unreadable };
}
