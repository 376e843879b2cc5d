import { plan } from '../plan/plan.ts';
import { instant, lateness } from '../report/format.ts';
import { textTable } from '../report/table.ts';
import { printUnreadable } from './errors.ts';
import type { DefineCommand } from './program.ts';
import { type CommonOptions, openSession, planInput } from './session.ts';

const EXAMPLE = `
Example:
  tidemill status --environment prd --json`;

export const statusCommand: DefineCommand = (command, host, exit) => {
  command('status')
    .description('Where every job stands: the last outcome, what is owed and how late, the cursor. Only looks.')
    .addHelpText('after', EXAMPLE)
    .action(async (options: CommonOptions) => {
      const session = await openSession(host, options);
      const { input, unreadable } = await planInput(session);
      printUnreadable(host, unreadable);
      exit(unreadable[0]?.exitCode ?? 0);
      const { runs, decisions, now } = plan(input);
      const jobs = decisions.map(({ job, decision, reason, next }) => {
        const state = input.states.get(job);
        const owed = runs.filter((run) => run.job === job).map(({ slot }) => slot);
        const late = owed[0] === undefined ? undefined : (Date.parse(now) - Date.parse(owed[0])) / 1000;
        return {
          job,
          decision,
          reason,
          owed,
          ...(late === undefined ? {} : { lateness_seconds: late }),
          ...(next === undefined ? {} : { next }),
          ...(state?.settled_through === undefined ? {} : { settled_through: state.settled_through }),
          ...(state?.cursor === undefined ? {} : { cursor: state.cursor.value }),
          ...(state?.claim === undefined ? {} : { claim: state.claim }),
          packages_to_load: state?.packages.length ?? 0,
          recent: state?.recent ?? [],
        };
      });
      const document = { now, environment: session.environment.name, jobs };
      host.stdout.write(options.json ? `${JSON.stringify(document, undefined, 2)}\n` : statusText(jobs));
    });
};

interface StatusLine {
  readonly job: string;
  readonly decision: string;
  readonly owed: readonly string[];
  readonly lateness_seconds?: number;
  readonly next?: string;
  readonly recent: readonly { readonly slot: string; readonly outcome: string; readonly at: string }[];
}

function statusText(jobs: readonly StatusLine[]): string {
  const rows = jobs.map(({ job, decision, owed, lateness_seconds: late, next, recent }) => {
    const last = recent.at(-1);
    return [
      job,
      decision,
      last === undefined ? 'never ran' : `${last.outcome} ${instant(last.at)}`,
      owed.length === 0 || late === undefined ? '' : `${owed.length}, ${lateness(late)}`,
      next === undefined ? 'by hand' : instant(next),
    ];
  });
  return `${textTable(['job', 'now', 'last', 'owed', 'next slot'], rows)}\n`;
}
