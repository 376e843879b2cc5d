import { openSession } from '../app/session.ts';
import type { Job } from '../config/job.ts';
import { unlock } from '../state/operate.ts';
import { readState } from '../state/store.ts';
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
  tidemill unlock shop_orders --reason "the runner was lost" --environment prd`;

export const unlockCommand: DefineCommand = (command, host, exit) => {
  yesOption(reasonOption(command('unlock').argument('<jobs...>', 'ids or globs, comma-separated')))
    .description(
      'Take the claim from the run that holds it, without waiting for its lease to end. It changes nothing after.',
    )
    .addHelpText('after', EXAMPLE)
    .action(async (words: string[], options: OperateOptions) => {
      const session = await openSession(host, options);
      const isLive = isLiveIn(session);
      const deed = deedOf(session, options);
      const jobs = jobsOf(session, words);
      const alive: string[] = [];
      for (const { id } of jobs) {
        const claim = (await readState(session.bucket, id).catch(() => undefined))?.state.claim;
        if (claim !== undefined && isLive(claim))
          alive.push(`run ${claim.run} is at ${id} until ${claim.lease_until}.`);
      }
      const question = `${alive.join(' ')} Take the claim away?`;
      const declined = alive.length === 0 ? undefined : await confirm(session, options, question);
      if (declined !== undefined) return exit(declined);
      const act = (job: Job): Promise<Operated> =>
        changeState(session, job, (state) => {
          const { claim } = state;
          if (claim === undefined) return { next: undefined, says: 'nobody has a claim' };
          return { next: unlock(state, deed), says: `run ${claim.run} has lost its claim on ${claim.slot}` };
        });
      exit(await operate(session, jobs, options, act));
    });
};
