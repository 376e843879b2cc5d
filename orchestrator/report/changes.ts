/** What has changed in a table, in words. Pure. */
import type { ChangeCounts, ToldChanges } from '../events/run-event.ts';
import { count, inEnvironment } from '../text/format.ts';

/** `12 inserted, 3 updated, 1 moved`; nothing where nothing has changed. */
export function changesText({ inserted, updated, deleted, moved, split }: ChangeCounts): string {
  const kinds = Object.entries({ inserted, updated, deleted, moved, split });
  return kinds
    .filter(([, rows]) => rows > 0)
    .map(([kind, rows]) => `${count(rows)} ${kind}`)
    .join(', ');
}

export const rowsIn = ({ inserted, updated, deleted, moved, split }: ChangeCounts): number =>
  inserted + updated + deleted + moved + split;

const MOST_COLUMNS = 10;

/** `baseline (12), name (1)`, the most frequent first. */
export function changedColumnsText({ columns }: ChangeCounts): string {
  const all = Object.entries(columns);
  const named = all.slice(0, MOST_COLUMNS).map(([name, rows]) => `${name} (${count(rows)})`);
  const more = all.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** What somebody types to see them row by row. */
export function diffLine(job: string, { from, to }: Pick<ToldChanges, 'from' | 'to'>, environment: string): string {
  const points = from === undefined || to === undefined ? '' : ` --from ${from} --to ${to}`;
  return `npx tidemill diff ${job}${points}${inEnvironment(environment)}`;
}
