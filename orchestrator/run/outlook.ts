/** What happens next to a slot whose run failed: told from the same facts that decided it. Pure. */
import { openBreaker } from '../plan/breaker.ts';
import { mostLate } from '../plan/ending.ts';
import { isManual } from '../plan/owed.ts';
import { openBackfillCommand } from '../result/gates.ts';
import { countedAttempts } from '../state/attempts.ts';
import { openCrawls } from '../state/crawl.ts';
import type { JobState } from '../state/job-state.ts';
import { inEnvironment, instant } from '../text/format.ts';
import type { Order } from './order.ts';

/** What became of the slot: `taken` by another run, or by a person who took the claim away. */
export type SlotEnding = 'owed' | 'settled' | 'taken';

/** One sentence. `state` is as the run left it; undefined when nobody knows. */
export function outlookOf(order: Order, ending: SlotEnding, state: JobState | undefined, environment: string): string {
  const { job, slot, mode, next } = order;
  if (ending === 'taken') return 'Another run has it now; where none has, the next one goes on with it.';
  if (mode === 'backfill') return backfillOutlook(job.id, state, environment);
  if (mode === 'replay') return 'The next run of the job goes on with it.';
  if (state !== undefined && openCrawls(state).length > 0)
    return 'The next plan goes on with its crawls: none is asked for twice.';
  if (isManual(slot)) return 'A run by hand is not tried again; the next run reads on from where the last one stopped.';
  if (ending === 'owed') return owedOutlook(order, state, environment);
  const heir = next === undefined ? 'the next run' : `the next slot, ${next},`;
  return `The slot is given up; ${heir} reads on from where the last run stopped, so nothing is left out.`;
}

const backfillOutlook = (job: string, state: JobState | undefined, environment: string): string =>
  state?.backfill === undefined
    ? 'It was read to its end; the next run of the job loads what is not loaded yet.'
    : `\`${openBackfillCommand(job, environment)}\` goes on from there.`;

function owedOutlook({ job, slot }: Order, state: JobState | undefined, environment: string): string {
  const tries = state === undefined ? 0 : countedAttempts(state, slot);
  const count = tries === 0 ? '' : `, after attempt ${tries} of ${job.max_attempts}`;
  const breaker = state === undefined ? undefined : openBreaker(job, state);
  const plan =
    breaker === undefined
      ? 'the next plan'
      : `the breaker is open, and the first plan after ${instant(breaker.probeAt.toISOString())}`;
  const most = mostLate(job);
  const limit = Number.isFinite(most) ? `, unless it is more than ${most} min late by then` : '';
  const heir = job.catchup === 'all' ? '' : '; a newer slot that has come by then reads its interval in its place';
  // A run by hand is never held back.
  const atOnce =
    breaker === undefined
      ? ''
      : `. When what it lacks is mended: \`npx tidemill run ${job.id}${inEnvironment(environment)}\` runs it at once`;
  return `The slot is still owed${count}: ${plan} tries it again${limit}${heir}${atOnce}.`;
}
