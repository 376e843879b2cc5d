/** Which jobs are owed a run, and why the others are not. */

import type { TidemillError } from '@tidemill/kit';
import { driversUsed, packagesFor } from '../drivers/use.ts';
import { heldText } from '../plan/held.ts';
import { namesNone } from '../plan/manual.ts';
import { type MonthOfMinutes, monthOfMinutes } from '../plan/minutes.ts';
import { plan as decide } from '../plan/plan.ts';
import type { Plan, PlanInput, Selection } from '../plan/types.ts';
import { keys } from '../storage/keys.ts';
import { writeJson } from '../storage/text.ts';
import { type MachineLeg, machineLegs, type OneMachine, oneMachine } from './machine-legs.ts';
import { withCredentials } from './missing-credentials.ts';
import { recordPlan } from './record.ts';
import { type PlanBasis, planInput, type Session } from './session.ts';

export interface PlanRequest {
  /** Its identity, for the report. */
  readonly runId: string;
  /** Without one, what the schedule owes runs. */
  readonly selection?: Selection | undefined;
  /** Write what no leg will, and the plan itself for the report. Without it the use case only looks. */
  readonly record?: true | undefined;
  /** Say what the schedule costs a month: that takes longer than the plan. One of some jobs has not read the states of the others. */
  readonly estimate?: true | undefined;
}

export interface PlanAnswer extends Decided {
  /** The legs as machines of the workflow. */
  readonly include: readonly MachineLeg[];
  /** The same as one machine. */
  readonly machine: OneMachine;
  readonly month: MonthOfMinutes | undefined;
}

export async function plan(session: Session, request: PlanRequest): Promise<PlanAnswer> {
  const decided = await decidePlan(session, request.selection);
  const { input, known, planned } = decided;
  if (request.record) {
    await recordPlan(session.bucket, input, planned);
    await writeJson(session.bucket, keys.runRecord(request.runId, 'plan'), planned);
    await decided.keepIndex();
  }
  const { include: legs } = planned.matrix;
  const drivers = driverPackages(session);
  const { bundled } = session.host;
  const isOfAll = request.selection === undefined || namesNone(request.selection);
  return {
    ...decided,
    include: machineLegs(legs, drivers, bundled),
    machine: oneMachine(legs, drivers, bundled),
    month: request.estimate && isOfAll ? monthOfMinutes(known) : undefined,
  };
}

export interface Decided extends Pick<PlanBasis, 'keepIndex'> {
  readonly input: PlanInput;
  /** The same, with what its jobs lack. */
  readonly known: PlanInput;
  readonly planned: Plan;
  /** Why nothing runs although something is owed. */
  readonly held: string | undefined;
  /** One error for each job whose state cannot be read: no reason to keep the others from running. */
  readonly unreadable: readonly TidemillError[];
}

/** Only looks. */
export async function decidePlan(session: Session, selection?: Selection): Promise<Decided> {
  const { input, ...basis } = await planInput(session, selection);
  const known = await withCredentials(input, session);
  const planned = decide(known);
  return { ...basis, input, known, planned, held: heldText(known, planned) };
}

/** What every leg installs for the places of its environment. */
const driverPackages = ({ config: { drivers }, environment }: Session): string[] =>
  packagesFor(driversUsed(drivers, environment), drivers);
