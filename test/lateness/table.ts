/** What became of the slots of a month, as a table for people. */

import { Outcome } from '../../orchestrator/state/job-state.ts';
import { textTable } from '../../orchestrator/text/table.ts';
import { HOUR } from './deliveries.ts';
import { identityOf, jobIds } from './jobs.ts';
import type { Entry } from './journal.ts';
import type { Month } from './month.ts';

/** Slots by what became of them; manual runs are no slots. */
export type Tally = Readonly<Record<Outcome, number>>;

export const isSlot = ({ slot }: Pick<Entry, 'slot'>): boolean => !slot.startsWith('manual-');

export function tallyOf(entries: readonly Entry[]): Tally {
  const count = (word: Outcome): number => entries.filter((entry) => entry.word === word && isSlot(entry)).length;
  return Object.fromEntries(Outcome.options.map((word) => [word, count(word)])) as Tally;
}

const HEAD = ['job', 'catchup', 'slots', ...Outcome.options, 'runs', 'worst lateness'];

/** One line a job and policy, then one for all of them. */
export function monthTable(months: readonly Month[]): string {
  const rows = jobIds.flatMap((id) =>
    months.map(({ judge, options }) => {
      const entries = judge.journal.entries.filter(({ job }) => identityOf(job) === id);
      return rowOf(id, options.catchup, entries, judge.visits.get(id) ?? 0);
    }),
  );
  const all = months.flatMap(({ judge }) => judge.journal.entries);
  const runs = months.flatMap(({ judge }) => [...judge.visits.values()]).reduce((sum, each) => sum + each, 0);
  return textTable(HEAD, [...rows, rowOf('total', '', all, runs)]);
}

function rowOf(job: string, catchup: string, entries: readonly Entry[], runs: number): string[] {
  const tally = tallyOf(entries);
  const slots = entries.filter(isSlot);
  const late = slots.filter(({ word }) => word === 'done').map(({ slot, at }) => Date.parse(at) - Date.parse(slot));
  const words = Outcome.options.map((word) => String(tally[word]));
  return [job, catchup, String(slots.length), ...words, String(runs), hours(Math.max(0, ...late))];
}

const hours = (milliseconds: number): string => `${(milliseconds / HOUR).toFixed(1)} h`;
