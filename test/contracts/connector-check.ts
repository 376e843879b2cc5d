/** What a check of runs is, and when the processes die that it kills. */
import type { Subject, Trial } from './connector-trial.ts';

export interface RunCheck {
  readonly promise: string;
  /** Streams it says nothing about are left out. */
  readonly concerns?: (subject: Subject) => boolean;
  readonly run: (trial: Trial, subject: Subject) => Promise<void>;
}

/** Processes killed in one check; every one costs a whole trial. */
const DEATHS = 10;

/** Whole numbers from 1 to `last`, `DEATHS` of them at most, both ends among them. */
export function someOf(last: number): Set<number> {
  const steps = Math.min(last, DEATHS) - 1;
  const spread = (step: number) => 1 + Math.round((step * (last - 1)) / Math.max(1, steps));
  return new Set(Array.from({ length: steps + 1 }, (_, step) => spread(step)));
}
