/** How often a slot was tried, and what counts of that. Pure. */
import type { JobState } from './job-state.ts';

/** Tries at a slot so far: failures that were recorded, and one whose process died before it could record any. */
export function attemptsAt(state: JobState, slot: string): number {
  const recorded = state.attempt?.slot === slot ? state.attempt.count : 0;
  const died = state.claim?.slot === slot ? state.claim.attempt : 0;
  return Math.max(recorded, died);
}

/** Those of them that count against `max_attempts`: what may pass by itself does not. */
export const countedAttempts = (state: JobState, slot: string): number =>
  attemptsAt(state, slot) - passedAt(state, slot);

/** Those that failed for what may pass by itself. */
export const passedAt = ({ attempt }: JobState, slot: string): number =>
  attempt?.slot === slot ? (attempt.passed ?? 0) : 0;

/** As an attempt has it: nothing for none. */
export const passedOf = (passed: number): { readonly passed?: number } => (passed === 0 ? {} : { passed });
