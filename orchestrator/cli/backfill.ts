import { type BackfillSlices, backfillSlices } from '../app/backfill.ts';
import { openSession } from '../app/session.ts';
import { instant, plural } from '../text/format.ts';
import { textTable } from '../text/table.ts';
import { type DefineCommand, print } from './command.ts';
import { type OperateOptions, operateJobs, reasonOption } from './operate.ts';

interface BackfillOptions extends OperateOptions {
  readonly from?: string;
  readonly to?: string;
  readonly dryRun?: true;
  readonly abandon?: true;
}

const EXAMPLE = `
Examples:
  tidemill backfill shop_orders --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --reason "January was lost"
  tidemill backfill shop_orders --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --dry-run
  tidemill backfill shop_orders              goes on where an open backfill stopped
  tidemill backfill shop_orders --abandon    gives it up`;

export const backfillCommand: DefineCommand = (command, terminal, exit) => {
  reasonOption(command('backfill').argument('<job>', 'its id'))
    .description(
      'Read a span of the past again, one interval of the job after the other, also while the job is paused. The cursor stays where it is.',
    )
    .option('--from <instant>', 'where the span begins')
    .option('--to <instant>', 'where it ends; not in it any more')
    .option('--dry-run', 'list the slices and change nothing')
    .option('--abandon', 'give the open backfill up; what it has read stays')
    .addHelpText('after', EXAMPLE)
    .action(async (job: string, options: BackfillOptions) => {
      if (options.abandon)
        return exit(await operateJobs(terminal, { operation: 'abandon_backfill', jobs: [job] }, options));
      const session = await openSession(terminal, options);
      const planned = await backfillSlices(session, { job, ...options });
      if (options.dryRun) return print(terminal, options, ...sliceList(planned));
      const { runSlices } = await import('./run-backfill.ts');
      exit(await runSlices(terminal, session, planned, options));
    });
};

function sliceList({ job, slices }: BackfillSlices): [document: unknown, text: () => string] {
  const rows = slices.map(({ start, end }) => ({ from: start.toISOString(), to: end.toISOString() }));
  const table = (): string =>
    textTable(
      ['from', 'to'],
      rows.map(({ from, to }) => [instant(from), instant(to)]),
    );
  return [{ job: job.id, slices: rows }, () => `${job.id}: ${plural(rows.length, 'slice')}\n\n${table()}\n`];
}
