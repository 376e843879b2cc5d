import { openSession } from '../app/session.ts';
import type { Job } from '../config/job.ts';
import { pause } from '../state/operate.ts';
import { instant } from '../text/format.ts';
import { changeState, deedOf, jobsOf, type Operated, type OperateOptions, operate, reasonOption } from './operate.ts';
import type { DefineCommand } from './program.ts';

const EXAMPLE = `
Example:
  tidemill pause 'shop_*' --reason "the shop's API is rebuilt until Monday" --environment prd`;

export const pauseCommand: DefineCommand = (command, host, exit) => {
  reasonOption(command('pause').argument('<jobs...>', 'ids or globs, comma-separated'))
    .description('Keep jobs from running by their schedule until they are resumed. A run that is at it ends in order.')
    .addHelpText('after', EXAMPLE)
    .action(async (words: string[], options: OperateOptions) => {
      const session = await openSession(host, options);
      const deed = deedOf(session, options);
      const act = (job: Job): Promise<Operated> =>
        changeState(session, job, (state) => {
          const { paused, claim } = state;
          if (paused !== undefined) {
            return { next: undefined, says: `was paused already, since ${instant(paused.at)}: ${paused.reason}` };
          }
          const running = claim === undefined ? '' : `; run ${claim.run} ends in order`;
          return { next: pause(state, deed), says: `paused: ${deed.why}${running}` };
        });
      exit(await operate(session, jobsOf(session, words), options, act));
    });
};
