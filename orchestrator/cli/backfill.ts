import { type Interval, TidemillError } from '@tidemill/kit';
import { openSession, parseInstant } from '../app/session.ts';
import type { Job } from '../config/job.ts';
import { slicesOf } from '../plan/slices.ts';
import { elsewhereReason, isElsewhere } from '../plan/verdict.ts';
import type { Backfill } from '../state/job-state.ts';
import { abandonBackfill, startBackfill } from '../state/operate.ts';
import { readState } from '../state/store.ts';
import { instant, plural } from '../text/format.ts';
import { textTable } from '../text/table.ts';
import type { TerminalSession as Session } from './host.ts';
import { changeState, deedOf, isLiveIn, jobOf, type OperateOptions, operate, reasonOption } from './operate.ts';
import type { DefineCommand } from './program.ts';
import { streamIn } from './rewind.ts';

interface BackfillOptions extends OperateOptions {
  readonly from?: string;
  readonly to?: string;
  readonly dryRun?: true;
  readonly abandon?: true;
}

type Range = Pick<Backfill, 'from' | 'to'>;

/** A job by the minute, for two months. */
const MOST_SLICES = 100_000;

const EXAMPLE = `
Examples:
  tidemill backfill shop_orders --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --reason "January was lost"
  tidemill backfill shop_orders --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --dry-run
  tidemill backfill shop_orders              goes on where an open backfill stopped
  tidemill backfill shop_orders --abandon    gives it up`;

export const backfillCommand: DefineCommand = (command, host, exit) => {
  reasonOption(command('backfill').argument('<job>', 'its id'))
    .description(
      'Read a span of the past again, one interval of the job after the other, also while the job is paused. The cursor stays where it is.',
    )
    .option('--from <instant>', 'where the span begins')
    .option('--to <instant>', 'where it ends; not in it any more')
    .option('--dry-run', 'list the slices and change nothing')
    .option('--abandon', 'give the open backfill up; what it has read stays')
    .addHelpText('after', EXAMPLE)
    .action(async (id: string, options: BackfillOptions) => {
      const session = await openSession(host, options);
      const job = jobOf(session, id);
      if (options.abandon) return exit(await operate(session, [job], options, () => abandon(session, job, options)));
      await refuseUnfit(session, job);
      const range = rangeOf(session, options) ?? (await openRange(session, job));
      const slices = slicesIn(job, range);
      if (options.dryRun) return host.stdout.write(dryRun(job, slices, options));
      const backfill = await open(session, job, range, options);
      const { runBackfill } = await import('./run-backfill.ts');
      exit(await runBackfill(session, { job, backfill, slices }, options));
    });
};

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
function rangeOf({ host }: Session, { from, to }: BackfillOptions): Range | undefined {
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

async function open(session: Session, job: Job, range: Range, options: BackfillOptions): Promise<Backfill> {
  const deed = deedOf(session, options);
  const asked = { id: session.host.nonce, ...range };
  await changeState(session, job, (state) => ({ next: startBackfill(state, asked, deed), says: '' }));
  const { backfill } = (await readState(session.bucket, job.id)).state;
  return backfill ?? { ...asked, through: range.from };
}

function abandon(session: Session, job: Job, options: BackfillOptions) {
  const deed = deedOf(session, options);
  return changeState(session, job, (state) => {
    const { backfill } = state;
    if (backfill === undefined) return { next: undefined, says: 'no backfill is open' };
    const says = `backfill given up at ${instant(backfill.through)}; what it has read stays`;
    return { next: abandonBackfill(state, isLiveIn(session), deed), says };
  });
}

function dryRun({ id }: Job, slices: readonly Interval[], { json }: BackfillOptions): string {
  const rows = slices.map(({ start, end }) => ({ from: start.toISOString(), to: end.toISOString() }));
  if (json) return `${JSON.stringify({ job: id, slices: rows }, undefined, 2)}\n`;
  const table = textTable(
    ['from', 'to'],
    rows.map(({ from, to }) => [instant(from), instant(to)]),
  );
  return `${id}: ${plural(rows.length, 'slice')}\n\n${table}\n`;
}
