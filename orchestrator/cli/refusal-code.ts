import { errorKinds } from '@tidemill/kit';
import type { Decision } from '../plan/types.ts';

/** Who names a job by its id relies on it to run; of globs and groups those run that may. */
export function refusalCode([first]: readonly Decision[]): number {
  if (first === undefined) return 0;
  return first.decision === 'in_progress' ? errorKinds.transient.exit : errorKinds.config.exit;
}
