/** What became of runs, a mark each. Pure. */
import type { Outcome, Settlement } from '../state/job-state.ts';
import { instant } from '../text/format.ts';
import { lineText } from '../text/table.ts';

const marks = { done: '✓', failed: '✗', superseded: '›', missed: '!', skipped: '–' } as const satisfies Record<
  Outcome,
  string
>;

/** What a settlement of a run begins with that was loaded and is red all the same. */
const GATE = 'gate-not-met: ';

export const isOverGate = ({ outcome, reason = '' }: Settlement): boolean =>
  outcome === 'done' && reason.startsWith(GATE);

export const markOf = (settled: Settlement): string => (isOverGate(settled) ? marks.failed : marks[settled.outcome]);

/** Of the newest that ran: its data is there, and somebody has to look. */
export function gateTexts({ recent }: { readonly recent: readonly Settlement[] }): string[] {
  const newest = recent.findLast(({ outcome }) => outcome === 'done' || outcome === 'failed');
  if (newest === undefined || !isOverGate(newest)) return [];
  return [lineText(`gate not met on ${instant(newest.at)}: ${(newest.reason ?? '').slice(GATE.length)}`)];
}

export const legend = (): string =>
  Object.entries(marks)
    .map(([outcome, mark]) => `${mark} ${mark === marks.failed ? 'failed or over a gate' : outcome}`)
    .join('  ');
