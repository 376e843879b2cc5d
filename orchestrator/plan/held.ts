/** Why nothing runs although something is owed. Pure. */
import { emptyState } from '../state/transitions.ts';
import { owedSlots } from './owed.ts';
import type { DecisionWord, Plan, PlanInput } from './types.ts';

/** What a plan says of a job that owes something. */
export const owing: ReadonlySet<DecisionWord> = new Set([
  'run',
  'resume',
  'waiting',
  'in_progress',
  'breaker_open',
  'missing_credentials',
  'unit_gone',
  'deferred',
]);

/** What a plan says of a job that it runs. */
export const isRunning = ({ decision }: { readonly decision: DecisionWord }): boolean =>
  decision === 'run' || decision === 'resume';

/**
 * `3 owed, breaker open (shop_orders: the last 5 runs failed; …)`; undefined when something runs, or nothing is owed. Crawls by hand
 * are waited for although no slot is owed.
 */
export function heldText({ states, now }: PlanInput, { runs, decisions }: Plan): string | undefined {
  if (runs.length > 0) return undefined;
  const [away] = decisions;
  if (away !== undefined && decisions.every(({ decision }) => decision === 'other_environment'))
    return `every job is of another environment (${away.job}: ${away.reason})`;
  const held = decisions
    .filter(({ decision }) => owing.has(decision))
    .map((decision) => ({
      ...decision,
      slots: owedSlots(states.get(decision.job) ?? emptyState(decision.job), now)?.count ?? 0,
    }))
    .filter(({ slots, decision }) => slots > 0 || decision === 'waiting');
  const [first, ...others] = held;
  if (first === undefined) return undefined;
  const slots = held.reduce((sum, job) => sum + job.slots, 0);
  const more = others.length === 0 ? '' : `; ${others.length} more: \`npx tidemill plan\` says why`;
  const owed = slots === 0 ? '' : `${slots} owed, `;
  return `${owed}${first.decision.replaceAll('_', ' ')} (${first.job}: ${first.reason}${more})`;
}
