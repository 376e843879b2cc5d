import { openSession } from '../app/session.ts';
import type { Job } from '../config/job.ts';
import { reset } from '../state/operate.ts';
import { plural } from '../text/format.ts';
import {
  changeState,
  confirm,
  deedOf,
  isLiveIn,
  jobsOf,
  type Operated,
  type OperateOptions,
  operate,
  reasonOption,
  yesOption,
} from './operate.ts';
import type { DefineCommand } from './program.ts';

const EXAMPLE = `
Example:
  tidemill reset shop_orders --reason "the shop gave every order a new id" --environment prd`;

export const resetCommand: DefineCommand = (command, host, exit) => {
  yesOption(reasonOption(command('reset').argument('<jobs...>', 'ids or globs, comma-separated')))
    .description(
      'Forget the cursor, so that the next run reads everything again. The data stays, in bronze and silver.',
    )
    .addHelpText('after', EXAMPLE)
    .action(async (words: string[], options: OperateOptions) => {
      const session = await openSession(host, options);
      const jobs = jobsOf(session, words);
      const names = jobs.length <= 3 ? jobs.map(({ id }) => id).join(', ') : plural(jobs.length, 'job');
      const declined = await confirm(session, options, `Forget the cursor of ${names}?`);
      if (declined !== undefined) return exit(declined);
      const deed = deedOf(session, options);
      const act = (job: Job): Promise<Operated> =>
        changeState(session, job, (state) => {
          const kept = state.cursor === undefined ? 'there was none' : 'the old one is in `tidemill status` of the job';
          const says = `the next run reads from the start (${kept})`;
          return { next: reset(state, isLiveIn(session), deed), says };
        });
      exit(await operate(session, jobs, options, act));
    });
};
