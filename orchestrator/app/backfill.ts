/** Reads a span of the past again: what it comes to in slices, and how it is opened. */
import { type Interval, TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { slicesOf } from '../plan/slices.ts';
import { elsewhereReason, isElsewhere } from '../plan/verdict.ts';
import type { Backfill } from '../state/job-state.ts';
import { startBackfill } from '../state/operate.ts';
import { readState } from '../state/store.ts';
import { auditOf, changeState, jobOf } from './operate.ts';
import { streamIn } from './rewind.ts';
import { parseInstant, type Session } from './session.ts';

export interface BackfillRequest {
  readonly job: string;
  /** Both instants, or none to go on with the one that is open. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** For the job's history. */
  readonly reason?: string | undefined;
}

type Range = Pick<Backfill, 'from' | 'to'>;

/** What a backfill would read. */
export interface BackfillSlices {
  readonly job: Job;
  readonly range: Range;
  readonly slices: readonly Interval[];
}

/** A job by the minute, for two months. */
const MOST_SLICES = 100_000;

/** Only looks. Throws kind `config` for what cannot be asked for a span of the past, and for what is none. */
export async function backfillSlices(session: Session, request: BackfillRequest): Promise<BackfillSlices> {
  const job = jobOf(session, request.job);
  await refuseUnfit(session, job);
  const range = rangeOf(session, request) ?? (await openRange(session, job));
  return { job, range, slices: slicesIn(job, range) };
}

/** Opens it, or finds it open. Throws `backfill-open` where another one is. */
export async function openBackfill(
  session: Session,
  { job, range }: BackfillSlices,
  reason?: string,
): Promise<Backfill> {
  const audit = auditOf(session, reason);
  const asked = { id: session.host.nonce, ...range };
  await changeState(session, job, (state) => ({ next: startBackfill(state, asked, audit), says: '' }));
  const { backfill } = (await readState(session.bucket, job.id)).state;
  return backfill ?? { ...asked, through: range.from };
}

/** Only what can be asked for a span of the past, and what does not take that for everything there is. */
async function refuseUnfit(session: Session, job: Job): Promise<void> {
  const { id } = job;
  if (isElsewhere(job, session.environment.name)) {
    throw new TidemillError('config', 'other-environment', `${id} ${elsewhereReason(job)}`);
  }
  const stream = await streamIn(session, job);
  if ((stream === undefined ? job.scope : stream.scope) === 'everything') {
    const message = `${id}: each run says everything there is, so a slice of the past would delete the rest`;
    throw new TidemillError('config', 'backfill-replace', message, { hint: `\`tidemill run ${id}\` reads all of it.` });
  }
  if (stream?.cursor === undefined || stream.cursor.at !== undefined) return;
  throw new TidemillError('config', 'backfill-no-past', `${id}: its source cannot be asked for a span of the past`, {
    hint: `\`tidemill run ${id} --full-refresh\` reads again all that the source still tells.`,
  });
}

/** The span that was asked for; undefined when none was. */
function rangeOf({ host }: Session, { from, to }: BackfillRequest): Range | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined) {
    throw new TidemillError('config', 'backfill-range', 'A backfill has both ends: --from and --to');
  }
  const [start, end] = [parseInstant('--from', from), parseInstant('--to', to)];
  if (start < end && end <= host.clock.now()) return { from: start.toISOString(), to: end.toISOString() };
  throw new TidemillError('config', 'backfill-range', `From ${from} to ${to} is no span of the past`);
}

async function openRange({ bucket }: Session, { id }: Job): Promise<Range> {
  const { backfill } = (await readState(bucket, id)).state;
  if (backfill !== undefined) return backfill;
  throw new TidemillError('config', 'backfill-none', `${id} has no open backfill to go on with`, {
    hint: 'Start one with --from and --to.',
  });
}

function slicesIn(job: Job, { from, to }: Range): Interval[] {
  const slices = [...slicesOf(job, new Date(from), new Date(to)).take(MOST_SLICES + 1)];
  if (slices.length <= MOST_SLICES) return slices;
  throw new TidemillError('config', 'backfill-range', `From ${from} to ${to} are more than ${MOST_SLICES} slices`);
}
