import type { Snapshot } from './snapshot.ts';

/** As JSON, a line for each unit: a person who opens the bucket can read it, and a plan that reads many of them has half as much to read. */
export function snapshotText({ units, history, ...facts }: Snapshot): string {
  const list = (items: readonly object[]): string => `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
  return `${JSON.stringify(facts).slice(0, -1)},\n"units": ${list(units)},\n"history": ${list(history)}}\n`;
}
