/** What a replay would change in a warehouse, row by row. */
import { packageOf } from './bronze/places.ts';
import { type Example, examplesOf } from './compare/examples.ts';
import type { Place } from './compare/fingerprint.ts';
import { compareRows, type Difference, type Totals } from './compare/join.ts';
import { type ChangedColumn, changedColumns, placeOf } from './compare/tally.ts';
import { lastScan, type Rehearsal, type Scratch } from './rehearse.ts';
import { mayDelete } from './silver/may-delete.ts';
import { deleteLimits } from './unnamed.ts';
import type { Verification } from './verify.ts';

/** `kept`: rows that today's code does not make, and a replay leaves all the same. */
type Fate = 'added' | 'changed' | 'removed' | 'kept';

export interface Rows {
  readonly rows: number;
  /** Some of them: where in bronze they come from. */
  readonly places: readonly Place[];
  /** Only where values may be shown. */
  readonly examples: readonly Example[];
}

export interface DryRun extends Readonly<Record<Fate, Rows>> {
  /** What lies there, and what the chain makes today. */
  readonly silver: Totals;
  readonly bronze: Totals;
  readonly columns: readonly ChangedColumn[];
  /** Records that were read, and those that today's code rejects. */
  readonly records: number;
  readonly rejected: number;
}

const MOST_EXAMPLES = 3;

interface Tally {
  rows: number;
  readonly some: Difference[];
}

/** The chain was loaded into the scratch warehouse before, which came to `rehearsal`. Reads silver once. */
export async function dryRun(about: Verification, rehearsal: Rehearsal, scratch: Scratch): Promise<DryRun> {
  const { table, warehouse, manifests } = about;
  const tallies = { missing: tally(), changed: tally(), mine: tally(), others: tally() };
  const loaded = new Set(manifests.map(packageOf));
  const changed = new Map<number, number>();
  const add = (difference: Difference): void => {
    if (difference.what === 'changed') {
      for (const column of difference.columns) changed.set(column, (changed.get(column) ?? 0) + 1);
    }
    if (difference.what === 'mislabelled') return;
    const extra = (object: string) => (loaded.has(packageOf(object)) ? tallies.mine : tallies.others);
    note(difference.what === 'extra' ? extra(difference.found.object) : tallies[difference.what], difference);
  };
  const sides = { expected: lastScan(scratch, table), found: warehouse.scan(table) };
  const { expected: bronze, found: silver } = await compareRows(table, sides, scratch.folder, add);
  const { mine, others } = tallies;
  const { removed, kept } = fates({ mine, others }, silver.rows, about, rehearsal);
  const shown = async ({ rows, some }: Tally): Promise<Rows> => ({
    rows,
    places: some.map(placeOf),
    examples: about.values === 'shown' ? await examplesOf(some, { maker: about, warehouse, table }) : [],
  });
  return {
    silver,
    bronze,
    added: await shown(tallies.missing),
    changed: await shown(tallies.changed),
    removed: await shown(removed),
    kept: await shown(kept),
    columns: changedColumns(table, changed),
    records: rehearsal.records,
    rejected: rehearsal.rejected,
  };
}

const tally = (): Tally => ({ rows: 0, some: [] });

function note(tally: Tally, difference: Difference): void {
  tally.rows += 1;
  if (tally.some.length < MOST_EXAMPLES) tally.some.push(difference);
}

/**
 * A table that is only added to loses the rows of the packages that are loaded again; any other, what a package of everything
 * does not name, if the guard of deletions lets it.
 */
function fates(
  { mine, others }: { readonly mine: Tally; readonly others: Tally },
  of: number,
  { table, job }: Verification,
  { ofEverything }: Rehearsal,
): { readonly removed: Tally; readonly kept: Tally } {
  if (table.write === 'append') return { removed: mine, kept: others };
  const all = { rows: mine.rows + others.rows, some: [...mine.some, ...others.some].slice(0, MOST_EXAMPLES) };
  const unnamed = { unnamed: all.rows, of };
  const deletes = ofEverything !== undefined && mayDelete(unnamed, ofEverything, deleteLimits({ job })) === 'delete';
  return deletes ? { removed: all, kept: tally() } : { removed: tally(), kept: all };
}
