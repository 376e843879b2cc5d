/** That a plan had work and no leg of it began. Pure. */
import { TidemillError } from '@tidemill/kit';
import type { Plan } from '../plan/types.ts';
import { plural } from '../text/format.ts';

export const WHY_UNSTARTED =
  'GitHub does not hand on what looks like a part of a secret, and takes each line of a secret for one';

export const UNSTARTED_HINT =
  'Look for a secret of one to four characters, or of several lines: a JSON file belongs in one line. What is no secret belongs in the variables of the environment. The warning of the job Plan names the output; the next plan runs what is owed.';

/**
 * Kind `config`, when GitHub skipped all legs of a plan that had runs; undefined otherwise. `legs`: how they ended, in GitHub's
 * words, where somebody knows.
 */
export function unstartedError(
  plan: Pick<Plan, 'runs'> | undefined,
  results: readonly unknown[],
  legs: string | undefined,
): TidemillError | undefined {
  const { length } = plan?.runs ?? [];
  if (legs !== 'skipped' || length === 0 || results.length > 0) return undefined;
  const message = `The plan had ${plural(length, 'run')}, and no leg ran. ${WHY_UNSTARTED}`;
  return new TidemillError('config', 'plan-not-handed-on', message, { hint: UNSTARTED_HINT });
}
