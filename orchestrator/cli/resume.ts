import { openSession } from '../app/session.ts';
import type { Job } from '../config/job.ts';
import { nextSlotOf } from '../plan/owed.ts';
import { resume } from '../state/operate.ts';
import { instant } from '../text/format.ts';
import { changeState, deedOf, jobsOf, type Operated, type OperateOptions, operate, reasonOption } from './operate.ts';
import type { DefineCommand } from './program.ts';

const EXAMPLE = `
Example:
  tidemill resume 'shop_*' --environment prd`;

export const resumeCommand: DefineCommand = (command, host, exit) => {
  reasonOption(command('resume').argument('<jobs...>', 'ids or globs, comma-separated'))
    .description('Let paused jobs follow their schedule again. Slots that plans saw meanwhile are settled as skipped.')
    .addHelpText('after', EXAMPLE)
    .action(async (words: string[], options: OperateOptions) => {
      const session = await openSession(host, options);
      const deed = deedOf(session, options);
      const act = (job: Job): Promise<Operated> =>
        changeState(session, job, (state) => {
          const next = resume(state, deed);
          if (next === undefined) return { next, says: 'was not paused' };
          const slot = nextSlotOf(job, session.host.clock.now());
          return { next, says: slot === undefined ? 'resumed' : `resumed; next slot ${instant(slot)}` };
        });
      exit(await operate(session, jobsOf(session, words), options, act));
    });
};
