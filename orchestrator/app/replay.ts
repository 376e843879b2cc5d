/** Loads packages of bronze once more: which jobs may, and what their runs are told. */
import { TidemillError } from '@tidemill/kit';
import { readingOf } from '../plan/interval.ts';
import { askForReplay } from '../state/operate.ts';
import { emptyState } from '../state/transitions.ts';
import { type Assignment, serviceOf } from './assignments.ts';
import { auditOf, changeState, eachOf, isLiveIn, jobsOf } from './operate.ts';
import { parseInstant, type Session } from './session.ts';
import { checkWarehouse, warehousesOf } from './warehouses.ts';

export interface ReplayRequest {
  /** Ids and globs. */
  readonly jobs: readonly string[];
  /** An instant: only packages that were finished then or later. */
  readonly from?: string | undefined;
  /** Only what lies in quarantine and fits by now. */
  readonly quarantined?: true | undefined;
  /** The name of one; without it, every one of the job. */
  readonly warehouse?: string | undefined;
  /** For the jobs' histories. */
  readonly reason?: string | undefined;
}

export interface Replays {
  readonly assignments: readonly Assignment[];
  /** One for each job that cannot be replayed now. */
  readonly refusals: readonly TidemillError[];
}

/** Notes the replays in the jobs' histories. Throws kind `config`, and the refusal of an only job. */
export async function askForReplays(session: Session, request: ReplayRequest, runId: string): Promise<Replays> {
  const { config, host } = session;
  const jobs = jobsOf(session, request.jobs);
  const since = sinceOf(request);
  const audit = auditOf(session, request.reason);
  const isLive = isLiveIn(session);
  checkWarehouse(session, request.warehouse);
  const into = request.warehouse === undefined ? {} : { replayInto: [request.warehouse] };
  const asked = await eachOf(jobs, async (job) => {
    warehousesOf(session, job, request.warehouse);
    return changeState(session, job, (state) => ({ next: askForReplay(state, isLive, audit), says: '' }));
  });
  const refusals = asked.flatMap(({ refusal }) => refusal ?? []);
  if (refusals[0] !== undefined && jobs.length === 1) throw refusals[0];
  const slot = `manual-${runId}`;
  const accepted = jobs.filter((_, index) => asked[index]?.refusal === undefined);
  const assignments = accepted.map((job): Assignment => {
    const { interval } = readingOf(job, emptyState(job.id), { slot, now: host.clock.now() });
    return { job, service: serviceOf(config, job), slot, interval, ...since, ...into };
  });
  return { assignments, refusals };
}

function sinceOf({ from, quarantined }: ReplayRequest): Pick<Assignment, 'replayFrom'> {
  if (from === undefined) return quarantined ? { replayFrom: 'quarantine' } : {};
  if (!quarantined) return { replayFrom: parseInstant('--from', from) };
  throw new TidemillError(
    'config',
    'replay-both',
    '--from and --quarantined both say which packages are loaded again',
    {
      hint: 'Say one of the two.',
    },
  );
}
