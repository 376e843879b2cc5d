/** Which runs somebody who asks by hand gets. */

import { TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { isRunning } from '../plan/held.ts';
import { pick } from '../plan/manual.ts';
import { isManual, olderSlotOwed } from '../plan/owed.ts';
import { plan } from '../plan/plan.ts';
import type { Decision, PlanInput, Selection } from '../plan/types.ts';
import { emptyState } from '../state/transitions.ts';
import { inEnvironment, instant } from '../text/format.ts';
import { type Assignment, assignmentOf, assignmentsOf, slotOf } from './assignments.ts';
import { planInput, type Session } from './session.ts';

export interface ChooseRequest {
  /** `job@slot`, as the matrix of a plan says them. */
  readonly runs: readonly string[];
  readonly selection: Selection | undefined;
  /** An instant: the selected jobs read up to this cron slot, and settle it where it is owed. */
  readonly slot?: string | undefined;
}

export interface Choice {
  readonly assignments: readonly Assignment[];
  /** Jobs that were selected and do not run. */
  readonly idle: readonly Decision[];
  /** Those of them that were asked for by their own id: who names a job so relies on it to run. */
  readonly refused: readonly Decision[];
  /** One error for each job whose state cannot be read. */
  readonly unreadable: readonly TidemillError[];
  /** Those of them that were asked for by their own id. */
  readonly unread: readonly string[];
}

/** Only looks. Throws kind `config` for jobs, groups and slots that there are not, or that others must come before. */
export async function choose(session: Session, { runs, selection, slot }: ChooseRequest): Promise<Choice> {
  const at = { now: session.host.clock.now(), environment: session.environment.name };
  const direct = runs.map((word) => assignmentOf(session.config, word, at.now));
  if (selection === undefined) return { assignments: direct, idle: [], refused: [], unreadable: [], unread: [] };
  const { assignments, states, ...rest } = await selected(session, selection);
  // By hand, so that neither the breaker nor the lateness of the slot counts; where it stops is the slot's.
  const again = (assignment: Assignment): Assignment =>
    slot === undefined ? assignment : { ...assignment, upTo: slotToRead(assignment.job, states, slot, at) };
  return { assignments: [...direct, ...assignments.map(again)], ...rest };
}

interface At {
  readonly now: Date;
  readonly environment: string;
}

/** With `catchup: all` slots run in their order. Throws `older-slot-owed` for one that is not the next. */
function slotToRead(job: Job, states: PlanInput['states'], given: string, { now, environment }: At): Date {
  const slot = slotOf(job, given, now);
  const parked = states.get(job.id)?.parked;
  const where = inEnvironment(environment);
  if (parked !== undefined)
    throw new TidemillError('config', 'crawls-open', `${job.id}: ${crawlsText(parked.slot)} come first`, {
      hint: `\`npx tidemill crawl download ${job.id}${where}\` waits for them.`,
    });
  const older = olderSlotOwed(job, states.get(job.id) ?? emptyState(job.id), slot);
  if (older === undefined) return new Date(slot);
  throw new TidemillError('config', 'older-slot-owed', `${job.id}: the older slot ${older} must run first`, {
    hint: `\`npx tidemill run ${job.id} --slot ${older}${where}\` runs it, \`npx tidemill tick${where}\` all in their order.`,
  });
}

const crawlsText = (slot: string): string => (isManual(slot) ? 'crawls by hand' : `the crawls of ${instant(slot)}`);

interface Selected extends Choice {
  readonly states: PlanInput['states'];
}

async function selected(session: Session, selection: Selection): Promise<Selected> {
  const { config } = session;
  const { input, unreadable } = await planInput(session, selection);
  const isReadable = ({ job }: { readonly job: string }): boolean => input.config.jobs.some(({ id }) => id === job);
  // Of the whole configuration: a job that cannot run is no job that is not there.
  const { runs, decisions } = plan({ ...input, config });
  const idle = decisions.filter(isReadable).filter((one) => !isRunning(one) && one.decision !== 'not_selected');
  const byId = [...pick(config, selection)].filter(([, how]) => how === 'by_id').map(([job]) => ({ job }));
  const refused = idle.filter(({ job }) => byId.some((named) => named.job === job));
  const unread = byId.filter((named) => !isReadable(named)).map(({ job }) => job);
  const assignments = assignmentsOf(config, runs.filter(isReadable));
  return { assignments, states: input.states, idle, refused, unreadable, unread };
}
