/** What a check of runs is, and when the processes die that it kills. */
import type { RunEvent } from '../../orchestrator/events/run-event.ts';
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

/** The same of each run, whatever the connector: what a death there leaves, the tests of the pipeline kill. */
const OF_THE_PIPELINE: ReadonlySet<RunEvent['type']> = new Set(['claimed', 'rows_mapped', 'done']);

/**
 * Of what a run told of its way, counted from 1: the first, the middle and the last of each kind that depends on the connector, as of
 * the pages it has read and of the marks that were committed.
 */
export function turnsOf(progress: readonly RunEvent['type'][]): Set<number> {
  const numbers = Map.groupBy(progress.keys(), (index) => progress[index]);
  const own = [...numbers].filter(([type]) => type !== undefined && !OF_THE_PIPELINE.has(type));
  const some = own.flatMap(([, of]) => [of[0], of[Math.floor(of.length / 2)], of.at(-1)]);
  return new Set(some.flatMap((index) => (index === undefined ? [] : [index + 1])));
}
