import { openSession } from '../app/session.ts';
import { environmentsAway, status } from '../app/status.ts';
import { statusTable } from '../report/status.ts';
import { statusDetail } from '../report/status-detail.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';

const EXAMPLE = `
Examples:
  tidemill status --environment prd --json
  tidemill status shop_orders        everything about one job: outcomes with their reasons, who did what by hand`;

export const statusCommand: DefineCommand = (command, terminal, exit) => {
  command('status')
    .argument('[jobs...]', 'ids or globs, comma-separated; all of them if not given')
    .description('Where every job stands: the last outcome, what is owed and how late, the cursor. Only looks.')
    .addHelpText('after', EXAMPLE)
    .action(async (words: string[], options: CommonOptions) => {
      const session = await openSession(terminal, options);
      const { unreadable, ...document } = await status(session, words);
      exit(await printErrors(terminal, unreadable));
      const [only, ...others] = document.jobs;
      const isOne = words.length > 0 && others.length === 0 && only !== undefined;
      print(terminal, options, document, () =>
        isOne ? statusDetail(only) : statusTable(document.jobs, environmentsAway(session)),
      );
    });
};
