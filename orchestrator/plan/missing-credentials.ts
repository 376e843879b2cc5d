/** Which jobs of a plan lack credentials, and whether somebody counts on them. Pure. */
import { isEmpty } from './manual.ts';
import type { Decision, MissingCredentials, PlanInput } from './types.ts';

/** In the order of the configuration; of a plan by hand only jobs that were selected. */
export function missingCredentialsIn(decisions: readonly Decision[], input: PlanInput): MissingCredentials[] {
  return decisions.flatMap((decision) => {
    const { job } = decision;
    const names = mayRun(decision) ? (input.missingCredentials?.(job) ?? []) : [];
    if (names.length === 0) return [];
    const help = input.credentialsHelp?.(job);
    const alarm = alarmOf(decision, input);
    return [{ job, names, ...(help === undefined ? {} : { help }), ...(alarm === undefined ? {} : { alarm }) }];
  });
}

/** Now or at a later slot. */
const mayRun = ({ decision }: Decision): boolean => decision === 'missing_credentials' || decision === 'not_due';

/** A job that has never run may be one that nobody has asked for yet; it is named, and keeps nobody awake. */
function alarmOf({ job, decision }: Decision, { selection, states }: PlanInput): MissingCredentials['alarm'] {
  if (decision !== 'missing_credentials') return undefined;
  // With force alone nobody has named it.
  if (selection !== undefined && !isEmpty({ ...selection, force: false })) return 'asked_for';
  return states.get(job)?.head === undefined ? undefined : 'ran_before';
}
