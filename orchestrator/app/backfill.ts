/** Reads a span of the past again: what it comes to in slices, and how it is opened. */
import { type Interval, type Stream, TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { readingOf } from '../plan/interval.ts';
import { slicesOf } from '../plan/slices.ts';
import { elsewhereReason, isElsewhere } from '../plan/verdict.ts';
import { noBackfill } from '../run/crawl/targets.ts';
import { refuseSpan } from '../run/reading.ts';
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

/**
 * Only looks. Throws kind `config` for what cannot be asked for a span of the past, for what is none, and `span-doubles`
 * for one that was read already, where nothing tells a row that comes again from a new one.
 */
export async function backfillSlices(session: Session, request: BackfillRequest): Promise<BackfillSlices> {
  const job = jobOf(session, request.job);
  const stream = await streamIn(session, job);
  refuseUnfit(session, job, stream);
  const asked = rangeOf(session, request);
  if (asked !== undefined) await refuseToDouble(session, job, stream, asked);
  const range = asked ?? (await openRange(session, job));
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
function refuseUnfit(session: Session, job: Job, stream: Stream | undefined): void {
  const { id } = job;
  if (isElsewhere(job, session.environment.name)) {
    throw new TidemillError('config', 'other-environment', `${id} ${elsewhereReason(job)}`);
  }
  // Before it is opened: it would never end.
  if (stream?.crawl !== undefined) throw noBackfill(job);
  if ((stream === undefined ? job.scope : stream.scope) === 'everything') {
    const message = `${id}: each run says everything there is, so a slice of the past would delete the rest`;
    throw new TidemillError('config', 'backfill-replace', message, {
      hint: `\`npx tidemill run ${id}\` reads all of it.`,
    });
  }
  if (stream?.cursor === undefined || stream.cursor.at !== undefined) return;
  throw new TidemillError('config', 'backfill-no-past', `${id}: its source cannot be asked for a span of the past`, {
    hint: `\`npx tidemill run ${id} --full-refresh\` reads again all that the source still tells.`,
  });
}

/** What is in bronze of the span, or will be by the next run, must not come again into a table without a key. */
async function refuseToDouble({ bucket, host }: Session, job: Job, stream: Stream | undefined, range: Range) {
  const written = stream ?? { key: job.primary_key, write: job.write };
  if (written.write !== 'append' || written.key.length > 0) return;
  const { state } = await readState(bucket, job.id);
  // It goes on with what it has begun.
  if (state.backfill?.from === range.from && state.backfill.to === range.to) return;
  const span = { start: new Date(range.from), end: new Date(range.to) };
  await refuseSpan(bucket, { job: job.id, head: state.head, stream: written, span });
  const { start } = readingOf(job, state, { slot: 'manual-', now: host.clock.now() }).interval;
  if (stream?.cursor !== undefined || span.end <= start) return;
  const message = `${job.id}: its table has no key, and the next run reads from ${start.toISOString()} on: both would double its rows`;
  throw new TidemillError('config', 'span-doubles', message, {
    hint: `Ask for what lies before that, or let the job read it: \`npx tidemill run ${job.id}\`.`,
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
